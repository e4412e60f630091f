/*
 * store_redis: sessions in Redis or Valkey, through the program sso-store (store_link.h). What each
 * function does is in store.h; ids have the form of one here.
 *
 * 1. The program runs as the worker does (runas.h). It alone gets the store's key.
 * 2. Each operation is over within store_timeout and STORE_REDIS_GRACE_MS; a list, which takes many
 *    rounds, half a minute later. Where Redis is away, the next operation tries again.
 * 3. What the program says is believed to be a session only by session_parse(); whose, is the
 *    caller's to check.
 */
#ifndef PAM_SSO_STORE_REDIS_H
#define PAM_SSO_STORE_REDIS_H

#include "store.h"

enum { STORE_REDIS_GRACE_MS = 500 };

struct store_redis;

/* Returns as store_open(); *ret is store_redis_close()'s to take back. */
int store_redis_open(
	const struct config *config, struct store_redis **ret, struct config_error *ret_error);

/* Ends the program, and waits for it no longer than the grace. NULL does nothing. */
void store_redis_close(struct store_redis *redis);

int store_redis_put(struct store_redis *redis, struct session *session);
int store_redis_get(struct store_redis *redis, const char *id, struct session *ret);
int store_redis_find(struct store_redis *redis, enum store_by by, const char *user,
	const char *ssh_key, struct session *ret);
int store_redis_remove(struct store_redis *redis, const struct session *session);
int store_redis_end(struct store_redis *redis, const struct session *session);
int store_redis_list(struct store_redis *redis, struct strlist *ret_ids);

/* OWNER has the form of a session's id; who unlocks says the same. */
int store_redis_lock(
	struct store_redis *redis, const char *id, const char *owner, int64_t deadline);
int store_redis_unlock(struct store_redis *redis, const char *id, const char *owner);

#endif
