/*
 * session: what remains of a sign-in, so that the person is not asked again where policy allows it,
 * and the door can be closed when the identity provider says so.
 *
 * It is stored as one record (record.h, with a vocabulary of its own) and holds tokens: it is
 * root's alone, and wiped from memory. It ends at `ends`, whatever is refreshed in between. Which
 * logins of a machine it stands behind is that machine's to know (binding.h).
 */
#ifndef PAM_SSO_SESSION_H
#define PAM_SSO_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "record.h"
#include "secret.h"
#include "strlist.h"

enum {
	SESSION_ID = 32, /* characters: 128 random bits in lower case hexadecimal */
	SESSION_SERVICES = 16,
	SESSION_FACTS = RECORD_FIELDS / 2,
};

/* Times are seconds since the epoch. Strings are owned by the session. */
struct session {
	char id[SESSION_ID + 1];
	char *user;              /* the local user who signed in */
	struct strlist services; /* through which; behind it those that let in by it since */
	char *host;              /* the machine's name */
	char *rhost;             /* from where; NULL where the host did not say */
	char *ssh_key;           /* that sshd verified before: type, a space, base64; NULL: none */
	char *flow;              /* by which they were asked (wire.h); NULL: not known */
	char *iss;
	char *sub;
	char *client_id;  /* that the tokens were given to, and who they are about was told */
	int64_t created;  /* the person signed in */
	int64_t verified; /* the provider last said that all is well */
	int64_t ends;
	int64_t token_iat;           /* of the last ID token */
	int64_t auth_time;           /* as claimed; -1: not */
	struct secret access_token;  /* may be missing */
	int64_t access_ends;         /* -1: not said */
	struct secret refresh_token; /* may be missing: then nothing can be renewed */
	int64_t renewals;            /* how often the provider renewed it */
	/* Its refresh token goes out: who finds this with the lock in hand follows one that died
	 * before the answer was stored, and MUST NOT send that token again. */
	bool spending;
	/* What the provider last said of the person: `key=value` of wire_event's words but iss and
	 * sub. Empty where it did not fit: then only the provider can say it. */
	struct strlist facts;
	/* What it was asked for then (session_facts_suit()); NULL: nobody knows. */
	char *wanted;
	/* The store's own: which of its versions was read; 0: none. */
	int64_t version;
};

#define SESSION_AUTO(name) __attribute__((cleanup(session_free))) struct session name = {0}

/* Whether TEXT has the form of an id: so it may be a file's name. */
bool session_id_valid(const char *text);

/* A new random id. Returns 0 or a negative errno. */
int session_id_new(char ret[SESSION_ID + 1]);

/* Whether its tokens are ISSUER's, for the client CLIENT_ID: to no other do they go, and what was
 * said to another is no word of who may come in here. */
bool session_is_of(const struct session *session, const char *issuer, const char *client_id);

/* Writes a session as bytes, behind what OUT holds; its version is no part of them. Returns as
 * buf_add(), or -EINVAL for a session that session_parse() would refuse. */
int session_format(const struct session *session, struct buf *out);

/* Reads bytes that session_format() wrote, with nothing behind them. Returns 0 and sets *ret, which
 * session_free() frees; -EBADMSG, -EMSGSIZE or -ENOMEM. Pure. */
int session_parse(const char *bytes, size_t len, struct session *ret);

/* Takes the facts of an event whose reason is `ok`, and that answers what CONFIG asks for, into the
 * session, over those it has. What has no room (RECORD_MAX / 4, SESSION_FACTS) is no error: then it
 * has none, for a part of them would be another answer. Returns 0 or -ENOMEM. */
int session_take_facts(
	struct session *session, const struct record *event, const struct config *config);

/* Whether its facts answer what CONFIG asks for: claims, groups_claim, groups_source. Another host
 * of a fleet may ask for others, and its answer would be read as if it were about these. */
bool session_facts_suit(const struct session *session, const struct config *config);

/* The facts as the worker would say them: an event with iss, sub and reason `ok`, for
 * identity_read(). Returns 0 and sets *ret, which the caller frees; -ENOENT where it has none;
 * -EINVAL for facts that no event can have; or -ENOMEM. */
int session_give_facts(const struct session *session, struct record **ret);

/* Notes a service that let somebody in by it; past SESSION_SERVICES, nothing. 0 or -ENOMEM. */
int session_add_service(struct session *session, const char *service);

/* Wipes and frees. */
void session_free(struct session *session);

#endif
