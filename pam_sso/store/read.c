/*
 * Reading a session: by its id, or by a label that leads to one.
 *
 * An entry that leads nowhere, or to a session that was ended, is none: what a label finds is only
 * where to look.
 */
#include <string.h>

#include "service.h"
#include "value.h"

/* Adds the line that begins at AT and ends before END. */
static int add_line(struct record *reply, const char *at, const char *end)
{
	SECRET_AUTO(line);
	int r = secret_set(&line, at, (size_t)(end - at));

	return r < 0 ? r : record_add_secret(reply, "line", &line);
}

/* The lines of a session go into the reply; the first, which is its id, does not. */
static enum status tell(
	struct service *service, const char *id, const struct value *value, struct record *reply)
{
	const char *at = value->plain.data;
	const char *end;
	int r = 0;

	if (strncmp(at, id, VALUE_ID) != 0 || at[VALUE_ID] != '\n')
		return status_fail(
			&service->redis.detail, STATUS_DAMAGED, "a session of another id");
	for (at += VALUE_ID + 1; r == 0 && (end = strchr(at, '\n')) != NULL; at = end + 1)
		r = add_line(reply, at, end);
	if (r == 0)
		r = record_add_int(reply, "version", value->head.version);
	return r < 0 ? status_fail(&service->redis.detail, STATUS_AWAY, "no room for the reply")
		     : STATUS_OK;
}

static enum status get(struct service *service, const char *id, struct record *reply)
{
	struct names names;
	VALUE_AUTO(value);

	if (names_make(&service->keys, NAME_SESSION, id, &names) < 0)
		return status_fail(&service->redis.detail, STATUS_AWAY, "no memory");
	value_ask(service, &names);
	enum status status = value_take_session(service, &names, &value);
	return status == STATUS_OK ? tell(service, id, &value, reply) : status;
}

enum status service_get(struct service *service, const struct record *request, struct record *reply)
{
	const char *id = record_get(request, "id");

	if (!value_is_id(id))
		return STATUS_INVALID;
	enum status status = redis_begin(&service->redis);
	return status == STATUS_OK ? get(service, id, reply) : status;
}

/* Where the label leads to by any key; the first that leads anywhere counts. */
static enum status look_up(struct service *service, const char *label, char ret_id[VALUE_ID + 1])
{
	struct names names;
	enum status best = STATUS_NONE;

	if (names_make(&service->keys, NAME_INDEX, label, &names) < 0)
		return status_fail(&service->redis.detail, STATUS_AWAY, "no memory");
	value_ask(service, &names);
	for (size_t i = 0; i < names.n && best != STATUS_OK; i++) {
		VALUE_AUTO(value);
		enum status status = value_take(service, &names, i, &value);

		if (status == STATUS_OK &&
			(value.head.kind != SEAL_INDEX || !value_is_id(value.plain.data)))
			status = STATUS_DAMAGED;
		if (status == STATUS_OK)
			memcpy(ret_id, value.plain.data, VALUE_ID + 1);
		if (status != STATUS_NONE)
			best = status;
		if (status != STATUS_NONE && status != STATUS_DAMAGED)
			break;
	}
	redis_pass(&service->redis);
	return best;
}

enum status service_find(
	struct service *service, const struct record *request, struct record *reply)
{
	char id[VALUE_ID + 1] = "";

	if (record_count(request, "index") != 1)
		return STATUS_INVALID;
	enum status status = redis_begin(&service->redis);
	if (status == STATUS_OK)
		status = look_up(service, record_get(request, "index"), id);
	if (status == STATUS_OK)
		status = get(service, id, reply);
	if (status == STATUS_ENDED)
		status = STATUS_NONE;
	if (status == STATUS_OK && record_add(reply, "id", id) < 0)
		status = STATUS_AWAY;
	return status;
}
