#include "store_link.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "count.h"
#include "wire.h"

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

int store_link_start(struct store_redis *redis, const char *path,
	const struct spawn_identity *identity, int64_t patience_ms)
{
	*redis = (struct store_redis){.program = {.fd = -1}, .patience_ms = patience_ms};
	int r = spawn_start(path, identity, &redis->program);
	if (r == 0)
		channel_begin(&redis->channel, redis->program.fd, wire_stored);
	return r;
}

void store_link_end(struct store_redis *redis, int grace_ms)
{
	if (redis->program.fd < 0)
		return;
	channel_end(&redis->channel);
	(void)spawn_end(&redis->program, grace_ms);
}

int64_t store_link_deadline(const struct store_redis *redis)
{
	return clock_monotonic_ms() + redis->patience_ms;
}

int store_link_refuse(struct store_redis *redis)
{
	store_link_end(redis, 0);
	return -EHOSTUNREACH;
}

/* Rule 1. */
static int judge(struct store_redis *redis, const struct record *reply)
{
	const char *status = record_get(reply, "status");

	for (size_t i = 0; status && i < COUNT(statuses); i++)
		if (strcmp(status, statuses[i].status) == 0) {
			redis->away = statuses[i].error == -EHOSTUNREACH;
			return statuses[i].error;
		}
	return store_link_refuse(redis);
}

int store_link_hear(struct store_redis *redis, int64_t deadline, struct record **ret_reply)
{
	if (redis->program.fd < 0)
		return -EHOSTUNREACH;
	if (channel_receive(&redis->channel, deadline, NULL, 0, ret_reply) < 0)
		return store_link_refuse(redis);
	return judge(redis, *ret_reply);
}

int store_link_ask(struct store_redis *redis, const struct record *request, int64_t deadline,
	struct record **ret_reply)
{
	if (redis->program.fd < 0)
		return -EHOSTUNREACH;
	if (channel_send(&redis->channel, request, deadline) < 0)
		return store_link_refuse(redis);
	return store_link_hear(redis, deadline, ret_reply);
}
