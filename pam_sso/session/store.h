/*
 * store: where sessions are kept. One interface, two places (`store` in pam_sso.conf):
 *
 * file (store_file.c): one directory of root's alone, one file a session.
 * redis (store_redis.c): Redis or Valkey, which a fleet shares. The program sso-store (pam_sso/store)
 * speaks to it, seals what it stores and opens what it reads; this side speaks to the program.
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
 *    writing it. A crash frees it: the kernel's lock (flock(2)) at once, that of Redis after
 *    STORE_LOCK_MS and the time of STORE_LOCK_OPERATIONS, and therefore what was read is written
 *    over only where it still stands.
 * 5. A session whose `ends` has come is none: it is not given out, and is removed when met. Redis
 *    removes it by itself.
 * 6. What a crash leaves (the file of a writer that is gone, the lock of a session that is gone) is
 *    removed by store_list().
 * 7. A Redis that cannot be reached, is slow, or says anything but what it was asked is an error
 *    within `store_timeout`; what it gives that was not sealed by us, for that name, is no session.
 */
#ifndef PAM_SSO_STORE_H
#define PAM_SSO_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "session.h"

enum {
	/* What who holds a lock does in that time MUST be over within so many milliseconds, beside
	 * the store's own operations, */
	STORE_LOCK_MS = 30 * 1000,
	/* of which so many may each take all of their time: taking the lock, reading, and writing
	 * three times. */
	STORE_LOCK_OPERATIONS = 5,
};

struct store_redis;

struct store {
	int dir;                   /* of a file store; -1: it is none */
	struct store_redis *redis; /* NULL: it is none */
};

#define STORE_AUTO(name) __attribute__((cleanup(store_close))) struct store name = {.dir = -1}

/*
 * Opens the store that CONFIG names; the directory of a file store is made where only its last
 * component is missing. Of a Redis store this starts sso-store and signs it in.
 * Returns 0 and sets *ret; or a negative errno with *ret_error filled: -EPERM (a directory that is
 * not as rule 1 says), -EINVAL (a path, a key file or a configuration that makes no sense),
 * -EACCES (Redis refused user or password), -EHOSTUNREACH (it cannot be reached, or is none).
 */
int store_open(const struct config *config, struct store *ret, struct config_error *ret_error);

/* Closes it, if it is open. */
void store_close(struct store *store);

/* Writes a session over the version of it that was read. Returns 0, and counts session->version up;
 * -ESTALE where another version stands there; or another negative errno: then the earlier one
 * stands, unless only the last step, syncing the directory, failed. */
int store_put(const struct store *store, struct session *session);

/* Reads one. NOW is seconds since the epoch, not negative. Returns 0 and sets *ret, which
 * session_free() frees; -ENOENT where there is none; -EKEYREVOKED where it was ended by
 * store_end(); or another negative errno for what is no session. */
int store_get(const struct store *store, const char *id, int64_t now, struct session *ret);

/* What a session is looked for by, beside its id. */
enum store_by {
	STORE_BY_USER,    /* its user */
	STORE_BY_SSH_KEY, /* its user and ssh_key */
};

/* The session of USER, and with STORE_BY_SSH_KEY of that key, whose person signed in last. Returns
 * as store_get(), but never -EKEYREVOKED. */
int store_find(const struct store *store, enum store_by by, const char *user, const char *ssh_key,
	int64_t now, struct session *ret);

/* Removes one: nobody needs it any more. Returns 0, also where there was none; or a negative
 * errno. */
int store_remove(const struct store *store, const struct session *session);

/* Removes one that is over before its time. A Redis store remembers that up to its `ends`, so that
 * other machines close the logins that it stood behind. */
int store_end(const struct store *store, const struct session *session);

/* The ids of all, in no order, unread: store_get() tells which are sessions. Returns 0 and sets
 * *ret_ids, which strlist_free() frees; or a negative errno. */
int store_list(const struct store *store, struct strlist *ret_ids);

struct store_lock {
	int fd; /* of a file store */
	char id[SESSION_ID + 1];
	char owner[SESSION_ID + 1]; /* of a Redis store: what proves that it is ours */
};

/* Takes the lock of a session, waiting up to DEADLINE (clock_monotonic_ms()). Returns 0 and sets
 * *ret, which store_unlock() takes back; -ETIMEDOUT; or another negative errno. It does not tell
 * whether there is such a session. What store_unlock() returns nobody needs to heed: a lock that
 * could not be given back goes by itself. */
int store_lock(const struct store *store, const char *id, int64_t deadline, struct store_lock *ret);
int store_unlock(const struct store *store, struct store_lock *lock);

#endif
