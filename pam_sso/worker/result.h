/*
 * result: how a job ended: the one event=result that every job sends. And how one item of a job did:
 * its event=renewed.
 *
 * The zero value is a failure (REASON_UNSET), so a job that forgets to say how it ended failed.
 */
#ifndef PAM_SSO_RESULT_H
#define PAM_SSO_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "channel.h"
#include "facts.h"
#include "reason.h"
#include "sandbox.h"
#include "secret.h"
#include "strlist.h"
#include "token.h"

enum { RESULT_DETAIL = 256 };

/* A session's tokens. */
struct result_tokens {
	/* Told only where reason is REASON_OK and there is an access token. */
	struct secret access_token;
	int64_t access_expires_in; /* seconds; -1: not said */
	int64_t token_iat;         /* of the ID token; seconds since the epoch */
	/* Told with any reason: the one before it is spent. A job whose tokens are not wanted does
	 * not set it. */
	struct secret refresh_token;
};

struct result {
	const char *id; /* of the item; NULL: the job's own result */
	enum reason reason;
	char detail[RESULT_DETAIL]; /* escaped; "" where there is nothing to say */
	struct strlist notes;       /* escaped */
	struct facts facts;         /* told only where reason is REASON_OK and it has a subject */
	struct result_tokens tokens;
	int64_t retry_after; /* of an item; seconds, 0: nothing was said */
	/* Each one line of JSON; told only where reason is REASON_OK. */
	struct buf userinfo;
	struct buf document; /* the payload of the ID token */
	/* What it is where it has no room for what was claimed; zero: REASON_REPLY_SIZE. */
	enum reason no_room;
	/* of the job's own */
	bool broken; /* the job could not go on, and it is not known what became of its items: it
	                has no result */
	struct sandbox sandbox;
	struct {
		bool clock_known;
		int64_t clock; /* seconds that the provider's is ahead of ours */
		int64_t keys;  /* that can be used; of a probe alone */
	} probed;              /* told with any reason */
	unsigned int requests;
	unsigned int connections;
};

#define RESULT_AUTO(name) __attribute__((cleanup(result_free))) struct result name = {0}

/* Ends it with a reason and what was wrong, which is escaped here. */
void result_set(struct result *result, enum reason reason, const char *detail);

/*
 * Writes it, as a record, behind what OUT holds. Groups that a record has no room for are left out
 * and noted, as facts.h has it; where the claims and tokens alone are more than a record holds, the
 * reason becomes that for no room, and a refresh token that has none then is not told. Returns as
 * buf_add().
 */
int result_format(struct result *result, struct buf *out);

/* Sends it. Returns 0, or as channel_send(). */
int result_send(struct channel *channel, struct result *result);

/* Take tokens out of a reply, which lacks them then: the refresh token, where it has one; and what
 * is told of a session beside it, whose ID token was issued at IAT. */
void result_take_refresh_token(struct result *result, struct token_reply *reply);
void result_take_access_token(struct result *result, struct token_reply *reply, int64_t iat);

void result_free(struct result *result);

#endif
