/*
 * session: what remains of a sign-in, so that the person is not asked again where policy allows it,
 * and the door can be closed when the identity provider says so.
 *
 * It is stored as one record (record.h, with a vocabulary of its own) and holds tokens: it is
 * root's alone, and wiped from memory. It ends at `ends`, whatever is refreshed in between.
 */
#ifndef PAM_SSO_SESSION_H
#define PAM_SSO_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "process.h"
#include "record.h"
#include "secret.h"
#include "strlist.h"

enum {
	SESSION_ID = 32, /* characters: 128 random bits in lower case hexadecimal */
	SESSION_LOGINS = 64,
};

/* Times are seconds since the epoch. Strings are owned by the session. */
struct session {
	char id[SESSION_ID + 1];
	char *user;    /* the local user who signed in */
	char *service; /* through which */
	char *rhost;   /* from where; NULL where the host did not say */
	char *iss;
	char *sub;
	int64_t created;  /* the person signed in */
	int64_t verified; /* the provider last said that all is well */
	int64_t ends;
	int64_t token_iat;           /* of the last ID token */
	int64_t auth_time;           /* as claimed; -1: not */
	struct secret access_token;  /* may be missing */
	int64_t access_ends;         /* -1: not said */
	struct secret refresh_token; /* may be missing: then nothing can be renewed */
	struct process opener;       /* expected to open the login; pid 0: nobody any more */
	struct process logins[SESSION_LOGINS]; /* that it opened: session leaders */
	unsigned int n_logins;
};

#define SESSION_AUTO(name) __attribute__((cleanup(session_free))) struct session name = {0}

/* Whether TEXT has the form of an id: so it may be a file's name. */
bool session_id_valid(const char *text);

/* A new random id. Returns 0 or a negative errno. */
int session_id_new(char ret[SESSION_ID + 1]);

/* Writes a session as bytes, behind what OUT holds. Returns as buf_add(), or -EINVAL for a session
 * that session_parse() would refuse. */
int session_format(const struct session *session, struct buf *out);

/* Reads bytes that session_format() wrote, with nothing behind them. Returns 0 and sets *ret, which
 * session_free() frees; -EBADMSG, -EMSGSIZE or -ENOMEM. Pure. */
int session_parse(const char *bytes, size_t len, struct session *ret);

/* Whether one of the session's logins is this process. */
bool session_has_login(const struct session *session, const struct process *process);

/* Wipes and frees. */
void session_free(struct session *session);

#endif
