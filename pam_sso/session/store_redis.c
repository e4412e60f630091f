#include "store_redis.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "count.h"
#include "draft.h"
#include "store_link.h"
#include "wire.h"

enum {
	LIST_MAX = 1000000,  /* ids that are listened to */
	LIST_MS = 30 * 1000, /* in which the program ends a list */
	LOCK_POLL_MS = 20,   /* and up to as much again, so that many do not ask at one moment */
};

/* Asks what was drafted. Returns as store_link_ask(). */
static int ask(struct store_redis *redis, const struct draft *draft, struct record **ret_reply)
{
	if (draft->error < 0)
		return draft->error;
	return store_link_ask(redis, draft->record, store_link_deadline(redis), ret_reply);
}

/* The same, where the reply says no more than its status. */
static int ask_plainly(struct store_redis *redis, const struct draft *draft)
{
	RECORD_AUTO(reply);

	return ask(redis, draft, &reply);
}

/* The label that sessions are found by: a user has no blank, so it has one reading. */
static void add_index(struct draft *draft, const char *user, const char *ssh_key)
{
	BUF_AUTO(label, RECORD_LINE);
	const char *const parts[] = {
		ssh_key ? "key " : "user ", user, ssh_key ? " " : "", ssh_key ? ssh_key : ""};

	for (size_t i = 0; i < COUNT(parts); i++)
		(void)buf_puts(&label, parts[i]);
	if (draft->error == 0)
		draft->error = buf_error(&label);
	draft_add(draft, "index", buf_str(&label));
}

/* Which session, in which version, under which labels. */
static void add_session(struct draft *draft, const struct session *session)
{
	draft_add(draft, "id", session->id);
	draft_add_int(draft, "version", session->version);
	add_index(draft, session->user, NULL);
	if (session->ssh_key)
		add_index(draft, session->user, session->ssh_key);
}

/* Up to its `ends`; one that is over is gone in a moment. */
static void add_ttl(struct draft *draft, const struct session *session)
{
	int64_t now = clock_wall_s();

	if (now < 0 && draft->error == 0)
		draft->error = -EINVAL;
	draft_add_int(draft, "ttl", session->ends > now ? session->ends - now : 1);
}

/* The version that a reply to a success must bring. */
static int get_version(struct store_redis *redis, const struct record *reply, int64_t *ret)
{
	return record_get_int(reply, "version", 1, INT64_MAX, ret) < 0 ? store_link_refuse(redis)
								       : 0;
}

int store_redis_put(struct store_redis *redis, struct session *session)
{
	DRAFT_AUTO(draft, wire_store);
	BUF_AUTO(bytes, RECORD_MAX);
	RECORD_AUTO(reply);
	int r = session_format(session, &bytes);

	if (r < 0)
		return r;
	draft_add(&draft, "op", "put");
	add_session(&draft, session);
	add_ttl(&draft, session);
	draft_add_lines(&draft, "line", &bytes);
	r = ask(redis, &draft, &reply);
	return r < 0 ? r : get_version(redis, reply, &session->version);
}

/* The session that a reply holds. */
static int read_session(struct store_redis *redis, const struct record *reply, struct session *ret)
{
	BUF_AUTO(bytes, RECORD_MAX);
	SESSION_AUTO(session);
	int64_t version = 0;
	int r = get_version(redis, reply, &version);
	const char *line = NULL;

	if (r < 0)
		return r;
	for (size_t i = 0; (line = record_nth(reply, "line", i)); i++) {
		(void)buf_puts(&bytes, line);
		(void)buf_puts(&bytes, "\n");
	}
	r = buf_puts(&bytes, "\n");
	if (r == 0)
		r = session_parse(buf_str(&bytes), bytes.len, &session);
	if (r < 0)
		return r;
	session.version = version;
	*ret = session;
	session = (struct session){0};
	return 0;
}

int store_redis_get(struct store_redis *redis, const char *id, struct session *ret)
{
	DRAFT_AUTO(draft, wire_store);
	RECORD_AUTO(reply);

	draft_add(&draft, "op", "get");
	draft_add(&draft, "id", id);
	int r = ask(redis, &draft, &reply);
	return r < 0 ? r : read_session(redis, reply, ret);
}

int store_redis_find(struct store_redis *redis, enum store_by by, const char *user,
	const char *ssh_key, struct session *ret)
{
	DRAFT_AUTO(draft, wire_store);
	RECORD_AUTO(reply);

	draft_add(&draft, "op", "find");
	add_index(&draft, user, by == STORE_BY_SSH_KEY ? ssh_key : NULL);
	int r = ask(redis, &draft, &reply);
	if (r == 0)
		r = read_session(redis, reply, ret);
	/* Nobody asked for a session that ended, so nobody's logins follow from it. */
	return r == -EKEYREVOKED ? -EBADMSG : r;
}

static int ask_none_is_fine(struct store_redis *redis, const struct draft *draft)
{
	int r = ask_plainly(redis, draft);

	return r == -ENOENT ? 0 : r;
}

int store_redis_remove(struct store_redis *redis, const struct session *session)
{
	DRAFT_AUTO(draft, wire_store);

	draft_add(&draft, "op", "remove");
	add_session(&draft, session);
	return ask_none_is_fine(redis, &draft);
}

int store_redis_end(struct store_redis *redis, const struct session *session)
{
	DRAFT_AUTO(draft, wire_store);

	draft_add(&draft, "op", "end");
	add_session(&draft, session);
	add_ttl(&draft, session);
	return ask_none_is_fine(redis, &draft);
}

static int take_ids(struct store_redis *redis, const struct record *reply, struct strlist *ids)
{
	const char *id = NULL;

	for (size_t i = 0; (id = record_nth(reply, "id", i)); i++) {
		if (!session_id_valid(id) || ids->n == LIST_MAX)
			return store_link_refuse(redis);
		if (strlist_add(ids, id) < 0) {
			/* What is not heard to its end would be the answer to the next question. */
			(void)store_link_refuse(redis);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Returns 0 and sets *ret_more. */
static int take_more(struct store_redis *redis, const struct record *reply, bool *ret_more)
{
	const char *more = record_get(reply, "more");

	if (!more || (strcmp(more, WIRE_YES) != 0 && strcmp(more, WIRE_NO) != 0))
		return store_link_refuse(redis);
	*ret_more = strcmp(more, WIRE_YES) == 0;
	return 0;
}

int store_redis_list(struct store_redis *redis, struct strlist *ret_ids)
{
	DRAFT_AUTO(draft, wire_store);
	STRLIST_AUTO(ids);
	int64_t deadline = store_link_deadline(redis) + LIST_MS;
	bool more = true;

	draft_add(&draft, "op", "list");
	int r = draft.error;
	for (bool asked = false; r == 0 && more; asked = true) {
		RECORD_AUTO(reply);

		r = asked ? store_link_hear(redis, deadline, &reply)
			  : store_link_ask(redis, draft.record, deadline, &reply);
		if (r == 0)
			r = take_ids(redis, reply, &ids);
		if (r == 0)
			r = take_more(redis, reply, &more);
	}
	if (r < 0)
		return r;
	*ret_ids = ids;
	ids = (struct strlist){0};
	return 0;
}

/* Any moment will do where there is no random one. */
static int next_try_ms(void)
{
	unsigned char byte;

	if (getrandom(&byte, sizeof(byte), GRND_NONBLOCK) != sizeof(byte))
		byte = 0;
	return LOCK_POLL_MS + byte * LOCK_POLL_MS / UINT8_MAX;
}

int store_redis_lock(struct store_redis *redis, const char *id, const char *owner, int64_t deadline)
{
	DRAFT_AUTO(draft, wire_store);

	draft_add(&draft, "op", "lock");
	draft_add(&draft, "id", id);
	draft_add(&draft, "owner", owner);
	draft_add_int(&draft, "ttl_ms", STORE_LOCK_MS + STORE_LOCK_OPERATIONS * redis->patience_ms);
	for (;;) {
		int r = ask_plainly(redis, &draft);
		int left = clock_poll_timeout(deadline), pause = next_try_ms();

		if (r != -EAGAIN)
			return r;
		if (left == 0)
			return -ETIMEDOUT;
		poll(NULL, 0, left < pause ? left : pause);
	}
}

int store_redis_unlock(struct store_redis *redis, const char *id, const char *owner)
{
	DRAFT_AUTO(draft, wire_store);

	/* Who has waited in vain once does not wait again: a lock goes by itself. */
	if (redis->away)
		return -EHOSTUNREACH;
	draft_add(&draft, "op", "unlock");
	draft_add(&draft, "id", id);
	draft_add(&draft, "owner", owner);
	return ask_plainly(redis, &draft);
}
