/*
 * result: how a job ended: the one event=result that every job sends.
 *
 * The zero value is a failure (REASON_UNSET), so a job that forgets to say how it ended failed.
 */
#ifndef PAM_SSO_RESULT_H
#define PAM_SSO_RESULT_H

#include "channel.h"
#include "facts.h"
#include "reason.h"
#include "sandbox.h"
#include "strlist.h"

enum { RESULT_DETAIL = 256 };

struct result {
	enum reason reason;
	char detail[RESULT_DETAIL]; /* escaped; "" where there is nothing to say */
	struct strlist notes;       /* escaped */
	struct facts facts;         /* told only where reason is REASON_OK */
	struct sandbox sandbox;
	unsigned int requests;
	unsigned int connections;
};

#define RESULT_AUTO(name) __attribute__((cleanup(result_free))) struct result name = {0}

/* Ends it with a reason and what was wrong, which is escaped here. */
void result_set(struct result *result, enum reason reason, const char *detail);

/*
 * Sends it. Groups that a record has no room for are left out and noted, as facts.h has it.
 * Returns 0; -EMSGSIZE, where the claims alone are more than a record holds; or as channel_send().
 */
int result_send(struct channel *channel, struct result *result);

void result_free(struct result *result);

#endif
