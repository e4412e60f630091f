#include "redis.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "resp.h"

enum {
	CHUNK = 16 * 1024,
	OUT_MAX = 1024 * 1024, /* commands of one round trip */
	WORDS_MAX = 32,
};

int redis_setup(struct redis *redis)
{
	*redis = (struct redis){.transport = {.fd = -1},
		.reader = redisReaderCreate(),
		.out = {.max = OUT_MAX},
		.in = {.max = RESP_MAX + CHUNK}};
	return redis->reader ? 0 : -ENOMEM;
}

/* Nothing of this connection is waited for any more. */
static void hang_up(struct redis *redis)
{
	transport_close(&redis->transport);
	buf_free(&redis->out);
	buf_free(&redis->in);
	redis->pending = 0;
	redis->passed = 0;
}

void redis_end(struct redis *redis)
{
	hang_up(redis);
	if (redis->reader)
		redisReaderFree(redis->reader);
	free(redis->server.ca_file);
	free(redis->server.ca_dir);
	free(redis->server.user);
	secret_free(&redis->server.password);
	*redis = (struct redis){.transport = {.fd = -1}};
}

enum status redis_nonsense(struct redis *redis, const char *what)
{
	hang_up(redis);
	return status_fail(&redis->detail, STATUS_AWAY, "%s", what);
}

void redis_command(struct redis *redis, const struct redis_word *words, size_t n)
{
	const char *texts[WORDS_MAX];
	size_t lens[WORDS_MAX];
	char *command = NULL;

	if (redis->transport.fd < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		texts[i] = words[i].bytes;
		lens[i] = words[i].len;
	}
	long long len = redisFormatCommandArgv(&command, (int)n, texts, lens);
	if (len < 0) {
		buf_fail(&redis->out, -ENOMEM);
		return;
	}
	buf_add(&redis->out, command, (size_t)len);
	explicit_bzero(command, (size_t)len);
	redisFreeCommand(command);
	redis->pending++;
}

void redis_say(struct redis *redis, const char *const *words, size_t n)
{
	struct redis_word command[WORDS_MAX];

	for (size_t i = 0; i < n; i++)
		command[i] = REDIS_WORD(words[i]);
	redis_command(redis, command, n);
}

static enum status flush(struct redis *redis)
{
	if (buf_error(&redis->out))
		return redis_nonsense(redis, "no memory for the commands");
	if (!redis->out.len)
		return STATUS_OK;
	enum status status = transport_send(&redis->transport, redis->out.data, redis->out.len,
		redis->deadline, &redis->detail);
	buf_consume(&redis->out, redis->out.len);
	return status;
}

/* Waits until the bytes of a whole reply are there, and tells how many they are. */
static enum status await_reply(struct redis *redis, size_t *ret_len)
{
	enum status status = flush(redis);

	while (status == STATUS_OK) {
		char chunk[CHUNK];
		size_t got = 0;
		int len = resp_measure(buf_str(&redis->in), redis->in.len);

		if (len < 0)
			return redis_nonsense(redis, "a reply that is none, or is too long");
		if (len > 0) {
			*ret_len = (size_t)len;
			return STATUS_OK;
		}
		status = transport_receive(&redis->transport, chunk, sizeof(chunk), redis->deadline,
			&got, &redis->detail);
		if (status == STATUS_OK && buf_add(&redis->in, chunk, got) < 0)
			return redis_nonsense(redis, "no memory for the reply");
	}
	hang_up(redis);
	return status;
}

static enum status receive(struct redis *redis, redisReply **ret)
{
	size_t len = 0;
	void *reply = NULL;
	enum status status = await_reply(redis, &len);

	if (status != STATUS_OK)
		return status;
	if (redisReaderFeed(redis->reader, redis->in.data, len) != REDIS_OK ||
		redisReaderGetReply(redis->reader, &reply) != REDIS_OK || !reply)
		return redis_nonsense(redis, "a reply that cannot be read");
	buf_consume(&redis->in, len);
	redis->pending--;
	*ret = reply;
	return STATUS_OK;
}

enum status redis_receive(struct redis *redis, redisReply **ret)
{
	if (redis->transport.fd < 0)
		return STATUS_AWAY;
	while (redis->passed) {
		redisReply *reply = NULL;
		enum status status = receive(redis, &reply);

		if (status != STATUS_OK)
			return status;
		freeReplyObject(reply);
		redis->passed--;
	}
	return receive(redis, ret);
}

/* SELECT makes the server show at once that it is one, and that we may. */
static enum status sign_in(struct redis *redis)
{
	const struct redis_server *server = &redis->server;
	const char *password = secret_reveal(&server->password);
	enum status status = STATUS_OK;
	char database[8];

	snprintf(database, sizeof(database), "%u", server->endpoint.database);
	if (server->user)
		REDIS_SAY(redis, "AUTH", server->user, password);
	else if (*password)
		REDIS_SAY(redis, "AUTH", password);
	REDIS_SAY(redis, "SELECT", database);
	if (*password)
		status = redis_take_status(redis, "OK");
	return status == STATUS_OK ? redis_take_status(redis, "OK") : status;
}

static enum status connect_and_sign_in(struct redis *redis)
{
	const struct transport_trust trust = {redis->server.ca_file, redis->server.ca_dir};
	enum status status = transport_open(&redis->server.endpoint, &trust, redis->deadline,
		&redis->transport, &redis->detail);

	if (status != STATUS_OK)
		return status;
	status = sign_in(redis);
	if (status != STATUS_OK)
		hang_up(redis);
	return status;
}

void redis_pass(struct redis *redis)
{
	redis->passed = redis->pending;
}

enum status redis_begin(struct redis *redis)
{
	redis->deadline = clock_monotonic_ms() + redis->server.timeout_ms;
	redis->detail = (struct status_detail){""};
	redis_pass(redis);
	return redis->transport.fd < 0 ? connect_and_sign_in(redis) : STATUS_OK;
}
