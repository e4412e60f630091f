/*
 * The lock of a session: a name with an owner and an end.
 *
 * 1. It is taken where nobody has it, and given back only by who has it still. It ends by itself.
 * 2. With two keys it has two names, and MUST be taken under both: machines one step of a rotation
 *    apart know one of them each. They are taken in the order of the keys' ids, so that two machines
 *    meet at the first.
 *
 * It keeps machines from getting in each other's way; that nothing is lost where it failed (its time
 * was too short, the server forgot it) is up to the versions (write.c). So the owner is neither
 * sealed nor a secret: who can compare it at the server can delete the name as well, and how long
 * comparing takes tells nothing.
 */
#include <string.h>

#include "count.h"
#include "service.h"
#include "value.h"

enum { LOCK_MS_MAX = 10 * 60 * 1000 };

/* What a lock is called by each key, in the order of rule 2. Returns STATUS_INVALID for a request
 * without id and owner. */
static enum status lock_names(
	struct service *service, const struct record *request, struct names *ret)
{
	const struct keys *keys = &service->keys;
	char first[NAME_SIZE];

	if (!value_is_id(record_get(request, "id")) || !value_is_id(record_get(request, "owner")))
		return STATUS_INVALID;
	if (names_make(keys, NAME_LOCK, record_get(request, "id"), ret) < 0)
		return status_fail(&service->redis.detail, STATUS_AWAY, "no memory");
	if (ret->n == 2 && memcmp(keys->key[0].id, keys->key[1].id, KEY_ID) > 0) {
		memcpy(first, ret->text[0], NAME_SIZE);
		memcpy(ret->text[0], ret->text[1], NAME_SIZE);
		memcpy(ret->text[1], first, NAME_SIZE);
	}
	return STATUS_OK;
}

/* Who has the lock: STATUS_OK where it is OWNER, STATUS_LOCKED, STATUS_NONE. */
static enum status whose(struct service *service, const char *owner)
{
	redisReply *reply = NULL;
	enum status status = redis_take(&service->redis, REDIS_REPLY_STRING, &reply);

	if (status != STATUS_OK)
		return status;
	status = reply->len == VALUE_ID && memcmp(reply->str, owner, VALUE_ID) == 0 ? STATUS_OK
										    : STATUS_LOCKED;
	freeReplyObject(reply);
	return status;
}

/* Gives one name back. A transaction that was disturbed found it ended, and maybe taken. */
static enum status give_back(struct service *service, const char *name, const char *owner)
{
	struct redis *redis = &service->redis;

	REDIS_SAY(redis, "WATCH", name);
	REDIS_SAY(redis, "GET", name);
	enum status status = redis_take_status(redis, "OK");
	if (status == STATUS_OK)
		status = whose(service, owner);
	if (status != STATUS_OK) {
		REDIS_SAY(redis, "UNWATCH");
		redis_pass(redis);
		return status;
	}
	REDIS_SAY(redis, "MULTI");
	REDIS_SAY(redis, "DEL", name);
	REDIS_SAY(redis, "EXEC");
	status = redis_take_transaction(redis, 1);
	return status == STATUS_STALE ? STATUS_LOCKED : status;
}

enum status service_lock(
	struct service *service, const struct record *request, struct record *reply)
{
	struct redis *redis = &service->redis;
	const char *owner = record_get(request, "owner");
	struct names names;
	int64_t ttl;
	size_t taken = 0;

	(void)reply;
	enum status status = lock_names(service, request, &names);
	if (record_get_int(request, "ttl_ms", 1, LOCK_MS_MAX, &ttl) < 0)
		return STATUS_INVALID;
	if (status == STATUS_OK)
		status = redis_begin(redis);
	while (status == STATUS_OK && taken < names.n) {
		REDIS_SAY(redis, "SET", names.text[taken], owner, "NX", "PX",
			record_get(request, "ttl_ms"));
		status = redis_take_maybe(redis, "OK");
		if (status == STATUS_OK)
			taken++;
	}
	if (status == STATUS_OK)
		return STATUS_OK;
	while (taken)
		give_back(service, names.text[--taken], owner);
	return status == STATUS_NONE ? STATUS_LOCKED : status;
}

enum status service_unlock(
	struct service *service, const struct record *request, struct record *reply)
{
	struct names names;

	(void)reply;
	enum status status = lock_names(service, request, &names);
	if (status == STATUS_OK)
		status = redis_begin(&service->redis);
	if (status != STATUS_OK)
		return status;
	for (size_t i = names.n; i > 0; i--) {
		enum status one = give_back(
			service, names.text[i - 1], record_get(request, "owner"));

		if (one != STATUS_OK)
			status = one;
	}
	return status;
}
