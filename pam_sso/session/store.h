/*
 * store: where sessions are kept: one directory, one file a session, root's alone.
 *
 * 1. The directory MUST be a directory of the effective user whose mode is no wider than 0700, and
 *    is made so where it is missing. Everything is opened relative to its descriptor, without
 *    following links.
 * 2. A file MUST be regular, the effective user's, of a mode no wider than 0600, with one link and
 *    at most RECORD_MAX bytes; anything else that stands there is not read, not waited for and not
 *    followed: it is no session. Files are made with mode 0600 whatever the umask.
 * 3. A session is written to a file of another name, synced, renamed, and the directory is synced:
 *    after store_put() returned 0 it survives a crash, and before that the earlier one stands.
 * 4. Who changes a session that others may know MUST hold its lock from before reading it to after
 *    writing it. The lock is the kernel's (flock(2) on a file beside it), so a crash frees it.
 * 5. A session whose `ends` has come is none: it is not given out, and is removed when met.
 * 6. What a crash leaves (the file of a writer that is gone, the lock of a session that is gone) is
 *    removed by store_list().
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

/* Opens the directory at PATH (absolute, without a slash at its end), and makes it where only its
 * last component is missing. Returns 0 and sets *ret; or a negative errno (-EPERM: it is not as
 * rule 1 says, -EINVAL: the path is not). */
int store_open(const char *path, struct store *ret);

/* Closes it, if it is open. */
void store_close(struct store *store);

/* Writes a session over an earlier one of its id. Returns 0; or a negative errno: then the earlier
 * one stands, unless only the last step, syncing the directory, failed. */
int store_put(const struct store *store, const struct session *session);

/* Reads one. NOW is seconds since the epoch, not negative. Returns 0 and sets *ret, which
 * session_free() frees; -ENOENT where there is none; or another negative errno for what is no
 * session. */
int store_get(const struct store *store, const char *id, int64_t now, struct session *ret);

/* Removes one. Returns 0, also where there was none; or a negative errno. */
int store_remove(const struct store *store, const char *id);

/* The ids of all, in no order, unread: store_get() tells which are sessions. Returns 0 and sets
 * *ret_ids, which strlist_free() frees; or a negative errno. */
int store_list(const struct store *store, struct strlist *ret_ids);

/* Takes the lock of a session, waiting up to DEADLINE (clock_monotonic_ms()). Returns a descriptor
 * that store_unlock() takes back; -ETIMEDOUT; or another negative errno. It does not tell whether
 * there is such a session. */
int store_lock(const struct store *store, const char *id, int64_t deadline);
void store_unlock(int lock);

#endif
