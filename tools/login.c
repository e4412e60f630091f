/*
 * ssoctl login: one sign-in at a terminal, without PAM: what the identity provider claims of the
 * person, and what that would come to. Nobody is let in, no session is kept, no token is shown.
 *
 * The link is judged as the module judges it. What is typed goes to the worker as it is, and is a
 * secret. ^C ends the process, and its closed socket the worker.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "escape.h"
#include "explanation.h"
#include "job.h"
#include "json_out.h"
#include "local_user.h"
#include "offer.h"
#include "ssoctl.h"
#include "this_host.h"
#include "wire.h"
#include "worker_request.h"

enum {
	LINE_MAX_BYTES = 4096, /* wire.h */
	WRONG_MAX = 3,
	OUTPUT_MAX = 16 * RECORD_MAX,
};

struct login {
	const struct config *config;
	struct job job;
	int64_t deadline;
	struct pollfd input; /* fd is -1 while nothing is to be typed */
	struct buf typed;    /* and not sent yet */
	bool listening;      /* a browser may bring the answer */
	bool asked;          /* the worker waits for a line */
	bool ended;          /* nothing more will be typed */
	unsigned int wrong;
};

static void show_question(const struct login *login)
{
	fputs(login->listening
			? "\nThe browser brings the answer. If it ends on a page that it cannot "
			  "open, paste\nthe whole address of that page here (^C ends it): "
			: "\nPaste here what the browser then shows, or the whole address of the "
			  "page that it\nends on (^C ends it): ",
		stderr);
}

static void show_offer(struct login *login, const struct offer *offer)
{
	BUF_AUTO(text, OFFER_REQUEST_MAX * 4);

	buf_puts(&text, "Open this link in a browser, and sign in:\n\n  ");
	escape_add(&text, offer->uri);
	buf_puts(&text, offer->code ? "\n\nCode: " : "\n");
	escape_add(&text, offer->code);
	fprintf(stderr, "%s\n", buf_str(&text));
	for (size_t i = 0; offer->qr && i < record_count(offer->qr, "qr"); i++)
		fprintf(stderr, "%s\n", record_nth(offer->qr, "qr", i));
	if (offer->flow != FLOW_CODE) {
		fputs("\nWaiting for it (^C ends it) ...\n", stderr);
		return;
	}
	login->input.fd = STDIN_FILENO;
	login->listening = offer->listening;
	login->asked = true;
	show_question(login);
}

/* Sends one line where one is waited for: the next has to wait for what the worker says to it. */
static enum reason send_line(struct login *login)
{
	SECRET_AUTO(line);
	struct buf *typed = &login->typed;
	const char *end = typed->len ? memchr(typed->data, '\n', typed->len) : NULL;
	size_t len = end ? (size_t)(end - typed->data) : 0;

	if (!login->asked)
		return REASON_OK;
	if (!end)
		return login->ended && !login->listening ? REASON_NO_TERMINAL : REASON_OK;
	if (len > 0 && secret_set(&line, typed->data, len) < 0)
		return REASON_NO_MEMORY;
	buf_consume(typed, len + 1);
	if (len == 0)
		return REASON_OK;
	login->asked = false;
	return job_paste(&login->job, &line, login->deadline);
}

static enum reason show_prompt(struct login *login, const struct record *prompt)
{
	struct offer offer;
	enum reason reason = offer_read(prompt, login->config->provider.flow, &offer);

	if (reason == REASON_OK)
		show_offer(login, &offer);
	else
		ssoctl_say("the worker's prompt is not fit to be shown");
	return reason;
}

/* The worker wants another line. */
static enum reason hear_again(struct login *login, const struct record *again)
{
	login->asked = true;
	if (record_get(again, "part")) {
		fputs("Paste the next part: ", stderr);
		return send_line(login);
	}
	if (++login->wrong >= WRONG_MAX)
		return REASON_ANSWER;
	fputs("That was not the answer to this sign-in.\n", stderr);
	show_question(login);
	return send_line(login);
}

/* What is typed, or piped in, whose last line may lack its end. */
static enum reason read_input(struct login *login)
{
	char bytes[LINE_MAX_BYTES];
	ssize_t n = read(login->input.fd, bytes, sizeof(bytes));

	if (n < 0 && errno == EINTR)
		return REASON_OK;
	int r = n > 0 ? buf_add(&login->typed, bytes, (size_t)n) : 0;
	explicit_bzero(bytes, sizeof(bytes));
	if (n <= 0) {
		login->ended = true;
		login->input.fd = -1;
		r = login->typed.len ? buf_puts(&login->typed, "\n") : 0;
	}
	return r < 0 ? REASON_ANSWER : send_line(login);
}

static enum reason follow(struct login *login)
{
	for (;;) {
		RECORD_AUTO(event);
		enum reason reason = REASON_WORKER;

		login->input.events = POLLIN;
		switch (job_next(&login->job, login->deadline, &login->input, 1, &event)) {
		case JOB_PROMPT: reason = show_prompt(login, event); break;
		case JOB_AGAIN: reason = hear_again(login, event); break;
		case JOB_WATCHED: reason = read_input(login); break;
		case JOB_RESULT: return REASON_OK;
		case JOB_DEADLINE: return REASON_DEADLINE;
		case JOB_READY:
		case JOB_ANSWER:
		case JOB_BROKEN: break;
		}
		if (reason != REASON_OK)
			return reason;
	}
}

static enum reason run_job(struct login *login, const struct spawn_identity *worker,
	const struct record *request, struct record **ret_result)
{
	enum reason reason = job_start(
		&login->job, login->config->network.worker, worker, request, login->deadline);

	if (reason == REASON_OK)
		reason = follow(login);
	enum reason said = job_end(&login->job, ret_result);
	return reason == REASON_OK ? said : reason;
}

static enum reason sign_in(const struct invocation *invocation, const struct config *config,
	const struct spawn_identity *worker, struct record **ret_result, struct config_error *error)
{
	RECORD_AUTO(request);
	LOCAL_USER_AUTO(entry);
	char host[THIS_HOST_NAME];
	struct login login = {
		.config = config,
		.deadline = clock_monotonic_ms() + config->prompt.deadline * 1000 +
			    WORKER_REQUEST_GRACE_MS,
		.input = {.fd = -1},
		.typed = {.max = 4 * LINE_MAX_BYTES},
	};

	if (this_host_name(host) < 0)
		return REASON_INTERNAL;
	(void)local_user_find(invocation->user, &entry);
	const struct worker_request_person person = {
		.user = invocation->user,
		.service = invocation->service ? invocation->service : "ssoctl",
		.host = host,
		.browser = entry.user.uid,
		.qr = isatty(STDERR_FILENO) == 1,
		.whole = true,
	};
	enum reason reason = worker_request_login(config, &person, &request, error);
	if (reason == REASON_OK)
		reason = run_job(&login, worker, request, ret_result);
	if (reason == REASON_WORKER && !error->text[0])
		snprintf(error->text, sizeof(error->text), "%s", login.job.detail);
	buf_free(&login.typed);
	return reason;
}

/* In the worker's words, or ours; and the name that the log has for it. */
static int refuse(enum reason reason, const struct record *result, const struct config_error *error)
{
	const char *detail = result ? record_get(result, "detail") : NULL;

	if (!detail)
		detail = error->text[0] ? error->text : reason_text(reason);
	ssoctl_say("%s: %s", reason_name(reason), detail ? detail : "the sign-in ended");
	return SSOCTL_FAILED;
}

/* Some providers tell names and groups there alone. */
static void point_to_userinfo(const struct explanation *explanation)
{
	enum reason reason = explanation->decision.reason;

	if (reason == REASON_CLAIM_MISSING || reason == REASON_GROUPS_UNAVAILABLE)
		ssoctl_say(
			"with `groups_source = userinfo` under [access], the provider's userinfo "
			"endpoint is asked, too");
}

/* USERINFO is NULL where that was not asked. */
static int print(const struct invocation *invocation, const char *claims, const char *userinfo,
	const struct explanation *explanation)
{
	BUF_AUTO(out, OUTPUT_MAX);

	if (invocation->json)
		buf_puts(&out, "{\"claims\": ");
	json_out_document(&out, claims ? claims : "null", !invocation->json);
	if (userinfo) {
		buf_puts(&out, invocation->json ? ", \"userinfo\": "
						: "\n\nThe userinfo endpoint says, and what the "
						  "token lacks counts:\n\n");
		json_out_document(&out, userinfo, !invocation->json);
	}
	if (invocation->json) {
		explanation_add_json(explanation, &out);
		buf_puts(&out, "}");
	}
	puts(buf_str(&out));
	if (!invocation->json) {
		putchar('\n');
		explanation_print(explanation);
	}
	if (!userinfo)
		point_to_userinfo(explanation);
	return explanation_status(explanation);
}

static int run(const struct invocation *invocation)
{
	CONFIG_AUTO(config);
	RECORD_AUTO(result);
	EXPLANATION_AUTO(explanation);
	struct spawn_identity worker;
	struct config_error error = {0};
	int status = ssoctl_config(invocation, &config);

	if (status == SSOCTL_OK)
		status = ssoctl_worker(&config, &worker);
	if (status != SSOCTL_OK)
		return status;
	enum reason reason = sign_in(invocation, &config, &worker, &result, &error);
	if (reason != REASON_OK)
		return refuse(reason, result, &error);
	const struct explanation_question question = {
		.config = &config,
		.service = invocation->service ? invocation->service : "ssoctl",
		.user = invocation->user,
		.reason = reason,
		.result = result,
	};
	status = explanation_make(&question, &explanation);
	return status == SSOCTL_OK ? print(invocation, record_get(result, "document"),
					     record_get(result, "userinfo"), &explanation)
				   : status;
}

const struct command command_login = {
	.name = "login",
	.options = OPTION_CONF | OPTION_USER | OPTION_SERVICE,
	.options_needed = OPTION_USER,
	.summary = "Sign in at this terminal, and tell what comes of it",
	.help = "It is the sign-in of a login, without the login: the worker asks the identity\n"
		"provider, the link is shown, and when somebody has signed in, what the ID token\n"
		"claims is printed, what the userinfo endpoint adds where that is asked\n"
		"(groups_source), and then the decision about the user, as `ssoctl explain`\n"
		"prints it. Nobody is let in, nothing is kept, and no token is shown. ^C ends it.\n"
		"Without --service, the configuration counts without any service's section.\n\n"
		"Exit status 1 also where the sign-in failed, or the person would be refused.\n",
	.run = run,
};
