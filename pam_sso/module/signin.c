#include "signin.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "asking.h"
#include "clock.h"
#include "config_error.h"
#include "converse.h"
#include "job.h"
#include "local_user.h"
#include "offer.h"
#include "prompt.h"
#include "runas.h"
#include "terminal.h"
#include "wait.h"
#include "wire.h"
#include "worker_request.h"

struct signin {
	struct context *context;
	const struct host *host;
	struct job job;
	struct wait *wait;
	struct asking asking; /* of the code flow */
	struct signin_asked asked;
	char machine[256]; /* this machine's name */
	int64_t deadline;  /* of this side */
};

static void log_prompt(const struct signin *signin, const struct offer *offer)
{
	const struct context *context = signin->context;
	bool asks = offer->flow == FLOW_CODE || signin->host->show == SHOW_AS_PROMPT;

	LOG_EVENT(&context->log, LOG_INFO, "prompt", CONTEXT_FIELDS(context),
		{"flow", signin->asked.flow}, {"show", asks ? "prompt" : "text"},
		{"listening", offer->listening ? "yes" : NULL}, {"qr", offer->qr ? "yes" : "no"},
		LOG_INT("expires_in", offer->expires_in));
}

/* Hands the text to the host's conversation, with the host's own signals while its code runs. Where
 * RET_LINE is given, it is a question, and that its answer. */
static enum reason hand_over(struct signin *signin, const char *text, struct secret *ret_line)
{
	pam_handle_t *pamh = signin->context->pamh;
	enum reason reason;

	wait_pause(signin->wait);
	if (ret_line)
		reason = converse_ask_secret(pamh, text, ret_line);
	else if (signin->host->show == SHOW_AS_PROMPT)
		reason = converse_ask(pamh, text);
	else
		reason = converse_show(pamh, text);
	enum reason resumed = wait_resume(signin->wait);
	return resumed == REASON_OK ? reason : resumed;
}

/* One prompt of the code flow. */
static enum reason ask(struct signin *signin, const char *text)
{
	SECRET_AUTO(line);
	bool send = false;
	enum reason reason = hand_over(signin, text, &line);

	if (reason == REASON_NO_CONVERSATION) {
		reason = asking_failed(&signin->asking);
		if (reason == REASON_OK)
			terminal_drop_input();
		return reason;
	}
	if (reason == REASON_OK)
		reason = asking_take(&signin->asking, &line, &send);
	if (reason != REASON_OK || !send)
		return reason;
	return job_paste(&signin->job, &line, signin->deadline);
}

/* Nothing more was heard from the worker: another line is asked for, or the time is over. */
static enum reason ask_again(struct signin *signin)
{
	struct asking *asking = &signin->asking;
	BUF_AUTO(text, PROMPT_MAX);

	if (asking->note == NOTE_NONE || clock_monotonic_ms() >= signin->deadline)
		return REASON_DEADLINE;
	if (prompt_again(signin->context->language, asking->note, asking->part, asking->place,
		    &text) < 0)
		return REASON_NO_MEMORY;
	return ask(signin, buf_str(&text));
}

static int64_t seconds_left(const struct signin *signin)
{
	int64_t left_ms = signin->deadline - WORKER_REQUEST_GRACE_MS - clock_monotonic_ms();

	return left_ms <= 1000 ? 1 : (left_ms + 999) / 1000;
}

static enum answer_place place_of(const struct signin *signin, const struct offer *offer)
{
	const char *redirect = signin->context->config.provider.redirect_uri;

	if (offer->listening)
		return ANSWER_COMES;
	return redirect && strncmp(redirect, "http://", strlen("http://")) == 0 ? ANSWER_IN_ADDRESS
										: ANSWER_ON_PAGE;
}

static enum reason show_offer(struct signin *signin, const struct offer *offer)
{
	BUF_AUTO(text, PROMPT_MAX);
	int64_t left = seconds_left(signin);
	const struct prompt_facts facts = {
		.language = signin->context->language,
		.user = signin->context->user,
		.service = signin->context->service,
		.host = signin->machine,
		.client = signin->context->rhost,
		.offer = offer,
		.seconds = offer->expires_in < left ? offer->expires_in : left,
		.left = left,
		.place = signin->asking.place,
		.enter = signin->host->show == SHOW_AS_PROMPT,
	};

	if (prompt_compose(&facts, &text) < 0)
		return REASON_NO_MEMORY;
	log_prompt(signin, offer);
	if (offer->flow == FLOW_CODE)
		return ask(signin, buf_str(&text));
	return hand_over(signin, buf_str(&text), NULL);
}

static enum reason show_prompt(struct signin *signin, const struct record *prompt)
{
	const struct context *context = signin->context;
	struct offer offer;

	if (offer_read(prompt, context->config.provider.flow, &offer) != REASON_OK)
		return config_fail(&signin->context->error, REASON_WORKER,
			"the worker's prompt is not fit to be shown");
	signin->asked = (struct signin_asked){
		.flow = offer.flow == FLOW_CODE ? WIRE_FLOW_CODE : WIRE_FLOW_DEVICE,
		.at = clock_monotonic_ms()};
	signin->asking = (struct asking){
		.kind = signin->host->kind, .place = place_of(signin, &offer)};
	return show_offer(signin, &offer);
}

static enum reason hear_again(struct signin *signin, const struct record *again)
{
	enum reason reason = asking_hear(&signin->asking, again);

	if (reason == REASON_WORKER)
		return config_fail(&signin->context->error, reason,
			"the worker asks for a part that no answer has");
	return reason;
}

/* Follows the worker up to its result. Where a line is to be asked for, it has its say before, but
 * is not waited for. */
static enum reason follow(struct signin *signin)
{
	for (;;) {
		RECORD_AUTO(event);
		enum reason reason = REASON_UNSET;
		bool asking = signin->asking.note != NOTE_NONE;

		switch (job_next(&signin->job, asking ? clock_monotonic_ms() : signin->deadline,
			signin->wait->fds, signin->wait->n, &event)) {
		case JOB_PROMPT: reason = show_prompt(signin, event); break;
		case JOB_AGAIN: reason = hear_again(signin, event); break;
		case JOB_RESULT: return REASON_OK;
		case JOB_WATCHED: return wait_reason(signin->wait);
		case JOB_DEADLINE: reason = ask_again(signin); break;
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

/* Whose the browser is of the person who is asked: theirs who typed `su` or `sudo`, or locked the
 * screen; where nobody did on this machine, the user's who comes in. Where that cannot be told, it is
 * root's, and so nobody's. */
static uid_t find_browser(const struct context *context)
{
	bool here = context->ruser && *context->ruser && !context->rhost;
	LOCAL_USER_AUTO(entry);

	if (!here && getuid() != 0)
		return getuid();
	(void)local_user_find(here ? context->ruser : context->user, &entry);
	return entry.user.uid;
}

static enum reason make_request(
	const struct signin *signin, struct record **ret, struct config_error *ret_error)
{
	const struct context *context = signin->context;
	const struct worker_request_person person = {
		.user = context->user,
		.service = context->service,
		.host = signin->machine,
		.language = context->language,
		.local = signin->host->kind != HOST_SSHD && !context->rhost,
		.browser = find_browser(context),
		.sshd = signin->host->kind == HOST_SSHD,
		.qr = signin->host->qr,
	};

	return worker_request_login(&context->config, &person, ret, ret_error);
}

enum reason signin_run(struct context *context, const struct host *host, struct wait *wait,
	struct record **ret_result, struct signin_asked *ret_asked)
{
	RECORD_AUTO(request);
	struct spawn_identity identity;
	struct signin signin = {.context = context, .host = host, .wait = wait};
	int64_t now = clock_monotonic_ms();

	if (now < 0)
		return REASON_INTERNAL;
	signin.deadline = now + context->config.prompt.deadline * 1000 + WORKER_REQUEST_GRACE_MS;
	if (gethostname(signin.machine, sizeof(signin.machine) - 1) < 0)
		(void)snprintf(signin.machine, sizeof(signin.machine), "this machine");
	enum reason reason = runas_find(&context->config, &identity, &context->error);
	if (reason == REASON_OK)
		reason = make_request(&signin, &request, &context->error);
	if (reason != REASON_OK)
		return reason;
	reason = run_job(&signin, &identity, request, ret_result);
	if (signin.asked.flow)
		*ret_asked = signin.asked;
	return reason;
}
