#include "task.h"

#include <stdio.h>

#include "clock.h"
#include "detail.h"
#include "redact.h"

enum reason task_fail(struct task *task, enum reason reason, const char *detail)
{
	detail_set(task->idp.detail, sizeof(task->idp.detail), detail);
	return reason;
}

enum reason task_unattended(enum reason reason)
{
	return reason == REASON_DEADLINE ? REASON_UNREACHABLE : reason;
}

static enum reason connect_and_run(struct task *task, enum reason (*job)(struct task *task))
{
	task->idp.http = http_new(&task->request->network, task->channel->fd, task->deadline_ms);
	if (!task->idp.http)
		return task_fail(task, REASON_INTERNAL, "libcurl does not start");
	return job(task);
}

static int note_keys(struct task *task)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < task->keys.notes.n; i++)
		r = strlist_add(&task->result->notes, task->keys.notes.items[i]);
	return r;
}

/* Everything that the log gets passes here. */
static void keep_secrets(const struct redact *secrets, struct result *result)
{
	redact_text(secrets, result->detail);
	for (size_t i = 0; i < result->notes.n; i++)
		redact_text(secrets, result->notes.items[i]);
}

/* Takes over what the log should have, and gives everything back. */
static enum reason finish(struct task *task, enum reason reason)
{
	struct result *result = task->result;

	if (reason != REASON_OK)
		snprintf(result->detail, sizeof(result->detail), "%s", task->idp.detail);
	if (note_keys(task) < 0)
		reason = REASON_NO_MEMORY;
	keep_secrets(&task->idp.secrets, result);
	if (task->idp.http) {
		result->requests = http_requests(task->idp.http);
		result->connections = http_connections(task->idp.http);
	}
	http_free(task->idp.http);
	metadata_free(&task->idp.endpoints);
	redact_free(&task->idp.secrets);
	jwk_set_free(&task->keys);
	return reason;
}

void task_run(enum reason (*job)(struct task *task), struct channel *channel,
	const struct record *record, struct result *result)
{
	REQUEST_AUTO(request);
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
		.idp = {.request = &request},
		.began_s = clock_wall_s(),
		.deadline_ms = clock_monotonic_ms() + request.deadline * 1000,
	};
	result->reason = finish(&task, connect_and_run(&task, job));
}
