/*
 * Whoever opened a shared store hears sso-store out (session/store_link.h, session/store_redis.h),
 * whatever that says, in each of the operations: the first byte chooses.
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "count.h"
#include "store_link.h"
#include "store_redis.h"
#include "wire.h"

#define ID "0123456789abcdef0123456789abcdef"

enum { MAX = 128 * 1024 };

static const char stored[] = "id=" ID
			     "\nuser=alice\nservice=sshd\nhost=web1\niss=https://idp.example.com\n"
			     "sub=248289761001\nclient_id=host\ncreated=100\nverified=200\n"
			     "ends=4102444800\ntoken_iat=150\nauth_time=90\naccess_ends=250\n"
			     "renewals=3\nrefresh_token=rt\n\n";

static void check_session(const struct session *session)
{
	BUF_AUTO(out, RECORD_MAX);

	MUST(session_id_valid(session->id) && *session->user && session->version >= 1);
	MUST(session_format(session, &out) == 0);
}

static int get(struct store_redis *redis, struct session *session)
{
	SESSION_AUTO(found);
	int r = store_redis_get(redis, session->id, &found);

	if (r == 0)
		check_session(&found);
	return r;
}

static int find(struct store_redis *redis, struct session *session)
{
	SESSION_AUTO(found);
	int r = store_redis_find(redis, STORE_BY_USER, session->user, NULL, &found);

	MUST(r != -EKEYREVOKED);
	if (r == 0)
		check_session(&found);
	return r;
}

static int put(struct store_redis *redis, struct session *session)
{
	int r = store_redis_put(redis, session);

	MUST(session->version >= (r == 0 ? 1 : 0));
	return r;
}

static int remove_it(struct store_redis *redis, struct session *session)
{
	return store_redis_remove(redis, session);
}

static int end(struct store_redis *redis, struct session *session)
{
	return store_redis_end(redis, session);
}

static int list(struct store_redis *redis, struct session *session)
{
	STRLIST_AUTO(ids);
	int r = store_redis_list(redis, &ids);

	(void)session;
	for (size_t i = 0; i < ids.n; i++)
		MUST(r == 0 && session_id_valid(ids.items[i]));
	return r;
}

static int lock(struct store_redis *redis, struct session *session)
{
	return store_redis_lock(redis, session->id, ID, clock_monotonic_ms());
}

static int unlock(struct store_redis *redis, struct session *session)
{
	return store_redis_unlock(redis, session->id, ID);
}

static int (*const operations[])(struct store_redis *redis, struct session *session) = {
	get, find, put, remove_it, end, list, lock, unlock};

/* What store.h names, and no other. */
static bool is_known(int r)
{
	static const int known[] = {0, -ENOENT, -EKEYREVOKED, -ESTALE, -EBADMSG, -EHOSTUNREACH,
		-EACCES, -ENOSPC, -EINVAL, -ETIMEDOUT, -EAGAIN, -EMSGSIZE};

	for (size_t i = 0; i < COUNT(known); i++)
		if (r == known[i])
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	SESSION_AUTO(session);
	/* A process that is no child of ours is one that has ended. */
	struct store_redis redis = {.program = {.pid = getpid(), .pidfd = -1}, .patience_ms = 1000};
	int ends[2];

	if (len == 0 || len > MAX)
		return 0;
	MUST(session_parse(stored, strlen(stored), &session) == 0);
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	MUST(send(ends[1], bytes + 1, len - 1, MSG_DONTWAIT) == (ssize_t)len - 1);
	MUST(shutdown(ends[1], SHUT_WR) == 0);
	redis.program.fd = ends[0];
	channel_begin(&redis.channel, ends[0], wire_stored);
	for (size_t i = 0; i < 3; i++) {
		bool gone = redis.program.fd < 0;
		int r = operations[bytes[0] % COUNT(operations)](&redis, &session);

		MUST(is_known(r) && (!gone || r == -EHOSTUNREACH));
	}
	store_link_end(&redis, 0);
	close(ends[1]);
	return 0;
}
