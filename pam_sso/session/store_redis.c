#include "store_redis.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "channel.h"
#include "clock.h"
#include "config_error.h"
#include "count.h"
#include "file.h"
#include "runas.h"
#include "spawn.h"
#include "wire.h"

enum {
	KEYS_MAX = 2,        /* while one is exchanged for another */
	KEY_DIGITS = 64,     /* of 256 bits */
	SMALL_FILE = 1024,   /* bytes of a key file, or of a password file */
	LIST_MAX = 1000000,  /* ids that are listened to */
	LIST_MS = 30 * 1000, /* in which the program ends a list */
	LOCK_POLL_MS = 20,   /* and up to as much again, so that many do not ask at one moment */
};

struct store_redis {
	struct spawned program; /* fd -1: it is no more */
	struct channel channel;
	int64_t patience_ms; /* of one operation */
	bool away;           /* the last one found no Redis */
};

/* What a status means to who called. Another word is none of the conversation's. */
static const struct {
	const char *status;
	int error;
} statuses[] = {
	{"ok", 0},
	{"none", -ENOENT},
	{"ended", -EKEYREVOKED},
	{"stale", -ESTALE},
	{"locked", -EAGAIN},
	{"damaged", -EBADMSG},
	{"away", -EHOSTUNREACH},
	{"refused", -EACCES},
	{"full", -ENOSPC},
	{"invalid", -EINVAL},
};

/* Rule 2. Returns -EHOSTUNREACH, for the caller to return. */
static int give_up(struct store_redis *redis)
{
	if (redis->program.fd >= 0) {
		channel_end(&redis->channel);
		(void)spawn_end(&redis->program, 0);
	}
	return -EHOSTUNREACH;
}

/* Returns the error that the status of a reply stands for. */
static int judge(struct store_redis *redis, const struct record *reply)
{
	const char *status = record_get(reply, "status");

	for (size_t i = 0; status && i < COUNT(statuses); i++)
		if (strcmp(status, statuses[i].status) == 0) {
			redis->away = statuses[i].error == -EHOSTUNREACH;
			return statuses[i].error;
		}
	return give_up(redis);
}

static int hear(struct store_redis *redis, int64_t deadline, struct record **ret_reply)
{
	if (redis->program.fd < 0)
		return -EHOSTUNREACH;
	if (channel_receive(&redis->channel, deadline, NULL, 0, ret_reply) < 0)
		return give_up(redis);
	return judge(redis, *ret_reply);
}

/* Sends a request and hears the first reply. *RET_REPLY is set where there was one, whatever its
 * status; the caller frees it. */
static int ask(struct store_redis *redis, const struct record *request, int64_t deadline,
	struct record **ret_reply)
{
	if (redis->program.fd < 0)
		return -EHOSTUNREACH;
	if (channel_send(&redis->channel, request, deadline) < 0)
		return give_up(redis);
	return hear(redis, deadline, ret_reply);
}

static int64_t deadline_of(const struct store_redis *redis)
{
	return clock_monotonic_ms() + redis->patience_ms;
}

/* A request that is being made. A value that does not fit is an error, and the first one stays. */
struct draft {
	struct record *record;
	int error;
};

static void draft_free(struct draft *draft)
{
	record_free(draft->record);
}

#define DRAFT_AUTO(name, OP) __attribute__((cleanup(draft_free))) struct draft name = draft_of(OP)

static void add(struct draft *draft, const char *key, const char *value)
{
	if (value && draft->error == 0)
		draft->error = record_add(draft->record, key, value);
}

static void add_int(struct draft *draft, const char *key, int64_t value)
{
	if (draft->error == 0)
		draft->error = record_add_int(draft->record, key, value);
}

static struct draft draft_of(const char *op)
{
	struct draft draft = {.record = record_new(wire_store)};

	if (!draft.record)
		draft.error = -ENOMEM;
	add(&draft, "op", op);
	return draft;
}

/* Asks what was drafted, and forgets what the reply says beside its status. */
static int ask_plainly(struct store_redis *redis, const struct draft *draft)
{
	RECORD_AUTO(reply);

	return draft->error < 0 ? draft->error
				: ask(redis, draft->record, deadline_of(redis), &reply);
}

/* Adds each line of TEXT, which is consumed, its empty ones left out. */
static void add_lines(struct draft *draft, const char *key, struct buf *text)
{
	for (char *at = text->data, *next; at; at = next) {
		next = strchr(at, '\n');
		if (next)
			*next++ = '\0';
		if (*at)
			add(draft, key, at);
	}
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
	add(draft, "index", buf_str(&label));
}

/* Which session, in which version, under which labels. */
static void add_session(struct draft *draft, const struct session *session)
{
	add(draft, "id", session->id);
	add_int(draft, "version", session->version);
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
	add_int(draft, "ttl", session->ends > now ? session->ends - now : 1);
}

/* A file that is root's alone, of one to MAX lines, none longer than the file may be. */
static int add_file(struct draft *draft, const char *key, const char *path, size_t max,
	struct config_error *error)
{
	BUF_AUTO(text, SMALL_FILE);
	int r = file_read(path, FILE_SECRET, &text);

	if (r < 0) {
		(void)config_fail(error, REASON_CONFIG, "%s %s", path, file_error_text(r));
		return -EINVAL;
	}
	add_lines(draft, key, &text);
	size_t n = draft->record ? record_count(draft->record, key) : 0;
	if (draft->error == 0 && (n == 0 || n > max))
		draft->error = -EINVAL;
	if (draft->error < 0)
		(void)config_fail(
			error, REASON_CONFIG, "%s does not have the form of a %s", path, key);
	return draft->error;
}

static int check_keys(const struct record *request, const char *path, struct config_error *error)
{
	for (size_t i = 0; i < record_count(request, "key"); i++) {
		const char *key = record_nth(request, "key", i);

		if (strlen(key) == KEY_DIGITS &&
			strspn(key, "0123456789abcdefABCDEF") == KEY_DIGITS)
			continue;
		(void)config_fail(
			error, REASON_CONFIG, "%s: a key is a line of 64 hexadecimal digits", path);
		return -EINVAL;
	}
	return 0;
}

static int draft_open(const struct config *config, struct draft *draft, struct config_error *error)
{
	const char *ca = config->session.store_ca_file, *keys = config->session.store_key_file;
	int r = 0;

	add(draft, "url", config->session.store_url);
	add(draft, "user", config->session.store_user);
	add(draft, "ca_file", ca ? ca : config->network.ca_file);
	add(draft, "ca_dir", ca ? NULL : config->network.ca_dir);
	add_int(draft, "timeout", config->session.store_timeout * 1000);
	if (config->session.store_password_file)
		r = add_file(draft, "password", config->session.store_password_file, 1, error);
	if (r == 0)
		r = add_file(draft, "key", keys, KEYS_MAX, error);
	if (r == 0)
		r = check_keys(draft->record, keys, error);
	if (r == 0 && draft->error < 0)
		(void)config_fail(error, REASON_CONFIG, "the store's configuration is too long");
	return r < 0 ? r : draft->error;
}

static int start(const struct config *config, struct store_redis *redis, struct config_error *error)
{
	struct spawn_identity identity;

	if (runas_find(config, &identity, error) != REASON_OK)
		return -EINVAL;
	int r = spawn_start(config->session.store_program, &identity, &redis->program);
	if (r < 0) {
		(void)config_fail(error, REASON_STORE, "cannot start %s: %s",
			config->session.store_program, strerrordesc_np(-r));
		return -EHOSTUNREACH;
	}
	channel_begin(&redis->channel, redis->program.fd, wire_stored);
	return 0;
}

/* Signs in. What goes wrong is told in the program's words, where it has any. */
static int sign_in(struct store_redis *redis, const struct config *config,
	const struct record *request, struct config_error *error)
{
	RECORD_AUTO(reply);
	int r = ask(redis, request, deadline_of(redis), &reply);

	if (r == 0)
		return 0;
	const char *detail = reply ? record_get(reply, "detail") : NULL;
	(void)config_fail(error, REASON_STORE, "%s: %s", config->session.store_url,
		detail ? detail : "sso-store gave no answer");
	return r == -EACCES || r == -EINVAL ? r : -EHOSTUNREACH;
}

int store_redis_open(
	const struct config *config, struct store_redis **ret, struct config_error *ret_error)
{
	DRAFT_AUTO(draft, "open");
	int r = draft_open(config, &draft, ret_error);

	if (r < 0)
		return r;
	struct store_redis *redis = calloc(1, sizeof(*redis));
	if (!redis) {
		(void)config_fail(ret_error, REASON_NO_MEMORY, "no memory");
		return -ENOMEM;
	}
	redis->program.fd = -1;
	redis->patience_ms = config->session.store_timeout * 1000 + STORE_REDIS_GRACE_MS;
	r = start(config, redis, ret_error);
	if (r == 0)
		r = sign_in(redis, config, draft.record, ret_error);
	if (r < 0) {
		store_redis_close(redis);
		return r;
	}
	*ret = redis;
	return 0;
}

void store_redis_close(struct store_redis *redis)
{
	if (!redis)
		return;
	if (redis->program.fd >= 0) {
		channel_end(&redis->channel);
		(void)spawn_end(&redis->program, STORE_REDIS_GRACE_MS);
	}
	free(redis);
}

/* The version that a reply to a success must bring. */
static int get_version(struct store_redis *redis, const struct record *reply, int64_t *ret)
{
	return record_get_int(reply, "version", 1, INT64_MAX, ret) < 0 ? give_up(redis) : 0;
}

int store_redis_put(struct store_redis *redis, struct session *session)
{
	DRAFT_AUTO(draft, "put");
	BUF_AUTO(bytes, RECORD_MAX);
	RECORD_AUTO(reply);
	int r = session_format(session, &bytes);

	if (r < 0)
		return r;
	add_session(&draft, session);
	add_ttl(&draft, session);
	add_lines(&draft, "line", &bytes);
	if (draft.error < 0)
		return draft.error;
	r = ask(redis, draft.record, deadline_of(redis), &reply);
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
	DRAFT_AUTO(draft, "get");
	RECORD_AUTO(reply);

	add(&draft, "id", id);
	if (draft.error < 0)
		return draft.error;
	int r = ask(redis, draft.record, deadline_of(redis), &reply);
	return r < 0 ? r : read_session(redis, reply, ret);
}

int store_redis_find(struct store_redis *redis, enum store_by by, const char *user,
	const char *ssh_key, struct session *ret)
{
	DRAFT_AUTO(draft, "find");
	RECORD_AUTO(reply);

	add_index(&draft, user, by == STORE_BY_SSH_KEY ? ssh_key : NULL);
	if (draft.error < 0)
		return draft.error;
	int r = ask(redis, draft.record, deadline_of(redis), &reply);
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
	DRAFT_AUTO(draft, "remove");

	add_session(&draft, session);
	return ask_none_is_fine(redis, &draft);
}

int store_redis_end(struct store_redis *redis, const struct session *session)
{
	DRAFT_AUTO(draft, "end");

	add_session(&draft, session);
	add_ttl(&draft, session);
	return ask_none_is_fine(redis, &draft);
}

static int take_ids(struct store_redis *redis, const struct record *reply, struct strlist *ids)
{
	const char *id = NULL;

	for (size_t i = 0; (id = record_nth(reply, "id", i)); i++) {
		if (!session_id_valid(id) || ids->n == LIST_MAX)
			return give_up(redis);
		if (strlist_add(ids, id) < 0) {
			/* What is not heard to its end would be the answer to the next question. */
			(void)give_up(redis);
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
		return give_up(redis);
	*ret_more = strcmp(more, WIRE_YES) == 0;
	return 0;
}

int store_redis_list(struct store_redis *redis, struct strlist *ret_ids)
{
	DRAFT_AUTO(draft, "list");
	STRLIST_AUTO(ids);
	int64_t deadline = deadline_of(redis) + LIST_MS;
	bool more = true;
	int r = draft.error;

	for (bool asked = false; r == 0 && more; asked = true) {
		RECORD_AUTO(reply);

		r = asked ? hear(redis, deadline, &reply)
			  : ask(redis, draft.record, deadline, &reply);
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
	DRAFT_AUTO(draft, "lock");

	add(&draft, "id", id);
	add(&draft, "owner", owner);
	add_int(&draft, "ttl_ms", STORE_LOCK_MS);
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

void store_redis_unlock(struct store_redis *redis, const char *id, const char *owner)
{
	DRAFT_AUTO(draft, "unlock");

	/* Who has waited in vain once does not wait again: a lock goes by itself. */
	if (redis->away)
		return;
	add(&draft, "id", id);
	add(&draft, "owner", owner);
	(void)ask_plainly(redis, &draft);
}
