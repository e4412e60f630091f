#include "serve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "confine.h"
#include "count.h"
#include "opening.h"
#include "sandbox.h"
#include "service.h"
#include "wire.h"

enum {
	OPEN_WAIT_MS = 10 * 1000,
	SEND_WAIT_MS = 10 * 1000, /* a caller that does not read is gone */
};

static const struct {
	const char *name;
	service_op *run;
} operations[] = {
	{"get", service_get},
	{"find", service_find},
	{"put", service_put},
	{"remove", service_remove},
	{"end", service_end},
	{"list", service_list},
	{"lock", service_lock},
	{"unlock", service_unlock},
};

static service_op *find_operation(const char *name)
{
	for (size_t i = 0; name && i < COUNT(operations); i++)
		if (strcmp(operations[i].name, name) == 0)
			return operations[i].run;
	return NULL;
}

int service_send(struct service *service, const struct record *reply)
{
	return channel_send(service->channel, reply, clock_monotonic_ms() + SEND_WAIT_MS);
}

/* Adds how it ended, and sends it. What was wrong is told only where something was. */
static int send_status(struct service *service, struct record *reply, enum status status)
{
	const char *detail = service->redis.detail.text;
	int r = record_add(reply, "status", status_name(status));

	if (r == 0 && status != STATUS_OK && *detail)
		r = record_add(reply, "detail", detail);
	return r < 0 ? r : service_send(service, reply);
}

static enum status open_store(
	struct service *service, const struct record *request, struct record *reply)
{
	struct status_detail *detail = &service->redis.detail;
	struct sandbox sandbox = {""};
	const char *op = record_get(request, "op");

	if (!op || strcmp(op, "open") != 0)
		return status_fail(detail, STATUS_INVALID, "the first request must be an open");
	if (confine_is_root())
		return status_fail(detail, STATUS_INVALID, "sso-store was started as root");
	enum status status = opening_read(request, service);
	if (status != STATUS_OK)
		return status;
	const struct sandbox_needs needs = {.ca_file = service->redis.server.ca_file,
		.ca_dir = service->redis.server.ca_dir,
		.port = service->redis.server.endpoint.port};
	int r = sandbox_enter(&needs, &sandbox);
	if (r < 0)
		return status_fail(detail, STATUS_INVALID, "sandbox: %s", strerror(-r));
	if (record_add(reply, "sandbox", sandbox.text) < 0)
		return status_fail(detail, STATUS_AWAY, "no memory");
	return redis_begin(&service->redis);
}

/* Receives the first request and answers it. The store is open where *ret_open is set. */
static int answer_open(struct service *service, bool *ret_open)
{
	RECORD_AUTO(request);
	RECORD_AUTO(reply);
	int r = channel_receive(
		service->channel, clock_monotonic_ms() + OPEN_WAIT_MS, NULL, 0, &request);

	if (r < 0)
		return r;
	reply = record_new(wire_stored);
	if (!reply)
		return -ENOMEM;
	enum status status = open_store(service, request, reply);
	r = send_status(service, reply, status);
	*ret_open = status == STATUS_OK;
	return r;
}

static int answer_next(struct service *service)
{
	RECORD_AUTO(request);
	RECORD_AUTO(reply);
	int r = channel_receive(service->channel, INT64_MAX, NULL, 0, &request);

	if (r < 0)
		return r;
	reply = record_new(wire_stored);
	if (!reply)
		return -ENOMEM;
	service_op *run = find_operation(record_get(request, "op"));
	service->redis.detail = (struct status_detail){""};
	return send_status(service, reply, run ? run(service, request, reply) : STATUS_INVALID);
}

/* Up to the caller's end of file. */
static int converse(struct service *service)
{
	bool open = false;
	int r = answer_open(service, &open);

	while (r == 0 && open)
		r = answer_next(service);
	return r;
}

int serve(int fd)
{
	struct channel channel;
	struct service service = {.channel = &channel};
	int r = redis_setup(&service.redis);

	channel_begin(&channel, fd, wire_store);
	if (r == 0)
		r = converse(&service);
	keys_wipe(&service.keys);
	redis_end(&service.redis);
	channel_end(&channel);
	if (r == 0 || r == -ENODATA)
		return WIRE_EXIT_REFUSED;
	fprintf(stderr, "sso-store: the conversation broke off: %s\n", strerror(-r));
	return WIRE_EXIT_BROKEN;
}
