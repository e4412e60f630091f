#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "job.h"
#include "scratch.h"
#include "wire.h"

static const struct spawn_identity as_caller = {.change = false};

/* Never waited for by a test that passes. */
static int64_t far(void)
{
	return clock_monotonic_ms() + 60 * 1000;
}

static int begin(void **state)
{
	static struct scratch scratch;

	scratch_begin(&scratch);
	*state = &scratch;
	return 0;
}

static int end(void **state)
{
	scratch_end(*state);
	return 0;
}

static struct record *make_request(void)
{
	struct record *request = record_new(wire_request);

	assert_int_equal(record_add(request, "job", WIRE_JOB_LOGIN), 0);
	assert_int_equal(record_add(request, "issuer", "https://idp.example.com"), 0);
	return request;
}

/* A worker that takes its request and then does what SCRIPT says; `say` writes to its socket. */
static const char *make_worker(struct scratch *scratch, const char *script)
{
	char text[2048];

	snprintf(text, sizeof(text),
		"while read -r line <&3 && [ \"$line\" ]; do request=$line; done\n"
		"say() { printf \"$@\" >&3; }\n"
		"%s",
		script);
	return scratch_script(scratch, "worker", text);
}

/* Runs a job to its end, and writes a letter for each step: p, R (ready), a, r, b, and d for
 * the deadline. */
static enum reason run_job(
	const char *worker, char steps[8], struct job *job, struct record **ret_result)
{
	RECORD_AUTO(request);
	enum job_step step = JOB_PROMPT;
	size_t n = 0;

	request = make_request();
	if (job_start(job, worker, &as_caller, request, far()) != REASON_OK)
		step = JOB_BROKEN;
	while (step == JOB_PROMPT && n < 7) {
		RECORD_AUTO(prompt);

		step = job_next(job, far(), NULL, 0, &prompt);
		assert_int_equal(prompt != NULL, step == JOB_PROMPT);
		steps[n++] = "bpRarwd"[step];
	}
	steps[n] = '\0';
	return job_end(job, ret_result);
}

/* What the worker does, what the caller hears, and what it comes to. */
struct row {
	const char *script;
	const char *steps;
	enum reason reason;
	const char *detail; /* how it begins; "" exactly where the result counts */
};

#define PROMPT "say 'event=prompt\\nuser_code=WDJB-MJHT\\n\\n'\n"
#define OK     "say 'event=result\\nreason=ok\\nsub=24\\n\\n'\n"
#define DENIED "say 'event=result\\nreason=access-denied\\ndetail=x\\n\\n'\n"
#define READY  "say 'event=ready\\n\\n'\n"
#define AGREES " (exit status 42)"

static const struct row rows[] = {
	/* conversations that count */
	{OK "exit 42", "r", REASON_OK, ""},
	{PROMPT OK "exit 42", "pr", REASON_OK, ""},
	{DENIED "exit 0", "r", REASON_ACCESS_DENIED, ""},
	{PROMPT DENIED "exit 0", "pr", REASON_ACCESS_DENIED, ""},
	{"[ \"$request\" = issuer=https://idp.example.com ] || exit 1\n" OK "exit 42", "r",
		REASON_OK, ""},
	/* the exit status has to agree */
	{OK "exit 0", "r", REASON_WORKER,
		"the worker's end does not agree with its result (exit status 0)"},
	{OK "exit 1", "r", REASON_WORKER,
		"the worker's end does not agree with its result (exit status 1)"},
	{OK "kill -SEGV $$", "r", REASON_WORKER,
		"the worker's end does not agree with its result (it was ended by a signal)"},
	{OK "exec 3>&-; exec sleep 1000", "r", REASON_WORKER,
		"the worker's end does not agree with its result (it had to be killed)"},
	{DENIED "exit 42", "r", REASON_WORKER,
		"the worker's end does not agree with its result (exit status 42)"},
	{DENIED "exit 1", "r", REASON_WORKER,
		"the worker's end does not agree with its result (exit status 1)"},
	/* no result, or half of one */
	{"exit 0", "b", REASON_WORKER, "the worker ended without a result (exit status 0)"},
	{"exit 42", "b", REASON_WORKER, "the worker ended without a result" AGREES},
	{PROMPT "exit 42", "pb", REASON_WORKER, "the worker ended without a result" AGREES},
	{"kill -KILL $$", "b", REASON_WORKER,
		"the worker ended without a result (it was ended by a signal)"},
	{"say 'event=result\\nreason=ok\\n'\nexit 42", "b", REASON_WORKER,
		"the worker could not be understood: Bad message" AGREES},
	{"say 'event=result\\nreason=ok'\nexit 42", "b", REASON_WORKER,
		"the worker could not be understood: Bad message" AGREES},
	/* what is no conversation; how the worker ends is up to when it finds its socket closed */
	{PROMPT PROMPT OK "exit 42", "pb", REASON_WORKER, "the worker prompted twice"},
	{OK OK "exit 42", "r", REASON_WORKER,
		"the worker did not close its socket behind its result"},
	{OK PROMPT "exit 42", "r", REASON_WORKER,
		"the worker did not close its socket behind its result"},
	{OK "say x\nexit 42", "r", REASON_WORKER,
		"the worker did not close its socket behind its result"},
	{OK "exec sleep 1000", "r", REASON_WORKER,
		"the worker did not close its socket behind its result"},
	{"say 'event=hello\\n\\n'\n" OK "exit 42", "b", REASON_WORKER,
		"the worker said something unknown"},
	{"say 'reason=ok\\n\\n'\n" OK "exit 42", "b", REASON_WORKER,
		"the worker said something unknown"},
	{"say '\\n'\n" OK "exit 42", "b", REASON_WORKER, "the worker said something unknown"},
	{"say 'shell=/bin/sh\\n\\n'\n" OK "exit 42", "b", REASON_WORKER,
		"the worker could not be understood: Bad message"},
	{"say 'event=result\\nreason=access-denied\\nreason=ok\\n\\n'\nexit 42", "b", REASON_WORKER,
		"the worker could not be understood: Bad message"},
	{"say 'sub=%0100000d' 1\nexit 42", "b", REASON_WORKER,
		"the worker could not be understood: Message too long"},
	/* reasons that are none, or not the worker's to give */
	{"say 'event=result\\n\\n'\nexit 42", "r", REASON_WORKER,
		"the worker gave a reason that it cannot know" AGREES},
	{"say 'event=result\\nreason=\\n\\n'\nexit 42", "r", REASON_WORKER,
		"the worker gave a reason that it cannot know" AGREES},
	{"say 'event=result\\nreason=OK\\n\\n'\nexit 42", "r", REASON_WORKER,
		"the worker gave a reason that it cannot know" AGREES},
	{"say 'event=result\\nreason=unset\\n\\n'\nexit 0", "r", REASON_WORKER,
		"the worker gave a reason that it cannot know (exit status 0)"},
	{"say 'event=result\\nreason=not-ours\\n\\n'\nexit 0", "r", REASON_WORKER,
		"the worker gave a reason that it cannot know (exit status 0)"},
	{"say 'event=result\\nreason=user-unknown\\n\\n'\nexit 0", "r", REASON_WORKER,
		"the worker gave a reason that it cannot know (exit status 0)"},
};

static void a_result_counts_only_when_all_agrees(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *worker = make_worker(*state, rows[i].script);
		RECORD_AUTO(result);
		struct job job;
		char steps[8];

		enum reason reason = run_job(worker, steps, &job, &result);
		if (reason != rows[i].reason || strcmp(steps, rows[i].steps) != 0)
			fail_msg("%s %s (%s): %s", steps, reason_name(reason), job.detail,
				rows[i].script);
		if (strncmp(job.detail, rows[i].detail, strlen(rows[i].detail)) != 0)
			fail_msg("%s: %s", job.detail, rows[i].script);
		assert_int_equal(result != NULL, *rows[i].detail == '\0');
		assert_int_equal(*job.detail == '\0', *rows[i].detail == '\0');
	}
}

/* A worker of a refresh: its request is read, and then it says what the row says. */
static const char *make_renewer(struct scratch *scratch, const char *script)
{
	char text[2048];

	snprintf(text, sizeof(text),
		"item() { item=; while read -r line <&3 && [ \"$line\" ]; do item=$line; done; "
		"[ \"$item\" ]; }\n"
		"say() { printf \"$@\" >&3; }\n"
		"answer() { say 'event=renewed\\nid=%%s\\nreason=ok\\n\\n' \"$1\"; }\n"
		"item\n%s",
		script);
	return scratch_script(scratch, "worker", text);
}

/* Sends N items, ends them, and follows as run_job() does. */
static enum reason run_refresh(
	const char *worker, int n, char steps[8], struct job *job, struct record **ret_result)
{
	RECORD_AUTO(request);
	enum job_step step = JOB_ANSWER;
	size_t said = 0;

	request = record_new(wire_request);
	assert_int_equal(record_add(request, "job", WIRE_JOB_REFRESH), 0);
	assert_int_equal(job_start(job, worker, &as_caller, request, far()), REASON_OK);
	for (int i = 0; i < n; i++) {
		RECORD_AUTO(item);

		item = record_new(wire_item);
		assert_int_equal(record_add_int(item, "id", i), 0);
		assert_int_equal(job_item(job, item, far()), REASON_OK);
	}
	job_items_end(job);
	while ((step == JOB_ANSWER || step == JOB_READY) && said < 7) {
		RECORD_AUTO(answer);

		step = job_next(job, far(), NULL, 0, &answer);
		assert_int_equal(answer != NULL, step == JOB_ANSWER);
		steps[said++] = "bpRarwd"[step];
	}
	steps[said] = '\0';
	return job_end(job, ret_result);
}

static const struct {
	const char *script;
	int items;
	const char *steps;
	enum reason reason;
	const char *detail;
} refreshes[] = {
	{OK "exit 42", 0, "r", REASON_OK, ""},
	{READY "item && answer 0\n" OK "exit 42", 1, "Rar", REASON_OK, ""},
	{READY "item\n" DENIED "exit 0", 1, "Rr", REASON_ACCESS_DENIED, ""},
	{READY READY OK "exit 42", 0, "Rb", REASON_WORKER, "the worker was ready twice"},
	{"item && answer 0\nitem && exit 1\n" OK "exit 42", 1, "ar", REASON_OK, ""},
	{"item; item; answer 1; answer 0\n" OK "exit 42", 2, "aar", REASON_OK, ""},
	{"item; item; answer 1\n" DENIED "exit 0", 2, "ar", REASON_ACCESS_DENIED, ""},
	{"item; item; answer 1\n" OK "exit 42", 2, "ar", REASON_WORKER,
		"the worker left items unanswered" AGREES},
	{"item; item; answer 1\nexit 42", 2, "ab", REASON_WORKER,
		"the worker ended without a result" AGREES},
	{"item; answer 0; answer 0\n" OK "exit 42", 1, "ab", REASON_WORKER,
		"the worker answered what nobody asked"},
	{"item\n" OK "answer 0; exit 42", 1, "r", REASON_WORKER,
		"the worker did not close its socket behind its result"},
	{"item; say 'event=renewed\\nid=0\\n\\n'\n" OK "exit 42", 1, "b", REASON_WORKER,
		"the worker gave an answer without an id or a reason"},
	{"item; say 'event=renewed\\nid=0\\nreason=not-ours\\n\\n'\n" OK "exit 42", 1, "b",
		REASON_WORKER, "the worker gave an answer without an id or a reason"},
	{"item; say 'event=renewed\\nreason=ok\\n\\n'\n" OK "exit 42", 1, "b", REASON_WORKER,
		"the worker gave an answer without an id or a reason"},
	{PROMPT OK "exit 42", 0, "b", REASON_WORKER, "the worker said something unknown"},
};

static void a_refresh_answers_each_item_once(void **state)
{
	for (size_t i = 0; i < sizeof(refreshes) / sizeof(*refreshes); i++) {
		const char *worker = make_renewer(*state, refreshes[i].script);
		RECORD_AUTO(result);
		struct job job;
		char steps[8];

		enum reason reason = run_refresh(worker, refreshes[i].items, steps, &job, &result);
		if (reason != refreshes[i].reason || strcmp(steps, refreshes[i].steps) != 0 ||
			strncmp(job.detail, refreshes[i].detail, strlen(refreshes[i].detail)) != 0)
			fail_msg("%s %s (%s): %s", steps, reason_name(reason), job.detail,
				refreshes[i].script);
		assert_int_equal(result != NULL, *refreshes[i].detail == '\0');
	}
}

/* The same words from the worker of a login are none of its own. */
static void a_login_has_no_answers(void **state)
{
	const char *worker = make_worker(
		*state, "say 'event=renewed\\nid=0\\nreason=ok\\n\\n'\n" OK "exit 42");
	RECORD_AUTO(result);
	struct job job;
	char steps[8];

	assert_int_equal(run_job(worker, steps, &job, &result), REASON_WORKER);
	assert_string_equal(steps, "b");
	assert_memory_equal(job.detail, "the worker said something unknown", 33);
}

/* A worker of the code flow: behind its prompt it takes what is pasted, one by one. */
static const char *make_taker(struct scratch *scratch, const char *script)
{
	char text[2048];

	snprintf(text, sizeof(text),
		"take() { paste=; while read -r line <&3 && [ \"$line\" ]; do paste=$line; done; "
		"}\n"
		"again() { say 'event=again\\n%%s\\n\\n' \"$1\"; }\n"
		"%s",
		script);
	return make_worker(scratch, text);
}

/* Runs a job of the code flow, which pastes TEXT at the prompt and each time it is asked again. */
static enum reason run_code(const char *worker, const char *text, char steps[8], struct job *job,
	struct record **ret_result)
{
	RECORD_AUTO(request);
	SECRET_AUTO(paste);
	enum reason reason = REASON_OK;
	size_t n = 0;

	request = make_request();
	assert_int_equal(secret_set(&paste, text, strlen(text)), 0);
	assert_int_equal(job_start(job, worker, &as_caller, request, far()), REASON_OK);
	while (reason == REASON_OK && n < 7) {
		RECORD_AUTO(event);
		enum job_step step = job_next(job, far(), NULL, 0, &event);

		steps[n++] = "bpRarwdg"[step];
		if (step != JOB_PROMPT && step != JOB_AGAIN)
			break;
		assert_non_null(event);
		reason = job_paste(job, &paste, far());
	}
	steps[n] = '\0';
	enum reason said = job_end(job, ret_result);
	return reason == REASON_OK ? said : reason;
}

#define ASKS  "say 'event=prompt\\nflow=code\\n\\n'\n"
#define WRONG "again reason=answer\n"
#define PART  "again part=2\n"

static const struct {
	const char *script;
	const char *text;
	const char *steps; /* g: again */
	enum reason reason;
	const char *detail;
} pastes[] = {
	{ASKS "take; [ \"$paste\" = text=1/2:x ] || exit 1\n" OK "exit 42", "1/2:x", "pr",
		REASON_OK, ""},
	{ASKS "take\n" WRONG "take\n" WRONG "take\n" OK "exit 42", "x", "pggr", REASON_OK, ""},
	{ASKS "take\n" PART "take\n" DENIED "exit 0", "x", "pgr", REASON_ACCESS_DENIED, ""},
	/* the browser was there before: the paste finds nobody, or is never read */
	{ASKS OK "exit 42", "x", "pr", REASON_OK, ""},
	{ASKS OK "exec 3>&-; exit 42", "x", "pr", REASON_OK, ""},
	{ASKS "take\nexit 42", "x", "pb", REASON_WORKER, "the worker ended without a result"},
	/* a prompt that wants none */
	{PROMPT "take\n" OK "exit 42", "x", "p", REASON_WORKER, "no result was heard"},
	/* asking again without a reason, with two, with another */
	{ASKS "take\nsay 'event=again\\n\\n'\n" OK "exit 42", "x", "pb", REASON_WORKER,
		"the worker asks again and does not say why"},
	{ASKS "take\nsay 'event=again\\npart=2\\nreason=answer\\n\\n'\n" OK "exit 42", "x", "pb",
		REASON_WORKER, "the worker asks again and does not say why"},
	{ASKS "take\nagain reason=expired\n" OK "exit 42", "x", "pb", REASON_WORKER,
		"the worker asks again and does not say why"},
	{ASKS "take\n" ASKS OK "exit 42", "x", "pb", REASON_WORKER, "the worker prompted twice"},
	/* what no record carries is not sent */
	{ASKS "take; exit 1", "a\x1b", "p", REASON_ANSWER, ""},
};

static void what_is_pasted_is_answered(void **state)
{
	for (size_t i = 0; i < sizeof(pastes) / sizeof(*pastes); i++) {
		const char *worker = make_taker(*state, pastes[i].script);
		RECORD_AUTO(result);
		struct job job;
		char steps[8];

		enum reason reason = run_code(worker, pastes[i].text, steps, &job, &result);
		if (reason != pastes[i].reason || strcmp(steps, pastes[i].steps) != 0 ||
			strncmp(job.detail, pastes[i].detail, strlen(pastes[i].detail)) != 0)
			fail_msg("row %zu: %s %s (%s): %s", i, steps, reason_name(reason),
				job.detail, pastes[i].script);
	}
}

/* The words of the code flow where nobody was asked for a paste, and pastes that nobody wants. */
static void only_a_prompt_for_it_takes_a_paste(void **state)
{
	const char *worker = make_taker(*state, ASKS "take\ntake\n" OK "exit 42");
	RECORD_AUTO(request);
	RECORD_AUTO(prompt);
	RECORD_AUTO(result);
	SECRET_AUTO(paste);
	struct job job;

	request = make_request();
	assert_int_equal(secret_set(&paste, "x", 1), 0);
	assert_int_equal(job_start(&job, worker, &as_caller, request, far()), REASON_OK);
	assert_int_equal(job_paste(&job, &paste, far()), REASON_WORKER);
	assert_int_equal(job_next(&job, far(), NULL, 0, &prompt), JOB_PROMPT);
	assert_int_equal(job_paste(&job, &paste, far()), REASON_OK);
	assert_int_equal(job_paste(&job, &paste, far()), REASON_WORKER);
	assert_int_equal(job_end(&job, &result), REASON_WORKER);
	assert_int_equal(job_paste(&job, &paste, far()), REASON_WORKER);
}

static const char *const unasked[] = {
	WRONG OK "exit 42",
	PROMPT WRONG OK "exit 42",
	ASKS WRONG OK "exit 42",
	ASKS PART OK "exit 42",
};

static void nothing_is_wanted_again_that_was_not_pasted(void **state)
{
	for (size_t i = 0; i < sizeof(unasked) / sizeof(*unasked); i++) {
		const char *worker = make_taker(*state, unasked[i]);
		RECORD_AUTO(result);
		struct job job;
		char steps[8];

		assert_int_equal(run_job(worker, steps, &job, &result), REASON_WORKER);
		assert_int_equal(steps[strlen(steps) - 1], 'b');
		assert_memory_equal(job.detail, "the worker wants again what nobody pasted", 41);
	}
}

static void the_result_is_handed_over(void **state)
{
	const char *worker = make_worker(*state, PROMPT OK "exit 42");
	RECORD_AUTO(request);
	RECORD_AUTO(prompt);
	RECORD_AUTO(result);
	struct job job;

	request = make_request();
	assert_int_equal(job_start(&job, worker, &as_caller, request, far()), REASON_OK);
	assert_int_equal(job_next(&job, far(), NULL, 0, &prompt), JOB_PROMPT);
	assert_string_equal(record_get(prompt, "user_code"), "WDJB-MJHT");
	assert_int_equal(job_next(&job, far(), NULL, 0, NULL), JOB_RESULT);
	assert_int_equal(job_end(&job, &result), REASON_OK);
	assert_string_equal(record_get(result, "sub"), "24");
}

/* A caller that asks on behind the result hears it there, and the result is lost. */
static void nothing_comes_behind_the_result(void **state)
{
	const char *worker = make_worker(*state, OK PROMPT "exit 42");
	RECORD_AUTO(request);
	RECORD_AUTO(prompt);
	RECORD_AUTO(result);
	struct job job;

	request = make_request();
	assert_int_equal(job_start(&job, worker, &as_caller, request, far()), REASON_OK);
	assert_int_equal(job_next(&job, far(), NULL, 0, &prompt), JOB_RESULT);
	assert_int_equal(job_next(&job, far(), NULL, 0, &prompt), JOB_BROKEN);
	assert_int_equal(job_next(&job, far(), NULL, 0, &prompt), JOB_BROKEN);
	assert_null(prompt);
	assert_int_equal(job_end(&job, &result), REASON_WORKER);
	assert_null(result);
	assert_memory_equal(job.detail, "the worker spoke behind its result", 34);
}

static void a_wait_ends_by_the_deadline_or_a_descriptor_and_goes_on(void **state)
{
	const char *worker = make_worker(*state, PROMPT "read -r go <&3\n" OK "exit 42");
	RECORD_AUTO(request);
	RECORD_AUTO(prompt);
	RECORD_AUTO(result);
	struct job job;
	int ends[2];

	request = make_request();
	assert_int_equal(pipe(ends), 0);
	struct pollfd watch = {.fd = ends[0], .events = POLLIN};
	assert_int_equal(job_start(&job, worker, &as_caller, request, far()), REASON_OK);
	assert_int_equal(job_next(&job, far(), &watch, 1, &prompt), JOB_PROMPT);
	assert_int_equal(job_next(&job, clock_monotonic_ms(), &watch, 1, &prompt), JOB_DEADLINE);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(job_next(&job, far(), &watch, 1, &prompt), JOB_WATCHED);
	assert_int_equal(watch.revents, POLLIN);
	assert_int_equal(write(job.channel.fd, "go\n", 3), 3);
	assert_int_equal(job_next(&job, far(), NULL, 0, &prompt), JOB_RESULT);
	assert_int_equal(job_end(&job, &result), REASON_OK);
	close(ends[0]);
	close(ends[1]);
}

/* How a worker takes it that its caller gives up. */
static const char *const abandoned[] = {
	"cat <&3 >/dev/null\nexit 1",
	"exec sleep 1000",
	"trap '' TERM HUP INT PIPE\nwhile :; do sleep 1; done",
	"kill -STOP $$",
	(OK "exit 42"),
};

static void a_caller_may_give_up_at_any_point(void **state)
{
	for (size_t i = 0; i < sizeof(abandoned) / sizeof(*abandoned); i++) {
		const char *worker = make_worker(*state, abandoned[i]);
		RECORD_AUTO(request);
		RECORD_AUTO(result);
		struct job job;

		request = make_request();
		assert_int_equal(job_start(&job, worker, &as_caller, request, far()), REASON_OK);
		assert_int_equal(job_end(&job, &result), REASON_WORKER);
		assert_null(result);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		assert_int_equal(errno, ECHILD);
	}
}

static void a_worker_that_cannot_start_is_named_so(void **state)
{
	char steps[8];
	RECORD_AUTO(result);
	struct job job;

	(void)state;
	assert_int_equal(run_job("/nowhere/sso-worker", steps, &job, &result), REASON_WORKER);
	assert_string_equal(steps, "");
	assert_null(result);
	assert_string_equal(
		job.detail, "the worker could not be started: No such file or directory");
	assert_int_equal(job_next(&job, far(), NULL, 0, &result), JOB_BROKEN);
	assert_int_equal(job_end(&job, &result), REASON_WORKER);
}

static void a_worker_that_takes_no_request_is_not_waited_for(void **state)
{
	const char *worker = scratch_script(*state, "worker", "exec sleep 1000");
	RECORD_AUTO(request);
	RECORD_AUTO(result);
	struct job job;
	char line[1000] = {0};
	int r = 0;

	memset(line, 'x', sizeof(line) - 1);
	request = make_request();
	for (int i = 0; i < 60 && r == 0; i++)
		r = record_add(request, "client_key", line);
	assert_int_equal(r, 0);
	/* the socket holds some such requests, so the child of a host gets one at a time */
	assert_int_equal(job_start(&job, worker, &as_caller, request, far()), REASON_OK);
	while (r == 0)
		r = channel_send(&job.channel, request, clock_monotonic_ms());
	assert_int_equal(r, -ETIMEDOUT);
	assert_int_equal(job_end(&job, &result), REASON_WORKER);
	assert_null(result);
}

/* A host that takes the exit status away takes the yes away with it. */
static void without_its_exit_status_no_result_counts(void **state)
{
	const char *worker = make_worker(*state, OK "exit 42");
	RECORD_AUTO(result);
	struct job job;
	char steps[8];

	assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	enum reason reason = run_job(worker, steps, &job, &result);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(reason, REASON_WORKER);
	assert_null(result);
	assert_string_equal(job.detail, "the worker's end does not agree with its result "
					"(the host took its exit status)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_result_counts_only_when_all_agrees, begin, end),
		cmocka_unit_test_setup_teardown(the_result_is_handed_over, begin, end),
		cmocka_unit_test_setup_teardown(a_refresh_answers_each_item_once, begin, end),
		cmocka_unit_test_setup_teardown(a_login_has_no_answers, begin, end),
		cmocka_unit_test_setup_teardown(what_is_pasted_is_answered, begin, end),
		cmocka_unit_test_setup_teardown(only_a_prompt_for_it_takes_a_paste, begin, end),
		cmocka_unit_test_setup_teardown(
			nothing_is_wanted_again_that_was_not_pasted, begin, end),
		cmocka_unit_test_setup_teardown(nothing_comes_behind_the_result, begin, end),
		cmocka_unit_test_setup_teardown(
			a_wait_ends_by_the_deadline_or_a_descriptor_and_goes_on, begin, end),
		cmocka_unit_test_setup_teardown(a_caller_may_give_up_at_any_point, begin, end),
		cmocka_unit_test(a_worker_that_cannot_start_is_named_so),
		cmocka_unit_test_setup_teardown(
			a_worker_that_takes_no_request_is_not_waited_for, begin, end),
		cmocka_unit_test_setup_teardown(
			without_its_exit_status_no_result_counts, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
