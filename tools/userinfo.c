/*
 * ssoctl userinfo: what the identity provider says of the caller, asked with the caller's own access
 * token (OpenID Connect Core 5.3).
 *
 * The worker runs as the caller, and needs of the configuration only what everybody may read.
 */
#include <stdio.h>

#include "clock.h"
#include "job.h"
#include "json_out.h"
#include "own_token.h"
#include "ssoctl.h"
#include "worker_request.h"

enum { OUTPUT_MAX = 16 * RECORD_MAX };

static enum reason ask(const struct config *config, const struct spawn_identity *worker,
	const struct secret *token, struct record **ret_result, struct config_error *ret_error)
{
	RECORD_AUTO(request);
	struct job job;
	enum reason reason = worker_request_userinfo(config, token, &request, ret_error);

	if (reason != REASON_OK)
		return reason;
	return job_run(&job, config->network.worker, worker, request,
		clock_monotonic_ms() + WORKER_REQUEST_ANSWER_MS, ret_result);
}

static int print(const char *claims, bool json)
{
	BUF_AUTO(out, OUTPUT_MAX);

	if (!claims || json_out_document(&out, claims, !json) < 0) {
		ssoctl_say("userinfo: the answer is none");
		return SSOCTL_FAILED;
	}
	puts(buf_str(&out));
	return SSOCTL_OK;
}

/* The worker's words, or ours, say more than the reason. */
static int refuse(enum reason reason, const struct record *result, const struct config_error *error)
{
	const char *detail = result ? record_get(result, "detail") : NULL;

	if (!detail)
		detail = error->text[0] ? error->text : reason_name(reason);
	ssoctl_say("%s", detail);
	return SSOCTL_FAILED;
}

static int run(const struct invocation *invocation)
{
	CONFIG_AUTO(config);
	SECRET_AUTO(token);
	RECORD_AUTO(result);
	struct spawn_identity worker;
	struct config_error error = {0};
	int64_t expires = -1;
	int status = ssoctl_config(invocation, &config);

	if (status == SSOCTL_OK)
		status = own_token_read(&token, &expires);
	if (status == SSOCTL_OK)
		status = ssoctl_worker(&config, &worker);
	if (status != SSOCTL_OK)
		return status;
	enum reason reason = ask(&config, &worker, &token, &result, &error);
	if (reason != REASON_OK)
		return refuse(reason, result, &error);
	return print(record_get(result, "userinfo"), invocation->json);
}

const struct command command_userinfo = {
	.name = "userinfo",
	.options = OPTION_CONF,
	.summary = "Print what the identity provider says of you",
	.help = "It is asked with your own access token (see `ssoctl token --help`). The claims "
		"are\n"
		"printed on several lines, or, with --json, in one.\n",
	.run = run,
};
