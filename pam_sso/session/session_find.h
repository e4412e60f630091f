/*
 * session_find: the session that a process belongs to, among those that are stored.
 */
#ifndef PAM_SSO_SESSION_FIND_H
#define PAM_SSO_SESSION_FIND_H

#include <stdbool.h>

#include "store.h"

/* Whether a session is the one that is looked for. */
typedef bool session_test(const struct session *session, const void *argument);

/*
 * The session that passes TEST; of several, the one whose person signed in last. What is no
 * session is passed over. NOW is seconds since the epoch. Returns 0 and sets *ret, which
 * session_free() frees; -ENOENT where there is none; or another negative errno.
 */
int session_find(const struct store *store, int64_t now, session_test *test, const void *argument,
	struct session *ret);

#endif
