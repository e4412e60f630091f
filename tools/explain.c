/*
 * ssoctl explain: which rule would let a person in, or refuse them, by the claims of an ID token
 * that the caller hands over.
 *
 * It asks nobody but the user database, signs nobody in, and believes nothing for anybody else: the
 * claims are whatever the file says. What reads them is the worker, as with those of a login.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "explanation.h"
#include "file.h"
#include "job.h"
#include "json_out.h"
#include "ssoctl.h"
#include "worker_request.h"

enum { CLAIMS_MAX = RECORD_LINE / 2 };

static int refuse(const char *path, const char *what)
{
	ssoctl_say("%s: %s", path, what);
	return SSOCTL_FAILED;
}

/* A record's value is one line; what breaks a line stands between the tokens of JSON only. */
static void join_lines(struct buf *bytes)
{
	for (size_t i = 0; i < bytes->len; i++)
		if (strchr("\t\n\r", bytes->data[i]) && bytes->data[i])
			bytes->data[i] = ' ';
}

/* The caller's own file, or a pipe: whose it is does not matter to what is only explained. */
static int read_claims(const char *path, struct buf *ret)
{
	int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int r = fd < 0 ? -errno : file_read_fd(fd, ret);

	if (fd >= 0)
		close(fd);
	if (r < 0)
		return refuse(path, strerrordesc_np(-r));
	join_lines(ret);
	for (size_t i = 0; i < ret->len; i++)
		if ((unsigned char)ret->data[i] < ' ' || ret->data[i] == 0x7f)
			return refuse(path, "has a control character in it");
	return ret->len ? SSOCTL_OK : refuse(path, "is empty");
}

/* Whether it is what the worker said of the claims, rather than of itself. */
static bool is_answer(enum reason reason, const struct record *result)
{
	return result && reason != REASON_TOKEN_FORM &&
	       (reason == REASON_OK || reason_class(reason) == CLASS_FINAL);
}

/* Has the worker read the claims. */
static int ask(const struct invocation *invocation, const struct config *config, const char *claims,
	enum reason *ret_reason, struct record **ret_result)
{
	RECORD_AUTO(request);
	struct spawn_identity worker;
	struct config_error error = {0};
	struct job job = {0};
	int status = ssoctl_worker(config, &worker);

	if (status != SSOCTL_OK)
		return status;
	enum reason reason = worker_request_explain(config, claims, &request, &error);
	if (reason == REASON_OK)
		reason = job_run(&job, config->network.worker, &worker, request,
			clock_monotonic_ms() + WORKER_REQUEST_ANSWER_MS, ret_result);
	*ret_reason = reason;
	if (is_answer(reason, *ret_result))
		return SSOCTL_OK;
	const char *detail = *ret_result ? record_get(*ret_result, "detail") : NULL;
	return refuse(invocation->claims, detail ? detail : reason_name(reason));
}

static int print(const struct invocation *invocation, const struct explanation *explanation)
{
	BUF_AUTO(out, EXPLANATION_MAX);

	if (!invocation->json) {
		explanation_print(explanation);
		return explanation_status(explanation);
	}
	buf_puts(&out, "{");
	explanation_add_json(explanation, &out);
	buf_puts(&out, "}");
	puts(buf_str(&out));
	return explanation_status(explanation);
}

static int run(const struct invocation *invocation)
{
	CONFIG_AUTO(config);
	BUF_AUTO(claims, CLAIMS_MAX);
	RECORD_AUTO(result);
	EXPLANATION_AUTO(explanation);
	struct explanation_question question = {
		.config = &config,
		.service = invocation->service,
		.user = invocation->user,
	};
	int status = ssoctl_config(invocation, &config);

	if (status == SSOCTL_OK)
		status = read_claims(invocation->claims, &claims);
	if (status == SSOCTL_OK)
		status = ask(invocation, &config, buf_str(&claims), &question.reason, &result);
	question.result = result;
	if (status == SSOCTL_OK)
		status = explanation_make(&question, &explanation);
	return status == SSOCTL_OK ? print(invocation, &explanation) : status;
}

const struct command command_explain = {
	.name = "explain",
	.options = OPTION_CONF | OPTION_USER | OPTION_SERVICE | OPTION_CLAIMS,
	.options_needed = OPTION_USER | OPTION_SERVICE | OPTION_CLAIMS,
	.summary = "Tell which rule lets somebody in, or refuses them",
	.help = "It takes the claims of an ID token, as `ssoctl login --json` has them in "
		"`claims`,\n"
		"and decides as a login by the service as the user would, one rule a line: `ok`, "
		"or\n"
		"`refused` in the last one. Then comes the verdict, in the words of the log:\n\n"
		"  let-in    the person may come in as the user; exit status 0\n"
		"  refused   `rule` decided so, for `reason`; exit status 1\n"
		"  not-ours  the configuration leaves service or user to the rest of the stack;\n"
		"            exit status 1\n\n"
		"Nobody is asked and nobody signs in: whether the token was good, limits, "
		"sessions\n"
		"and `require = publickey` are not looked at.\n",
	.run = run,
};
