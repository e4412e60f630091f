/*
 * The ids of all sessions: the names at the server are hashes, so each value is opened.
 *
 * 1. Ended sessions, and what was not sealed by us, are left out.
 * 2. SCAN may give a name twice; an id is told once.
 * 3. A server that gives names without end MUST be left: LIST_MS, LIST_ROUNDS and LIST_MAX bound
 *    it. A list that is not whole is STATUS_AWAY.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "service.h"
#include "value.h"
#include "wire.h"

enum {
	LIST_MS = 30 * 1000,
	LIST_ROUNDS = 20000,
	LIST_MAX = 200000, /* sessions */
	CURSOR = 20,       /* digits of 2^64 */
};

#define LIST_COUNT "200" /* what a round asks for; the ids of twice as many fit into a reply */
#define LIST_MATCH "pam_sso:s:*"

struct list {
	struct service *service;
	char cursor[CURSOR + 1];
	void *seen; /* a tree of ids (tsearch(3)) */
	size_t n;
	struct record *batch; /* the reply that is gathered */
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Rule 2. */
static enum status tell_once(struct list *list, const char *id)
{
	if (tfind(id, &list->seen, compare))
		return STATUS_OK;
	char *copy = strdup(id);
	if (list->n == LIST_MAX || !copy || !tsearch(copy, &list->seen, compare)) {
		free(copy);
		return redis_nonsense(&list->service->redis, "more sessions than can be listed");
	}
	list->n++;
	return record_add(list->batch, "id", id) < 0
		       ? redis_nonsense(&list->service->redis, "a round of SCAN that is too long")
		       : STATUS_OK;
}

/* Whose key made a name, the name does not tell. Returns STATUS_OK or STATUS_NONE. */
static enum status open_any(
	struct list *list, const char *name, const redisReply *reply, char ret_id[VALUE_ID + 1])
{
	const struct keys *keys = &list->service->keys;

	for (size_t i = 0; i < keys->n; i++) {
		VALUE_AUTO(value);

		if (seal_open(&keys->key[i], name, reply->str, reply->len, &value.head,
			    &value.plain) < 0)
			continue;
		if (value.head.kind != SEAL_SESSION || value.plain.len < VALUE_ID)
			return STATUS_NONE;
		memcpy(ret_id, value.plain.data, VALUE_ID);
		ret_id[VALUE_ID] = '\0';
		return value_is_id(ret_id) ? STATUS_OK : STATUS_NONE;
	}
	return STATUS_NONE;
}

static enum status take_one(struct list *list, const char *name)
{
	redisReply *reply = NULL;
	char id[VALUE_ID + 1];
	enum status status = redis_take(&list->service->redis, REDIS_REPLY_STRING, &reply);

	if (status == STATUS_NONE || status == STATUS_DAMAGED)
		return STATUS_OK;
	if (status != STATUS_OK)
		return status;
	status = open_any(list, name, reply, id);
	freeReplyObject(reply);
	return status == STATUS_OK ? tell_once(list, id) : STATUS_OK;
}

static bool is_name(const redisReply *element)
{
	return element->type == REDIS_REPLY_STRING && element->len == NAME_SIZE - 1 &&
	       strlen(element->str) == NAME_SIZE - 1;
}

static enum status take_names(struct list *list, const redisReply *names)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < names->elements; i++)
		if (is_name(names->element[i]))
			REDIS_SAY(&list->service->redis, "GET", names->element[i]->str);
	for (size_t i = 0; i < names->elements && status == STATUS_OK; i++)
		if (is_name(names->element[i]))
			status = take_one(list, names->element[i]->str);
	return status;
}

/* The reply to SCAN: a cursor and names. */
static bool is_scanned(const redisReply *reply)
{
	return reply->elements == 2 && reply->element[0]->type == REDIS_REPLY_STRING &&
	       reply->element[0]->len <= CURSOR &&
	       strspn(reply->element[0]->str, "0123456789") == reply->element[0]->len &&
	       reply->element[1]->type == REDIS_REPLY_ARRAY;
}

/* One round. Its cursor is "0" at the beginning and behind the last. */
static enum status scan(struct list *list)
{
	struct redis *redis = &list->service->redis;
	redisReply *reply = NULL;
	enum status status = redis_begin(redis);

	if (status != STATUS_OK)
		return status;
	REDIS_SAY(redis, "SCAN", list->cursor, "MATCH", LIST_MATCH, "COUNT", LIST_COUNT);
	status = redis_take(redis, REDIS_REPLY_ARRAY, &reply);
	if (status != STATUS_OK)
		return status == STATUS_NONE ? redis_nonsense(redis, "no reply to SCAN") : status;
	if (is_scanned(reply)) {
		memcpy(list->cursor, reply->element[0]->str, reply->element[0]->len + 1);
		status = take_names(list, reply->element[1]);
	} else {
		status = redis_nonsense(redis, "a reply to SCAN that is none");
	}
	freeReplyObject(reply);
	return status;
}

/* Sends what a round found, if anything, and makes room for the next. */
static enum status send_batch(struct list *list)
{
	struct redis *redis = &list->service->redis;

	if (list->batch && record_count(list->batch, "id")) {
		if (record_add(list->batch, "status", status_name(STATUS_OK)) < 0 ||
			record_add(list->batch, "more", WIRE_YES) < 0 ||
			service_send(list->service, list->batch) < 0)
			return redis_nonsense(redis, "nobody takes the list");
	}
	record_free(list->batch);
	list->batch = record_new(wire_stored);
	return list->batch ? STATUS_OK : redis_nonsense(redis, "no memory");
}

static enum status scan_all(struct list *list)
{
	int64_t deadline = clock_monotonic_ms() + LIST_MS;
	enum status status = STATUS_OK;

	for (int round = 0; status == STATUS_OK; round++) {
		if (round == LIST_ROUNDS || clock_monotonic_ms() > deadline)
			return redis_nonsense(&list->service->redis, "names without end");
		status = send_batch(list);
		if (status == STATUS_OK)
			status = scan(list);
		if (strcmp(list->cursor, "0") == 0)
			break;
	}
	return status == STATUS_OK ? send_batch(list) : status;
}

enum status service_list(
	struct service *service, const struct record *request, struct record *reply)
{
	struct list list = {.service = service, .cursor = "0"};

	(void)request;
	enum status status = scan_all(&list);
	record_free(list.batch);
	tdestroy(list.seen, free);
	if (record_add(reply, "more", WIRE_NO) < 0)
		return STATUS_AWAY;
	return status;
}
