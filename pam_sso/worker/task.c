#include "task.h"

#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "detail.h"
#include "redact.h"
#include "shed.h"

/* Behind the deadline: what has to be told by then takes a moment. */
enum { LATE_S = 10 };

enum reason task_fail(struct task *task, enum reason reason, const char *detail)
{
	detail_set(task->idp.detail, sizeof(task->idp.detail), detail);
	return reason;
}

enum reason task_unattended(enum reason reason)
{
	return reason == REASON_DEADLINE ? REASON_UNREACHABLE : reason;
}

enum reason task_attended(enum reason reason)
{
	switch (reason) {
	case REASON_REDIRECT:
	case REASON_REPLY_SIZE:
	case REASON_REPLY_FORM:
	case REASON_NO_DEVICE_FLOW:
	case REASON_IDP_ERROR: return REASON_ACCESS_DENIED;
	default: return reason;
	}
}

static enum reason connect_and_run(struct task *task, const struct task_job *job)
{
	task->idp.http = http_new(&task->request->network, job->manner, task->channel->fd);
	if (!task->idp.http)
		return task_fail(task, REASON_INTERNAL, "libcurl does not start");
	task->loaded = shed_loaded();
	return job->run(task);
}

static int note_keys(struct task *task)
{
	const struct strlist *notes = &task->keys->set.notes;
	int r = 0;

	for (size_t i = 0; r == 0 && i < notes->n; i++)
		r = strlist_add(&task->result->notes, notes->items[i]);
	return r;
}

/* Everything that the log gets passes here. */
static void keep_secrets(const struct redact *secrets, struct result *result)
{
	redact_text(secrets, result->detail);
	for (size_t i = 0; i < result->notes.n; i++)
		redact_text(secrets, result->notes.items[i]);
}

void task_conclude(struct task *task, enum reason reason)
{
	struct result *result = task->result;

	result->reason = reason;
	if (reason != REASON_OK)
		snprintf(result->detail, sizeof(result->detail), "%s", task->idp.detail);
	keep_secrets(&task->idp.secrets, result);
	redact_free(&task->idp.secrets);
}

/* Takes over what the log should have, and gives everything back. */
static void finish(struct task *task, enum reason reason)
{
	if (note_keys(task) < 0)
		reason = REASON_NO_MEMORY;
	task_conclude(task, reason);
	if (task->idp.http) {
		task->result->requests = http_requests(task->idp.http);
		task->result->connections = http_connections(task->idp.http);
	}
	http_free(task->idp.http);
	metadata_free(task->idp.endpoints);
	jwk_set_free(&task->keys->set);
}

static int64_t deadline_from_now(const struct request *request)
{
	return clock_monotonic_ms() + request->deadline * 1000;
}

/* A job that goes on for as long as its caller speaks has no end of its own. */
static void limit_time(const struct task_job *job, const struct request *request)
{
	(void)alarm(job->manner == HTTP_ONE ? (unsigned int)request->deadline + LATE_S : 0);
}

struct task task_part(const struct task *job, struct result *result)
{
	struct task part = *job;

	part.result = result;
	part.began_s = clock_wall_s();
	part.idp = (struct idp){
		.request = job->request,
		.http = job->idp.http,
		.endpoints = job->idp.endpoints,
		.deadline_ms = deadline_from_now(job->request),
	};
	return part;
}

void task_run(const struct task_job *job, struct channel *channel, const struct record *record,
	struct loopback *loopback, struct result *result)
{
	REQUEST_AUTO(request);
	struct metadata endpoints = {0};
	struct task_keys keys = {0};
	const char *key = NULL;

	if (request_read(record, &request, &key) < 0) {
		result_set(result, REASON_INTERNAL, "the request makes no sense: ");
		detail_add(result->detail, sizeof(result->detail), key);
		return;
	}
	struct task task = {
		.channel = channel,
		.request = &request,
		.result = result,
		.idp = {.request = &request,
			.endpoints = &endpoints,
			.deadline_ms = deadline_from_now(&request)},
		.keys = &keys,
		.began_s = clock_wall_s(),
		.loopback = loopback,
	};
	limit_time(job, &request);
	finish(&task, connect_and_run(&task, job));
}
