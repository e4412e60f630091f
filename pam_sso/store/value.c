#include "value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "count.h"

void value_free(struct value *value)
{
	buf_free(&value->plain);
}

bool value_is_id(const char *text)
{
	return text && strlen(text) == VALUE_ID && strspn(text, "0123456789abcdef") == VALUE_ID;
}

void value_ask(struct service *service, const struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		REDIS_SAY(&service->redis, "GET", names->text[i]);
}

enum status value_take(
	struct service *service, const struct names *names, size_t at, struct value *ret)
{
	redisReply *reply = NULL;
	enum status status = redis_take(&service->redis, REDIS_REPLY_STRING, &reply);

	if (status != STATUS_OK)
		return status;
	int r = seal_open(&service->keys.key[at], names->text[at], reply->str, reply->len,
		&ret->head, &ret->plain);
	freeReplyObject(reply);
	if (r == -EBADMSG)
		return status_fail(&service->redis.detail, STATUS_DAMAGED,
			"a value that was not sealed for its name");
	return r < 0 ? redis_nonsense(&service->redis, "no memory for a value, or it is too long")
		     : STATUS_OK;
}

static enum status session_status(struct service *service, const struct value *value)
{
	switch (value->head.kind) {
	case SEAL_SESSION: return STATUS_OK;
	case SEAL_ENDED: return STATUS_ENDED;
	default:
		return status_fail(&service->redis.detail, STATUS_DAMAGED,
			"a value of another kind than its name");
	}
}

static bool is_there(enum status status)
{
	return status == STATUS_OK || status == STATUS_ENDED;
}

enum status value_take_session(
	struct service *service, const struct names *names, struct value *ret)
{
	enum status best = STATUS_NONE;

	for (size_t i = 0; i < names->n; i++) {
		VALUE_AUTO(value);
		enum status status = value_take(service, names, i, &value);

		if (status == STATUS_OK)
			status = session_status(service, &value);
		if (is_there(status)) {
			if (is_there(best) && value.head.version <= ret->head.version)
				continue;
			value_free(ret);
			*ret = value;
			value = (struct value){.plain = {.max = RECORD_MAX}};
			best = status;
		} else if (status == STATUS_DAMAGED) {
			if (!is_there(best))
				best = status;
		} else if (status != STATUS_NONE) {
			return status;
		}
	}
	return best;
}

static void say_sealed(
	struct service *service, const char *name, const struct buf *sealed, int64_t ttl)
{
	char seconds[24];

	snprintf(seconds, sizeof(seconds), "%" PRId64, ttl);
	const struct redis_word words[] = {REDIS_WORD("SET"), REDIS_WORD(name),
		{sealed->data, sealed->len}, REDIS_WORD("EX"), REDIS_WORD(seconds)};
	redis_command(&service->redis, words, COUNT(words));
}

size_t value_say_set(struct service *service, const struct names *names,
	const struct seal_head *head, const char *plain, size_t len, int64_t ttl)
{
	BUF_AUTO(sealed, RECORD_MAX + SEAL_OVERHEAD);
	unsigned char nonce[SEAL_NONCE];

	if (getrandom(nonce, sizeof(nonce), 0) != sizeof(nonce) ||
		seal_close(&service->keys.key[0], names->text[0], head, nonce, plain, len,
			&sealed) < 0) {
		redis_nonsense(&service->redis, "a value could not be sealed");
		return 0;
	}
	say_sealed(service, names->text[0], &sealed, ttl);
	for (size_t i = 1; i < names->n; i++)
		REDIS_SAY(&service->redis, "DEL", names->text[i]);
	return names->n;
}
