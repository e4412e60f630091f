/*
 * store: where sessions are kept: one directory, one file a session, root's alone.
 *
 * 1. The directory MUST be a directory of the effective user with mode 0700, and is made so where it is missing.
 *    Everything is opened relative to its descriptor, without following links.
 * 2. A file MUST be regular, the effective user's, mode 0600, with one link and at most RECORD_MAX
 *    bytes; anything else that stands there is not read, not waited for, not followed: it is no session.
 * 3. A session is written to a temporary file, synced, renamed, and the directory is synced: after store_put()
 *    returned 0 it survives a crash, and before that the earlier one stands.
 * 4. Whoever renews a session holds its lock. The lock is the kernel's (flock on a file beside it), so a
 *    crash frees it.
 * 5. A session whose `ends` has passed is none: it is not given out, and is removed when met.
 */
#ifndef PAM_SSO_STORE_H
#define PAM_SSO_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "session.h"

struct store {
	int dir; /* -1: closed */
};

#define STORE_AUTO(name) __attribute__((cleanup(store_close))) struct store name = {.dir = -1}

/* Opens the directory at PATH (absolute). Returns 0 and sets *ret; or a negative errno (-EPERM: it is not as rule 1 says). */
int store_open(const char *path, struct store *ret);
void store_close(struct store *store);

/* Writes a session over an earlier one of its id. Returns 0 or a negative errno; then the earlier one stands. */
int store_put(const struct store *store, const struct session *session);

/* Reads one. NOW is seconds since the epoch. Returns 0 and sets *ret (session_free()); -ENOENT where there is none; or another
 * negative errno. */
int store_get(const struct store *store, const char *id, int64_t now, struct session *ret);

/* Removes one. Returns 0, also where there was none; or a negative errno. */
int store_remove(const struct store *store, const char *id);

/* The ids of all, in no order. Returns 0 or a negative errno. */
int store_list(const struct store *store, struct strlist *ret_ids);

/* Takes the lock of a session, waiting up to DEADLINE (clock_monotonic_ms()). Returns a descriptor that
 * store_unlock() takes back; -ETIMEDOUT; or another negative errno. */
int store_lock(const struct store *store, const char *id, int64_t deadline);
void store_unlock(int lock);

#endif
