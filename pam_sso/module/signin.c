#include "signin.h"

#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "config_error.h"
#include "converse.h"
#include "job.h"
#include "offer.h"
#include "prompt.h"
#include "runas.h"
#include "wait.h"
#include "worker_request.h"

struct signin {
	struct context *context;
	const struct host *host;
	struct job job;
	struct wait *wait;
	int64_t deadline; /* of this side */
};

static void log_prompt(const struct signin *signin, const struct offer *offer)
{
	const struct context *context = signin->context;

	LOG_EVENT(&context->log, LOG_INFO, "prompt", CONTEXT_FIELDS(context),
		{"show", signin->host->show == SHOW_AS_PROMPT ? "prompt" : "text"},
		{"qr", offer->qr ? "yes" : "no"}, LOG_INT("expires_in", offer->expires_in));
}

/* Hands the text to the host's conversation, with the host's own signals while its code runs. */
static enum reason hand_over(struct signin *signin, const char *text)
{
	pam_handle_t *pamh = signin->context->pamh;

	wait_pause(signin->wait);
	enum reason reason = signin->host->show == SHOW_AS_PROMPT ? converse_ask(pamh, text)
								  : converse_show(pamh, text);
	enum reason resumed = wait_resume(signin->wait);
	return reason == REASON_OK ? resumed : reason;
}

static int64_t seconds_left(const struct signin *signin)
{
	int64_t left_ms = signin->deadline - WORKER_REQUEST_GRACE_MS - clock_monotonic_ms();

	return left_ms <= 1000 ? 1 : (left_ms + 999) / 1000;
}

static enum reason show_prompt(struct signin *signin, const struct record *prompt)
{
	BUF_AUTO(text, PROMPT_MAX);
	char machine[256] = "";
	struct offer offer;

	if (offer_read(prompt, &offer) != REASON_OK)
		return config_fail(&signin->context->error, REASON_WORKER,
			"the worker's prompt is not fit to be shown");
	if (gethostname(machine, sizeof(machine) - 1) < 0)
		(void)snprintf(machine, sizeof(machine), "this machine");
	int64_t left = seconds_left(signin);
	const struct prompt_facts facts = {
		.user = signin->context->user,
		.service = signin->context->service,
		.host = machine,
		.client = signin->context->rhost,
		.offer = &offer,
		.seconds = offer.expires_in < left ? offer.expires_in : left,
		.enter = signin->host->show == SHOW_AS_PROMPT,
	};
	if (prompt_compose(&facts, &text) < 0)
		return REASON_NO_MEMORY;
	log_prompt(signin, &offer);
	return hand_over(signin, buf_str(&text));
}

/* Follows the worker up to its result. */
static enum reason follow(struct signin *signin)
{
	for (;;) {
		RECORD_AUTO(prompt);
		enum reason reason = REASON_UNSET;

		switch (job_next(&signin->job, signin->deadline, signin->wait->fds, signin->wait->n,
			&prompt)) {
		case JOB_PROMPT: reason = show_prompt(signin, prompt); break;
		case JOB_RESULT: return REASON_OK;
		case JOB_WATCHED: return wait_reason(signin->wait);
		case JOB_DEADLINE: return REASON_DEADLINE;
		case JOB_READY:
		case JOB_ANSWER:
		case JOB_BROKEN: return REASON_WORKER;
		}
		if (reason != REASON_OK)
			return reason;
	}
}

/* A conversation takes as long as it takes, and su's caller may stop it: what was approved may be
 * hours old. */
static bool is_late(const struct signin *signin)
{
	int64_t now = clock_monotonic_ms();

	return now < 0 || now > signin->deadline + JOB_END_MS;
}

/* Runs the job and ends it. Its result counts where nothing ended the sign-in before. */
static enum reason run_job(struct signin *signin, const struct spawn_identity *identity,
	const struct record *request, struct record **ret_result)
{
	struct context *context = signin->context;
	enum reason reason = job_start(
		&signin->job, context->config.network.worker, identity, request, signin->deadline);

	if (reason == REASON_OK)
		reason = follow(signin);
	enum reason said = job_end(&signin->job, ret_result);
	if (reason == REASON_OK)
		reason = said;
	if (reason == REASON_OK && is_late(signin))
		reason = REASON_DEADLINE;
	if (reason == REASON_WORKER && !context->error.text[0])
		return config_fail(&context->error, reason, "%s", signin->job.detail);
	return reason;
}

enum reason signin_run(struct context *context, const struct host *host, struct wait *wait,
	struct record **ret_result)
{
	RECORD_AUTO(request);
	struct spawn_identity identity;
	struct signin signin = {.context = context, .host = host, .wait = wait};
	int64_t now = clock_monotonic_ms();

	if (now < 0)
		return REASON_INTERNAL;
	signin.deadline = now + context->config.prompt.deadline * 1000 + WORKER_REQUEST_GRACE_MS;
	enum reason reason = runas_find(&context->config, &identity, &context->error);
	if (reason == REASON_OK)
		reason = worker_request_login(
			&context->config, context->user, host->qr, &request, &context->error);
	if (reason != REASON_OK)
		return reason;
	return run_job(&signin, &identity, request, ret_result);
}
