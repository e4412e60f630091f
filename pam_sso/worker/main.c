/*
 * sso-worker: one job for one caller, then the end of the process.
 *
 * In this order, and nothing of the network before the last:
 * 1. The process gives up what it must never use (confine.h).
 * 2. It reads one request, which MUST come in time and MUST be the only thing that is said to it,
 *    but for the items of a job that speaks on with its caller (http.h).
 * 3. It MUST NOT be root. Where a login takes its answer from a browser, it listens (loopback.h),
 *    and never again. The sandbox closes (sandbox.h).
 * 4. The job runs, and its one result is sent.
 *
 * A process that is stuck in a library MUST be ended by the kernel: until the job runs, and
 * beyond the job's deadline (task_run()). Whoever called, and could, may be gone.
 *
 * WIRE_EXIT_OK follows only where the result says `ok` and was sent.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "confine.h"
#include "count.h"
#include "explain_job.h"
#include "login.h"
#include "loopback.h"
#include "probe.h"
#include "refresh.h"
#include "result.h"
#include "revoke.h"
#include "sandbox.h"
#include "task.h"
#include "userinfo_job.h"
#include "wire.h"

enum {
	REQUEST_WAIT_MS = 10 * 1000,
	START_S = REQUEST_WAIT_MS / 1000 + 10, /* from the first instruction to the job */
};

static const struct task_job jobs[] = {
	{WIRE_JOB_LOGIN, login_run, HTTP_ONE},
	{WIRE_JOB_REFRESH, refresh_run, HTTP_MANY},
	{WIRE_JOB_REVOKE, revoke_run, HTTP_ONE},
	{WIRE_JOB_USERINFO, userinfo_job_run, HTTP_ONE},
	{WIRE_JOB_PROBE, probe_run, HTTP_ONE},
	{WIRE_JOB_EXPLAIN, explain_job_run, HTTP_ONE},
};

static const struct task_job *job_find(const struct record *request)
{
	const char *name = record_get(request, "job");

	for (size_t i = 0; name && i < COUNT(jobs); i++)
		if (strcmp(jobs[i].name, name) == 0)
			return &jobs[i];
	return NULL;
}

static bool is_word(const struct record *request, const char *key, const char *word)
{
	const char *value = record_get(request, key);

	return value && strcmp(value, word) == 0;
}

/* Whoever cannot listen lets the person paste: that is noted, and no more. An address that is none
 * of this machine's is told by who reads the request. */
static void listen_for_answer(
	const struct record *request, struct result *result, struct loopback **ret)
{
	char text[128];
	int64_t user = 0;

	if (!is_word(request, "job", WIRE_JOB_LOGIN) || !is_word(request, "loopback", WIRE_YES))
		return;
	int r = record_get_int(request, "loopback_uid", 0, REQUEST_UID_MAX, &user);
	if (r == 0)
		r = loopback_listen(record_get(request, "redirect_uri"), (uid_t)user,
			language_named(record_get(request, "language")), ret);
	if (r == 0)
		return;
	snprintf(text, sizeof(text), "loopback: %s", strerror(-r));
	(void)strlist_add(&result->notes, text);
}

static void job_run(const struct task_job *job, struct channel *channel,
	const struct record *request, struct result *result)
{
	LOOPBACK_AUTO(loopback);

	if (confine_is_root()) {
		result_set(result, REASON_SANDBOX, "the worker was started as root");
		return;
	}
	if (!job) {
		result_set(result, REASON_INTERNAL, "the request names no job of this worker");
		return;
	}
	listen_for_answer(request, result, &loopback);
	struct sandbox_needs needs = {.ca_file = record_get(request, "ca_file"),
		.ca_dir = record_get(request, "ca_dir"),
		.accepts = loopback != NULL};
	int r = sandbox_enter(&needs, &result->sandbox);
	if (r < 0) {
		result_set(result, REASON_SANDBOX, strerror(-r));
		return;
	}
	task_run(job, channel, request, loopback, result);
}

/* Whether more was said than the job allows. */
static bool is_too_much(const struct task_job *job, const struct channel *channel)
{
	return channel->in.len && (!job || job->manner == HTTP_ONE);
}

static int serve(struct channel *channel)
{
	const struct task_job *job = NULL;
	RECORD_AUTO(request);
	RESULT_AUTO(result);

	int r = channel_receive(channel, clock_monotonic_ms() + REQUEST_WAIT_MS, NULL, 0, &request);
	if (r == 0)
		job = job_find(request);
	if (r < 0 || is_too_much(job, channel)) {
		fprintf(stderr, "sso-worker: no request: %s\n", strerror(r < 0 ? -r : EBADMSG));
		return WIRE_EXIT_BROKEN;
	}
	job_run(job, channel, request, &result);
	if (result.broken || result_send(channel, &result) < 0)
		return WIRE_EXIT_BROKEN;
	return result.reason == REASON_OK ? WIRE_EXIT_OK : WIRE_EXIT_REFUSED;
}

int main(void)
{
	struct channel channel;

	(void)alarm(START_S);
	if (confine_process("sso-worker") < 0)
		return WIRE_EXIT_BROKEN;
	channel_begin(&channel, WIRE_FD, wire_request);
	int status = serve(&channel);
	channel_end(&channel);
	/* A resolver thread may still wait for a name server: exit handlers would pull OpenSSL from
	 * under it. */
	_exit(status);
}
