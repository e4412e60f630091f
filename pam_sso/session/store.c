/*
 * What goes for both places: whose a session is that came back, and whether it is over. Where it
 * comes from is decided here and nowhere else.
 */
#include "store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config_error.h"
#include "dir.h"
#include "store_file.h"
#include "store_redis.h"

static int open_directory(
	const struct config *config, struct store *ret, struct config_error *ret_error)
{
	const char *path = config->session.directory;
	int dir = dir_make(path, DIR_MODE);

	if (dir >= 0) {
		*ret = (struct store){.dir = dir};
		return 0;
	}
	(void)config_fail(ret_error, REASON_STORE, "directory %s %s", path,
		dir == -EPERM ? "belongs to another user, or its mode is wider than 0700; or one "
				"above it is another user's, or others may write there"
			      : strerrordesc_np(-dir));
	return dir;
}

int store_open(const struct config *config, struct store *ret, struct config_error *ret_error)
{
	struct store_redis *redis = NULL;

	if (config->session.store == STORE_FILE)
		return open_directory(config, ret, ret_error);
	int r = store_redis_open(config, &redis, ret_error);
	if (r == 0)
		*ret = (struct store){.dir = -1, .redis = redis};
	return r;
}

void store_close(struct store *store)
{
	if (store->dir >= 0)
		close(store->dir);
	store_redis_close(store->redis);
	*store = (struct store){.dir = -1};
}

int store_put(const struct store *store, struct session *session)
{
	if (!session_id_valid(session->id))
		return -EINVAL;
	return store->redis ? store_redis_put(store->redis, session)
			    : store_file_put(store->dir, session);
}

/* Rule 5, of a session that was read. A Redis store does it by the server's clock, which a fleet has
 * in common. */
static int give_out(
	const struct store *store, struct session *session, int64_t now, struct session *ret)
{
	if (session->ends <= now) {
		if (!store->redis)
			(void)store_file_remove(store->dir, session->id);
		return -ENOENT;
	}
	*ret = *session;
	*session = (struct session){0};
	return 0;
}

int store_get(const struct store *store, const char *id, int64_t now, struct session *ret)
{
	SESSION_AUTO(session);

	if (now < 0)
		return -EINVAL;
	if (!session_id_valid(id))
		return -ENOENT;
	int r = store->redis ? store_redis_get(store->redis, id, &session)
			     : store_file_get(store->dir, id, &session);
	/* What was given another's name is not the other's session. */
	if (r == 0 && strcmp(session.id, id) != 0)
		r = -EBADMSG;
	return r == 0 ? give_out(store, &session, now, ret) : r;
}

static bool matches(
	const struct session *session, enum store_by by, const char *user, const char *ssh_key)
{
	if (strcmp(session->user, user) != 0)
		return false;
	return by == STORE_BY_USER || (session->ssh_key && strcmp(session->ssh_key, ssh_key) == 0);
}

/* A directory has no index: every session is read. What is no session is passed over. */
static int find_by_listing(const struct store *store, enum store_by by, const char *user,
	const char *ssh_key, int64_t now, struct session *ret)
{
	STRLIST_AUTO(ids);
	struct session best = {0};
	int r = store_list(store, &ids);

	for (size_t i = 0; i < ids.n && r == 0; i++) {
		SESSION_AUTO(session);
		int got = store_get(store, ids.items[i], now, &session);

		if (got == -ENOMEM)
			r = got;
		if (got < 0 || !matches(&session, by, user, ssh_key) ||
			(best.user && session.created < best.created))
			continue;
		struct session worse = best;
		best = session;
		session = worse;
	}
	if (r == 0 && best.user) {
		*ret = best;
		return 0;
	}
	session_free(&best);
	return r < 0 ? r : -ENOENT;
}

static int find_by_index(const struct store *store, enum store_by by, const char *user,
	const char *ssh_key, int64_t now, struct session *ret)
{
	SESSION_AUTO(session);
	int r = store_redis_find(store->redis, by, user, ssh_key, &session);

	if (r == 0 && !matches(&session, by, user, ssh_key))
		r = -EBADMSG;
	return r == 0 ? give_out(store, &session, now, ret) : r;
}

int store_find(const struct store *store, enum store_by by, const char *user, const char *ssh_key,
	int64_t now, struct session *ret)
{
	if (now < 0 || (by == STORE_BY_SSH_KEY && !ssh_key))
		return -EINVAL;
	return store->redis ? find_by_index(store, by, user, ssh_key, now, ret)
			    : find_by_listing(store, by, user, ssh_key, now, ret);
}

int store_remove(const struct store *store, const struct session *session)
{
	if (!session_id_valid(session->id))
		return -EINVAL;
	return store->redis ? store_redis_remove(store->redis, session)
			    : store_file_remove(store->dir, session->id);
}

int store_end(const struct store *store, const struct session *session)
{
	if (!session_id_valid(session->id))
		return -EINVAL;
	return store->redis ? store_redis_end(store->redis, session)
			    : store_file_remove(store->dir, session->id);
}

int store_list(const struct store *store, struct strlist *ret_ids)
{
	return store->redis ? store_redis_list(store->redis, ret_ids)
			    : store_file_list(store->dir, ret_ids);
}

static int lock_redis(struct store_redis *redis, int64_t deadline, struct store_lock *lock)
{
	int r = session_id_new(lock->owner);

	return r < 0 ? r : store_redis_lock(redis, lock->id, lock->owner, deadline);
}

int store_lock(const struct store *store, const char *id, int64_t deadline, struct store_lock *ret)
{
	struct store_lock lock = {.fd = -1};

	if (!session_id_valid(id))
		return -EINVAL;
	memcpy(lock.id, id, sizeof(lock.id));
	int r = store->redis ? lock_redis(store->redis, deadline, &lock)
			     : store_file_lock(store->dir, id, deadline);
	if (r < 0)
		return r;
	if (!store->redis)
		lock.fd = r;
	*ret = lock;
	return 0;
}

int store_unlock(const struct store *store, struct store_lock *lock)
{
	int r = 0;

	if (store->redis)
		r = store_redis_unlock(store->redis, lock->id, lock->owner);
	else
		store_file_unlock(lock->fd);
	*lock = (struct store_lock){.fd = -1};
	return r;
}
