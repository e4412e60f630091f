/*
 * The worker is killed by any signal, at any step of the conversation with it; and the host is interrupted
 * by a signal every millisecond, from the first phase to the last.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

#include "kept.h"

static const struct scene scene = {.talk = TALK_ENTER};

/* What comes before the signal, and behind it. */
static const struct step {
	const char *before, *behind;
} steps[] = {
	{"", APPROVE},
	{"request\n", PROMPT_ALONE SAY_OK("alice") "exit 42\n"},
	{"request\nsay event=prompt\n",
		"say verification_uri=" STAGE_LINK "\nsay user_code=" STAGE_CODE
		"\nsay expires_in=300\nsay\n" SAY_OK("alice") "exit 42\n"},
	{SAY_PROMPT, SAY_OK("alice") "exit 42\n"},
	{SAY_PROMPT "say event=result\n" SAY_WHO "say claim=preferred_username=alice\n",
		"say\nexit 42\n"},
	{SAY_PROMPT SAY_OK("alice"), "exit 42\n"},
};

/* A signal that does not end a process is none of our business, and one that stops it is a matter of time:
 * a_worker_that_stays_silent() in test_giving_up.c. */
static bool is_deadly(int signal)
{
	static const int others[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN,
		SIGTTOU, SIGPIPE /* which the worker ignores */};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (signal == others[i])
			return false;
	return signal < 32 || signal >= SIGRTMIN;
}

static void at_each_step_by_each_signal(void **state)
{
	char transcript[4096];

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		for (int signal = 1; signal < _NSIG; signal++) {
			if (!is_deadly(signal))
				continue;
			snprintf(transcript, sizeof(transcript), "%skill %d\n%s", steps[i].before,
				signal, steps[i].behind);
			stage_transcript(*state, transcript);
			int code = stage_authenticate(*state, &scene);
			if (code != PAM_AUTHINFO_UNAVAIL || !stage_logged("reason=worker"))
				fail_msg("step %zu, signal %d: code %d\n%s", i, signal, code,
					stage_log());
		}
}

/* The same without the signal: it is the signal that tells. */
static void without_a_signal(void **state)
{
	char transcript[4096];

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		snprintf(transcript, sizeof(transcript), "%s%s", steps[i].before, steps[i].behind);
		stage_transcript(*state, transcript);
		assert_int_equal(stage_authenticate(*state, &scene), PAM_SUCCESS);
	}
}

static volatile sig_atomic_t interruptions;

static void be_interrupted(int signal)
{
	(void)signal;
	interruptions = interruptions + 1;
}

static void interrupt_every(suseconds_t us, int flags)
{
	const struct sigaction action = {.sa_handler = be_interrupted, .sa_flags = flags};
	const struct itimerval often = {.it_interval.tv_usec = us, .it_value.tv_usec = us};

	if (us)
		assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
}

/* From authenticate to close, where sessions are kept. Returns what authenticate said. */
static int live_through(struct stage *stage, const char *transcript)
{
	stage_transcript(stage, transcript);
	int code = stage_authenticate(stage, &scene);
	if (code != PAM_SUCCESS)
		return code;
	assert_int_equal(pam_setcred(stage->pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_count(stage), 1);
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_count(stage), 0);
	return code;
}

static void interrupted_all_along(void **state)
{
	static const char slow[] = SAY_PROMPT
		"sleep 100\nsay event=result\nsleep 30\n" SAY_WHO
		"sleep 30\nsay claim=preferred_username=%s\n" SAY_TOKENS(
			"1") "say\nsleep 30\nexit 42\n";
	static const int flags[] = {0, SA_RESTART};
	char right[2048], wrong[2048];

	/* Its own thread would be interrupted, and at its end there is no handler. */
	if (stage_memory_is_anothers())
		skip();
	snprintf(right, sizeof(right), slow, "alice");
	snprintf(wrong, sizeof(wrong), slow, "bob");
	kept_configure(*state, "");
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		interruptions = 0;
		interrupt_every(1000, flags[i]);
		for (int times = 0; times < 10; times++) {
			assert_int_equal(live_through(*state, right), PAM_SUCCESS);
			assert_int_equal(live_through(*state, wrong), PAM_PERM_DENIED);
		}
		interrupt_every(0, 0);
		assert_true(interruptions > 0);
	}
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(without_a_signal),
		TEST(at_each_step_by_each_signal),
		TEST(interrupted_all_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
