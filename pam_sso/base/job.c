#include "job.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "wire.h"

enum {
	JOB_SILENCE_MS = 1500, /* from the result to the end of file behind it */
	JOB_GRACE_MS = JOB_END_MS - JOB_SILENCE_MS,
};

/* The first complaint is the cause; what follows from it is not told. */
static void __attribute__((format(printf, 2, 3))) complain(struct job *job, const char *format, ...)
{
	va_list args;

	if (*job->detail)
		return;
	va_start(args, format);
	vsnprintf(job->detail, sizeof(job->detail), format, args);
	va_end(args);
}

/* Not strerror(): it depends on the locale, and its buffer is shared by all threads. */
static void complain_errno(struct job *job, const char *what, int error)
{
	const char *text = strerrordesc_np(-error);

	complain(job, "%s: %s", what, text ? text : "unknown error");
}

enum reason job_start(struct job *job, const char *path, const struct spawn_identity *identity,
	const struct record *request, int64_t deadline)
{
	const char *name = record_get(request, "job");

	*job = (struct job){.refresh = name && strcmp(name, WIRE_JOB_REFRESH) == 0};
	int r = spawn_start(path, identity, &job->child);
	if (r < 0) {
		complain_errno(job, "the worker could not be started", r);
		return REASON_WORKER;
	}
	job->started = true;
	channel_begin(&job->channel, job->child.fd, wire_event);
	r = channel_send(&job->channel, request, deadline);
	if (r < 0) {
		complain_errno(job, "the worker did not take the request", r);
		return REASON_WORKER;
	}
	return REASON_OK;
}

enum reason job_item(struct job *job, const struct record *item, int64_t deadline)
{
	if (!job->started || *job->detail)
		return REASON_WORKER;
	int r = channel_send(&job->channel, item, deadline);
	if (r < 0) {
		complain_errno(job, "the worker did not take an item", r);
		return REASON_WORKER;
	}
	job->unanswered++;
	return REASON_OK;
}

void job_items_end(struct job *job)
{
	if (job->started)
		(void)shutdown(job->child.fd, SHUT_WR);
}

enum reason job_paste(struct job *job, const struct secret *text, int64_t deadline)
{
	RECORD_AUTO(paste);

	if (!job->started || *job->detail || !job->code || job->pasted)
		return REASON_WORKER;
	paste = record_new(wire_paste);
	if (!paste)
		return REASON_NO_MEMORY;
	int r = record_add_secret(paste, "text", text);
	if (r < 0)
		return r == -ENOMEM ? REASON_NO_MEMORY : REASON_ANSWER;
	r = channel_send(&job->channel, paste, deadline);
	if (r < 0 && r != -EPIPE) {
		complain_errno(job, "the worker did not take what was pasted", r);
		return REASON_WORKER;
	}
	job->pasted = true;
	return REASON_OK;
}

/* Rule 3. REASON_UNSET stands for every reason that is refused. */
static enum reason reason_of(const struct record *event)
{
	enum reason reason = reason_by_name(record_get(event, "reason"));
	enum reason_class class = reason_class(reason);

	if (class == CLASS_NOT_OURS || class == CLASS_UNKNOWN_USER)
		return REASON_UNSET;
	return reason;
}

static enum job_step broken(struct job *job, const char *what)
{
	complain(job, "%s", what);
	return JOB_BROKEN;
}

static enum job_step take_prompt(struct job *job, const struct record *prompt)
{
	const char *flow = record_get(prompt, "flow");

	if (job->prompted)
		return broken(job, "the worker prompted twice");
	job->prompted = true;
	job->code = flow && strcmp(flow, WIRE_FLOW_CODE) == 0;
	return JOB_PROMPT;
}

static enum job_step take_again(struct job *job, const struct record *again)
{
	if (!job->pasted)
		return broken(job, "the worker wants again what nobody pasted");
	bool part = record_get(again, "part");
	bool wrong = reason_of(again) == REASON_ANSWER;
	if (part == wrong)
		return broken(job, "the worker asks again and does not say why");
	job->pasted = false;
	return JOB_AGAIN;
}

static enum job_step take_ready(struct job *job)
{
	if (job->ready)
		return broken(job, "the worker was ready twice");
	job->ready = true;
	return JOB_READY;
}

static enum job_step take_answer(struct job *job, const struct record *answer)
{
	if (job->unanswered == 0)
		return broken(job, "the worker answered what nobody asked");
	if (!record_get(answer, "id") || reason_of(answer) == REASON_UNSET)
		return broken(job, "the worker gave an answer without an id or a reason");
	job->unanswered--;
	return JOB_ANSWER;
}

/* What an event means at this point of the conversation: rule 1. */
static enum job_step event_step(struct job *job, const struct record *event)
{
	const char *kind = record_get(event, "event");

	if (job->result)
		return broken(job, "the worker spoke behind its result");
	if (kind && strcmp(kind, WIRE_EVENT_RESULT) == 0)
		return JOB_RESULT;
	if (kind && !job->refresh && strcmp(kind, WIRE_EVENT_PROMPT) == 0)
		return take_prompt(job, event);
	if (kind && !job->refresh && strcmp(kind, WIRE_EVENT_AGAIN) == 0)
		return take_again(job, event);
	if (kind && job->refresh && strcmp(kind, WIRE_EVENT_READY) == 0)
		return take_ready(job);
	if (kind && job->refresh && strcmp(kind, WIRE_EVENT_RENEWED) == 0)
		return take_answer(job, event);
	return broken(job, "the worker said something unknown");
}

/* Takes the record over. */
static enum job_step take_event(struct job *job, struct record **event, struct record **ret_event)
{
	enum job_step step = event_step(job, *event);

	if (step == JOB_BROKEN || step == JOB_READY)
		return step;
	*(step == JOB_RESULT ? &job->result : ret_event) = *event;
	*event = NULL;
	return step;
}

enum job_step job_next(struct job *job, int64_t deadline, struct pollfd *watch,
	unsigned int n_watch, struct record **ret_event)
{
	RECORD_AUTO(event);

	if (!job->started || *job->detail)
		return JOB_BROKEN;
	int r = channel_receive(&job->channel, deadline, watch, n_watch, &event);
	if (r == 0)
		return take_event(job, &event, ret_event);
	if (r == -ECANCELED)
		return JOB_WATCHED;
	if (r == -ETIMEDOUT)
		return JOB_DEADLINE;
	if (r == -ENODATA)
		return broken(job, "the worker ended without a result");
	complain_errno(job, "the worker could not be understood", r);
	return JOB_BROKEN;
}

/* Whether the worker closes its socket behind the result, and says nothing more. */
static bool falls_silent(struct job *job)
{
	RECORD_AUTO(more);
	int r = channel_receive(
		&job->channel, clock_monotonic_ms() + JOB_SILENCE_MS, NULL, 0, &more);

	return r == -ENODATA;
}

/* Rule 2: complains unless the result counts. */
static void judge(struct job *job, int status)
{
	enum reason reason = job->result ? reason_of(job->result) : REASON_UNSET;
	int expected = reason == REASON_OK ? WIRE_EXIT_OK : WIRE_EXIT_REFUSED;

	if (!job->result)
		complain(job, "no result was heard");
	if (reason == REASON_UNSET)
		complain(job, "the worker gave a reason that it cannot know");
	if (reason == REASON_OK && job->unanswered)
		complain(job, "the worker left items unanswered");
	if (status != expected)
		complain(job, "the worker's end does not agree with its result");
}

/* How it ended stands behind every complaint. */
static void add_end(struct job *job, int status)
{
	size_t len = strlen(job->detail);
	char *end = job->detail + len;
	size_t room = sizeof(job->detail) - len;

	if (status >= 0)
		snprintf(end, room, " (exit status %d)", status);
	else if (status == -ETIMEDOUT)
		snprintf(end, room, " (it had to be killed)");
	else if (status == -ECHILD)
		snprintf(end, room, " (the host took its exit status)");
	else
		snprintf(end, room, " (it was ended by a signal)");
}

enum reason job_end(struct job *job, struct record **ret_result)
{
	enum reason reason = REASON_WORKER;

	if (!job->started)
		return reason;
	if (job->result && !*job->detail && !falls_silent(job))
		complain(job, "the worker did not close its socket behind its result");
	int status = spawn_end(&job->child, JOB_GRACE_MS);
	judge(job, status);
	if (*job->detail) {
		add_end(job, status);
	} else {
		reason = reason_of(job->result);
		*ret_result = job->result;
		job->result = NULL;
	}
	record_free(job->result);
	job->result = NULL;
	channel_end(&job->channel);
	job->started = false;
	return reason;
}

enum reason job_run(struct job *job, const char *path, const struct spawn_identity *identity,
	const struct record *request, int64_t deadline, struct record **ret_result)
{
	RECORD_AUTO(prompt);

	if (job_start(job, path, identity, request, deadline) == REASON_OK)
		switch (job_next(job, deadline, NULL, 0, &prompt)) {
		case JOB_PROMPT:
		case JOB_AGAIN:
		case JOB_READY:
		case JOB_ANSWER: complain(job, "the worker prompted where nobody is asked"); break;
		case JOB_DEADLINE: complain(job, "the worker said nothing in time"); break;
		case JOB_RESULT:
		case JOB_WATCHED:
		case JOB_BROKEN: break; /* job_end() knows */
		}
	return job_end(job, ret_result);
}
