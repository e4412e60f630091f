/*
 * What a reply comes to: a status of ours.
 */
#include <string.h>

#include "count.h"
#include "redis.h"

/* What a server's error means, by how it begins. What is not here is an answer that makes no sense
 * to us. */
static const struct {
	const char *begins;
	enum status status;
} errors[] = {
	{"WRONGPASS", STATUS_REFUSED},
	{"NOAUTH", STATUS_REFUSED},
	{"NOPERM", STATUS_REFUSED},
	{"ERR AUTH <password> called without any password", STATUS_REFUSED},
	{"ERR DB index is out of range", STATUS_REFUSED},
	{"OOM", STATUS_FULL},
	{"MISCONF", STATUS_FULL}, /* cannot write its disk, and takes no more */
	{"WRONGTYPE", STATUS_DAMAGED},
	{"LOADING", STATUS_AWAY},
	{"READONLY", STATUS_AWAY},
	{"MASTERDOWN", STATUS_AWAY},
	{"NOREPLICAS", STATUS_AWAY},
	{"CLUSTERDOWN", STATUS_AWAY},
	{"MOVED", STATUS_AWAY},
	{"BUSY", STATUS_AWAY},
	{"EXECABORT", STATUS_AWAY},
	{"ERR max number of clients reached", STATUS_AWAY},
};

/* The server's own text is left out: it may repeat what it was sent. */
static enum status error_status(struct redis *redis, const redisReply *reply)
{
	for (size_t i = 0; i < COUNT(errors); i++)
		if (strncmp(reply->str, errors[i].begins, strlen(errors[i].begins)) == 0)
			return status_fail(&redis->detail, errors[i].status, "the server says %s",
				errors[i].begins);
	return status_fail(
		&redis->detail, STATUS_AWAY, "the server says an error of no known kind");
}

enum status redis_take(struct redis *redis, int type, redisReply **ret)
{
	redisReply *reply = NULL;
	enum status status = redis_receive(redis, &reply);

	if (status != STATUS_OK)
		return status;
	if (reply->type == type) {
		*ret = reply;
		return STATUS_OK;
	}
	if (reply->type == REDIS_REPLY_ERROR)
		status = error_status(redis, reply);
	else if (reply->type == REDIS_REPLY_NIL)
		status = STATUS_NONE;
	else
		status = redis_nonsense(redis, "a reply of another type");
	freeReplyObject(reply);
	return status;
}

enum status redis_take_maybe(struct redis *redis, const char *text)
{
	redisReply *reply = NULL;
	enum status status = redis_take(redis, REDIS_REPLY_STATUS, &reply);

	if (!reply)
		return status;
	if (strcmp(reply->str, text) != 0)
		status = redis_nonsense(redis, "a reply to another command");
	freeReplyObject(reply);
	return status;
}

enum status redis_take_status(struct redis *redis, const char *text)
{
	enum status status = redis_take_maybe(redis, text);

	return status == STATUS_NONE ? redis_nonsense(redis, "a reply of another type") : status;
}

/* Each command of a transaction that was done. */
static enum status judge_results(struct redis *redis, const redisReply *results, size_t n)
{
	if (results->elements != n)
		return redis_nonsense(redis, "a reply to another transaction");
	for (size_t i = 0; i < n; i++)
		if (results->element[i]->type == REDIS_REPLY_ERROR)
			return error_status(redis, results->element[i]);
	return STATUS_OK;
}

enum status redis_take_transaction(struct redis *redis, size_t n)
{
	redisReply *results = NULL;
	enum status first = redis_take_status(redis, "OK");

	for (size_t i = 0; i < n; i++) {
		enum status status = redis_take_status(redis, "QUEUED");

		if (first == STATUS_OK)
			first = status;
	}
	/* What was wrong with a command says more than that EXEC did nothing. */
	struct status_detail detail = redis->detail;
	enum status status = redis_take(redis, REDIS_REPLY_ARRAY, &results);
	if (first != STATUS_OK) {
		redis->detail = detail;
		status = first;
	} else if (status == STATUS_NONE) {
		status = STATUS_STALE;
	} else if (results) {
		status = judge_results(redis, results, n);
	}
	if (results)
		freeReplyObject(results);
	return status;
}
