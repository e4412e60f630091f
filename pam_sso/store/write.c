/*
 * Writing, ending and removing a session, with the index entries that lead to it.
 *
 * 1. A session MUST be written only over the version that was read, and over none where that is 0;
 *    never over a tombstone. Versions count up.
 * 2. A new session takes over its labels: who signed in last is found. One that is written again
 *    takes only those that lead to nobody else.
 * 3. An end MUST be written whatever stands there. It gets the version behind the one that was
 *    read; a writer of any version meets rule 1.
 * 4. Who ends or removes a session removes the index entries that still lead to it, and no others.
 * 5. Each is one transaction. Where what it had looked at changed in between, it looks once more;
 *    an end or a removal that was disturbed again leaves the index alone (read.c).
 * 6. A server without memory takes no transaction, but a removal. There an end removes the session,
 *    and is STATUS_FULL: other machines are not told that it was ended.
 */
#include <errno.h>
#include <string.h>

#include "service.h"
#include "value.h"

enum {
	ATTEMPTS = 2,
	LABELS_MAX = 8,
};

/* The names of a session and of its labels; which of the entries lead to it. */
struct plan {
	const char *id;
	int64_t version; /* that was read */
	int64_t ttl;     /* seconds; 0: of a removal, which has none */
	struct names session;
	struct names labels[LABELS_MAX];
	size_t n_labels;
	struct {
		bool ours;
		bool others;
	} leads[LABELS_MAX][KEYS_MAX];
};

/* Returns 0, -EINVAL for a request that makes no sense, or -ENOMEM. */
static int plan_read(
	struct service *service, const struct record *request, bool with_ttl, struct plan *ret)
{
	*ret = (struct plan){
		.id = record_get(request, "id"), .n_labels = record_count(request, "index")};
	if (!value_is_id(ret->id) || ret->n_labels > LABELS_MAX)
		return -EINVAL;
	if (record_get_int(request, "version", 0, INT64_MAX - 1, &ret->version) < 0 ||
		(with_ttl && record_get_int(request, "ttl", 1, VALUE_TTL_MAX, &ret->ttl) < 0))
		return -EINVAL;
	int r = names_make(&service->keys, NAME_SESSION, ret->id, &ret->session);
	for (size_t i = 0; r == 0 && i < ret->n_labels; i++)
		r = names_make(&service->keys, NAME_INDEX, record_nth(request, "index", i),
			&ret->labels[i]);
	return r;
}

static enum status plan_failed(struct service *service, int error)
{
	return error == -EINVAL ? STATUS_INVALID
				: status_fail(&service->redis.detail, STATUS_AWAY, "no memory");
}

static void say_names(struct service *service, const char *command, const struct names *names)
{
	if (names->n == 1)
		REDIS_SAY(&service->redis, command, names->text[0]);
	else
		REDIS_SAY(&service->redis, command, names->text[0], names->text[1]);
}

static void ask_labels(struct service *service, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_labels; i++)
		value_ask(service, &plan->labels[i]);
}

/* Where one entry leads. What is damaged there leads nowhere. */
static enum status take_label(struct service *service, struct plan *plan, size_t label, size_t key)
{
	VALUE_AUTO(value);
	enum status status = value_take(service, &plan->labels[label], key, &value);
	bool leads = status == STATUS_OK && value.head.kind == SEAL_INDEX;

	plan->leads[label][key].ours = leads && strcmp(value.plain.data, plan->id) == 0;
	plan->leads[label][key].others = leads && strcmp(value.plain.data, plan->id) != 0;
	return status == STATUS_NONE || status == STATUS_DAMAGED ? STATUS_OK : status;
}

static enum status take_labels(struct service *service, struct plan *plan)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < plan->n_labels; i++)
		for (size_t k = 0; k < plan->session.n && status == STATUS_OK; k++)
			status = take_label(service, plan, i, k);
	return status;
}

/* Rule 1. */
static enum status judge_version(
	struct service *service, const struct plan *plan, struct value *there)
{
	enum status status = value_take_session(service, &plan->session, there);

	if (status == STATUS_OK)
		return there->head.version == plan->version ? STATUS_OK : STATUS_STALE;
	if (status == STATUS_NONE)
		return plan->version == 0 ? STATUS_OK : STATUS_STALE;
	return status == STATUS_ENDED ? STATUS_STALE : status;
}

/* What a put has to know. A new session need not know where its labels lead: rule 2. */
static enum status look(struct service *service, struct plan *plan)
{
	VALUE_AUTO(there);

	say_names(service, "WATCH", &plan->session);
	value_ask(service, &plan->session);
	if (plan->version)
		ask_labels(service, plan);
	enum status status = redis_take_status(&service->redis, "OK");
	if (status == STATUS_OK)
		status = judge_version(service, plan, &there);
	if (status == STATUS_OK && plan->version)
		status = take_labels(service, plan);
	return status;
}

static bool leads_to_others(const struct plan *plan, size_t label)
{
	for (size_t k = 0; k < plan->session.n; k++)
		if (plan->leads[label][k].others)
			return true;
	return false;
}

static enum status store(struct service *service, const struct plan *plan, const struct buf *plain)
{
	const struct seal_head session = {SEAL_SESSION, plan->version + 1};
	const struct seal_head index = {SEAL_INDEX, 0};

	REDIS_SAY(&service->redis, "MULTI");
	size_t n = value_say_set(
		service, &plan->session, &session, plain->data, plain->len, plan->ttl);
	for (size_t i = 0; i < plan->n_labels; i++)
		if (!leads_to_others(plan, i))
			n += value_say_set(
				service, &plan->labels[i], &index, plan->id, VALUE_ID, plan->ttl);
	REDIS_SAY(&service->redis, "EXEC");
	return redis_take_transaction(&service->redis, n);
}

static enum status put(struct service *service, struct plan *plan, const struct buf *plain)
{
	enum status status = STATUS_STALE;

	for (int i = 0; i < ATTEMPTS && status == STATUS_STALE; i++) {
		status = look(service, plan);
		if (status != STATUS_OK) {
			REDIS_SAY(&service->redis, "UNWATCH");
			return status;
		}
		status = store(service, plan, plain);
	}
	return status;
}

/* Returns as buf_add(). */
static int compose(const char *id, const struct record *request, struct buf *plain)
{
	size_t n = record_count(request, "line");

	buf_puts(plain, id);
	buf_puts(plain, "\n");
	for (size_t i = 0; i < n; i++) {
		buf_puts(plain, record_nth(request, "line", i));
		buf_puts(plain, "\n");
	}
	return buf_error(plain);
}

enum status service_put(struct service *service, const struct record *request, struct record *reply)
{
	BUF_AUTO(plain, RECORD_MAX);
	struct plan plan;
	int r = plan_read(service, request, true, &plan);

	if (r == 0)
		r = compose(plan.id, request, &plain);
	if (r < 0)
		return plan_failed(service, r);
	enum status status = redis_begin(&service->redis);
	if (status == STATUS_OK)
		status = put(service, &plan, &plain);
	if (status == STATUS_OK && record_add_int(reply, "version", plan.version + 1) < 0)
		status = STATUS_AWAY;
	return status;
}

static enum status watch_labels(struct service *service, struct plan *plan)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < plan->n_labels; i++)
		say_names(service, "WATCH", &plan->labels[i]);
	ask_labels(service, plan);
	for (size_t i = 0; i < plan->n_labels && status == STATUS_OK; i++)
		status = redis_take_status(&service->redis, "OK");
	return status == STATUS_OK ? take_labels(service, plan) : status;
}

/* Rule 4: the commands that remove the entries which lead to it. */
static size_t say_forget(struct service *service, const struct plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_labels; i++)
		for (size_t k = 0; k < plan->session.n; k++) {
			if (!plan->leads[i][k].ours)
				continue;
			REDIS_SAY(&service->redis, "DEL", plan->labels[i].text[k]);
			n++;
		}
	return n;
}

/* A tombstone where there is a ttl, else nothing, takes the session's place. */
static enum status replace(struct service *service, const struct plan *plan)
{
	const struct seal_head ended = {SEAL_ENDED, plan->version + 1};
	size_t n = 1;

	REDIS_SAY(&service->redis, "MULTI");
	if (plan->ttl)
		n = value_say_set(service, &plan->session, &ended, plan->id, VALUE_ID, plan->ttl);
	else
		say_names(service, "DEL", &plan->session);
	n += say_forget(service, plan);
	REDIS_SAY(&service->redis, "EXEC");
	return redis_take_transaction(&service->redis, n);
}

/* Rules 4 and 5. */
static enum status transact(struct service *service, struct plan *plan)
{
	enum status status = STATUS_STALE;

	for (int i = 0; status == STATUS_STALE && i <= ATTEMPTS; i++) {
		if (i == ATTEMPTS)
			plan->n_labels = 0;
		status = watch_labels(service, plan);
		if (status == STATUS_OK)
			status = replace(service, plan);
	}
	return status;
}

/* Rule 6. */
static enum status just_remove(struct service *service, const struct plan *plan)
{
	redisReply *reply = NULL;

	say_names(service, "DEL", &plan->session);
	enum status status = redis_take(&service->redis, REDIS_REPLY_INTEGER, &reply);
	if (status != STATUS_OK)
		return status;
	freeReplyObject(reply);
	return plan->ttl ? STATUS_FULL : STATUS_OK;
}

static enum status finish(struct service *service, const struct record *request, bool with_ttl)
{
	struct plan plan;
	int r = plan_read(service, request, with_ttl, &plan);

	if (r < 0)
		return plan_failed(service, r);
	enum status status = redis_begin(&service->redis);
	if (status != STATUS_OK)
		return status;
	status = transact(service, &plan);
	return status == STATUS_FULL ? just_remove(service, &plan) : status;
}

enum status service_remove(
	struct service *service, const struct record *request, struct record *reply)
{
	(void)reply;
	return finish(service, request, false);
}

enum status service_end(struct service *service, const struct record *request, struct record *reply)
{
	(void)reply;
	return finish(service, request, true);
}
