/*
 * One session renewed: what is asked, what is stored, and what is shared, by what stands in the
 * store and what the worker says.
 */
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
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "renewing.h"

#define ID "0123456789abcdef0123456789abcdef"

enum { AGE = 100 };

static int begin(void **state)
{
	static struct renewing renewing;

	renewing_begin(&renewing);
	*state = &renewing;
	return 0;
}

static int end(void **state)
{
	renewing_end(*state);
	return 0;
}

/* What stands in the store. */
enum given {
	PLAIN,
	SPENDING, /* by somebody who is gone */
	NO_TOKEN, /* to renew it with */
	OTHER_ISSUER,
	OTHER_CLIENT, /* with facts that were said to that one */
	KNOWN,        /* with facts of an earlier answer, acr=high */
	HEARD,        /* the same, heard a moment ago */
	AHEAD,        /* by another machine, whose clock is ahead */
	ANOTHER,      /* as KNOWN, with facts that another host asked for, which reads roles */
	NONE,
};

/* And what stands there then. */
enum kept {
	SAME,    /* as it was */
	RENEWED, /* a new token, and the provider stands by it */
	ROTATED, /* a new token, and no more */
	STANDS,  /* the provider stands by it; the token is the old one */
	GONE,
};

struct row {
	const char *name;
	enum given given;
	const char *acr; /* the policy; NULL: none is asked for */
	int64_t at_most, seen;
	const char *script; /* NULL: no worker may be started */
	enum reason reason;
	enum kept kept;
};

#define ALWAYS RENEW_ALWAYS, RENEW_ALWAYS
#define LOST   REASON_SESSION_LOST, GONE

static const struct row rows[] = {
	/* the provider's word */
	{"renewed", PLAIN, NULL, ALWAYS, "next\n" ANSWER_OK SAY_DONE, REASON_OK, RENEWED},
	{"not rotated", PLAIN, NULL, ALWAYS,
		"next; answer ok iss=" ISSUER " sub=24 access_token=a2 token_iat=2000\n" SAY_DONE,
		REASON_OK, STANDS},
	{"ended", PLAIN, NULL, ALWAYS, "next; answer session-ended detail=x\n" SAY_DONE,
		REASON_SESSION_ENDED, GONE},
	{"away", PLAIN, NULL, ALWAYS, "next; answer unreachable detail=x\n" SAY_DONE,
		REASON_UNREACHABLE, SAME},
	{"asks to wait", PLAIN, NULL, ALWAYS,
		"next; answer idp-error detail=x retry_after=60\n" SAY_DONE, REASON_IDP_ERROR,
		SAME},
	{"not good enough", PLAIN, "high", ALWAYS, "next; answer acr refresh_token=r+\n" SAY_DONE,
		REASON_ACR, ROTATED},
	{"another subject", PLAIN, NULL, ALWAYS,
		"next; answer ok iss=" ISSUER
		" sub=25 access_token=a2 token_iat=2000 refresh_token=r+\n" SAY_DONE,
		REASON_WORKER, ROTATED},
	{"another issuer", PLAIN, NULL, ALWAYS,
		"next; answer ok iss=https://idp.example sub=24 token_iat=2000 "
		"refresh_token=r+\n" SAY_DONE,
		REASON_WORKER, ROTATED},
	{"nobody", PLAIN, NULL, ALWAYS, "next; answer ok refresh_token=r+\n" SAY_DONE,
		REASON_WORKER, ROTATED},
	/* the worker's end */
	{"not sent", PLAIN, NULL, ALWAYS, "next\n" SAY_NO("unreachable"), REASON_UNREACHABLE, SAME},
	{"not ready", PLAIN, NULL, ALWAYS, "!" SAY_NO("unreachable"), REASON_UNREACHABLE, SAME},
	{"not ready, killed", PLAIN, NULL, ALWAYS, "!kill -9 $$", REASON_WORKER, SAME},
	{"not ready, done", PLAIN, NULL, ALWAYS, "!" SAY_DONE, REASON_WORKER, SAME},
	{"answered, not ready", PLAIN, NULL, ALWAYS, "!id=" ID "; token=r\n" ANSWER_OK SAY_DONE,
		REASON_WORKER, SAME},
	{"no worker", PLAIN, NULL, ALWAYS, "", REASON_WORKER, SAME},
	{"killed", PLAIN, NULL, ALWAYS, "next; kill -9 $$", LOST},
	{"half an answer", PLAIN, NULL, ALWAYS,
		"next; say 'event=renewed\\nid=" ID "\\nreason=ok\\nrefresh_token=r+\\n'\n", LOST},
	{"another's answer", PLAIN, NULL, ALWAYS,
		"next; id=fedcba9876543210fedcba9876543210\n" ANSWER_OK SAY_DONE, LOST},
	{"left unanswered", PLAIN, NULL, ALWAYS, "next\n" SAY_DONE, LOST},
	{"answered, then killed", PLAIN, NULL, ALWAYS, "next\n" ANSWER_OK "kill -9 $$",
		REASON_WORKER, ROTATED},
	{"answered, then wrong", PLAIN, NULL, ALWAYS,
		"next\n" ANSWER_OK "say 'event=result\\nreason=ok\\n\\n'; exit 0", REASON_WORKER,
		ROTATED},
	/* what stands in the store */
	{"spent by somebody", SPENDING, NULL, ALWAYS, NULL, LOST},
	{"spent by somebody, young", SPENDING, NULL, AGE + 60, 0, NULL, LOST},
	{"no refresh token", NO_TOKEN, NULL, ALWAYS, NULL, REASON_TOKEN_MISSING, SAME},
	{"of another issuer", OTHER_ISSUER, NULL, ALWAYS, NULL, REASON_TOKEN_ISSUER, SAME},
	{"of another issuer, young", OTHER_ISSUER, NULL, AGE + 60, 0, NULL, REASON_TOKEN_ISSUER,
		SAME},
	{"of another client", OTHER_CLIENT, NULL, ALWAYS, NULL, REASON_TOKEN_ISSUER, SAME},
	{"of another client, young", OTHER_CLIENT, "high", AGE + 60, 0, NULL, REASON_TOKEN_ISSUER,
		SAME},
	{"asked for by another", ANOTHER, "high", AGE + 60, RENEW_ALWAYS,
		"next\n" ANSWER_OK SAY_DONE, REASON_OK, RENEWED},
	{"asked for by another, whose answer is no", ANOTHER, "high", AGE + 60, RENEW_ALWAYS,
		"next; answer acr refresh_token=r+\n" SAY_DONE, REASON_ACR, ROTATED},
	{"asked for by another, and no matter", ANOTHER, NULL, AGE + 60, RENEW_ALWAYS, NULL,
		REASON_OK, SAME},
	{"gone", NONE, NULL, ALWAYS, NULL, REASON_SESSION_ENDED, GONE},
	/* what is shared: it was renewed once, and verified AGE seconds ago */
	{"young enough", KNOWN, NULL, AGE + 60, RENEW_ALWAYS, NULL, REASON_OK, SAME},
	{"young enough, no token", NO_TOKEN, NULL, AGE + 60, RENEW_ALWAYS, NULL, REASON_OK, SAME},
	{"too old", KNOWN, NULL, AGE, RENEW_ALWAYS, "next\n" ANSWER_OK SAY_DONE, REASON_OK,
		RENEWED},
	{"renewed since", HEARD, NULL, RENEW_ALWAYS, 0, NULL, REASON_OK, SAME},
	{"renewed since, a clock ahead", AHEAD, NULL, RENEW_ALWAYS, 0, NULL, REASON_OK, SAME},
	{"renewed since, but long ago", KNOWN, NULL, RENEW_ALWAYS, 0, "next\n" ANSWER_OK SAY_DONE,
		REASON_OK, RENEWED},
	{"not renewed since", KNOWN, NULL, RENEW_ALWAYS, 1, "next\n" ANSWER_OK SAY_DONE, REASON_OK,
		RENEWED},
	{"good enough", HEARD, "high", RENEW_ALWAYS, 0, NULL, REASON_OK, SAME},
	{"good enough, young", KNOWN, "high", AGE + 60, RENEW_ALWAYS, NULL, REASON_OK, SAME},
	{"shared, not good enough", HEARD, "higher", RENEW_ALWAYS, 0,
		"next; answer acr refresh_token=r+\n" SAY_DONE, REASON_ACR, ROTATED},
	{"shared, nothing known", PLAIN, "high", AGE + 60, RENEW_ALWAYS,
		"next\n" ANSWER_OK SAY_DONE, REASON_OK, RENEWED},
};

static void give_facts(struct session *session, const struct config *config)
{
	RECORD_AUTO(event);

	event = record_new(wire_event);
	assert_int_equal(record_add(event, "reason", "ok"), 0);
	assert_int_equal(record_add(event, "acr", "high"), 0);
	assert_int_equal(session_take_facts(session, event, config), 0);
	session->renewals = 1;
}

static bool is_known(enum given given)
{
	return given == OTHER_CLIENT || given == KNOWN || given == HEARD || given == AHEAD ||
	       given == ANOTHER;
}

static void give(struct renewing *renewing, enum given given)
{
	static char roles[] = "roles";
	struct session session = renewing_session(ID, AGE);
	struct config another = {.access.groups_claim = roles};

	session.spending = given == SPENDING;
	if (given == NO_TOKEN)
		secret_free(&session.refresh_token);
	if (given == OTHER_ISSUER) {
		free(session.iss);
		session.iss = copy_of("https://idp.example.org");
	}
	if (given == OTHER_CLIENT)
		session.client_id[0]++;
	if (is_known(given))
		give_facts(&session, given == ANOTHER ? &another : &renewing->config);
	if (given == HEARD || given == AHEAD)
		session.verified = clock_wall_s() + (given == AHEAD ? 5 : 0);
	if (given == NONE)
		session_free(&session);
	else
		renewing_put(renewing, &session);
}

static void check_kept(struct renewing *renewing, const struct row *row)
{
	SESSION_AUTO(session);
	bool rotated = row->kept == RENEWED || row->kept == ROTATED;
	bool stands = row->kept == RENEWED || row->kept == STANDS;
	int r = store_get(&renewing->store, ID, clock_wall_s(), &session);

	assert_int_equal(r, row->kept == GONE ? -ENOENT : 0);
	if (row->kept == GONE)
		return;
	assert_false(session.spending);
	assert_string_equal(secret_reveal(&session.refresh_token), row->given == NO_TOKEN ? ""
								   : rotated              ? "r+"
											  : "r");
	assert_int_equal(session.renewals, is_known(row->given) + stands);
	assert_int_equal(clock_wall_s() - session.verified < AGE / 2,
		stands || row->given == HEARD || row->given == AHEAD);
	assert_string_equal(secret_reveal(&session.access_token), stands ? "a2" : "");
	assert_int_equal(session.token_iat, stands ? 2000 : 0);
}

static void check_result(const struct row *row, const struct record *result)
{
	if (row->reason != REASON_OK)
		return assert_null(result);
	if (!row->acr)
		return;
	assert_string_equal(record_get(result, "acr"), "high");
	assert_string_equal(record_get(result, "iss"), ISSUER);
	assert_string_equal(record_get(result, "sub"), "24");
}

static void play(struct renewing *renewing, const struct row *row)
{
	RECORD_AUTO(result);
	SESSION_AUTO(session);
	struct config_error error = {0};

	give(renewing, row->given);
	if (row->script && *row->script)
		renewing_script(renewing, row->script);
	if (row->acr)
		assert_int_equal(strlist_add(&renewing->config.token.acr, row->acr), 0);
	renewing->renew.policy = row->acr;
	renewing->renew.at_most = row->at_most;
	renewing->renew.seen = row->seen;
	enum reason reason = renew_session(&renewing->renew, ID, &session, &result, &error);
	if (reason != row->reason)
		fail_msg("%s: %s (%s)", row->name, reason_name(reason), error.text);
	assert_true(reason != REASON_OK || !*error.text);
	assert_int_equal(*session.id == '\0', row->given == NONE);
	assert_int_equal(renewing_count(renewing, "sent."),
		row->script && *row->script && *row->script != '!');
	check_result(row, result);
	check_kept(renewing, row);
}

static void what_comes_of_a_session(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct renewing renewing;

		print_message("%s\n", rows[i].name);
		renewing_begin(&renewing);
		play(&renewing, &rows[i]);
		renewing_end(&renewing);
	}
}

/* Each an own process, as the module is; what they found was renewed SEEN times. */
static int many_at_once(struct renewing *renewing, int many)
{
	pid_t children[64];
	int ends[2], good = 0;

	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < many; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			RECORD_AUTO(result);
			SESSION_AUTO(session);
			struct config_error error = {0};
			char byte;

			close(ends[1]);
			if (read(ends[0], &byte, 1) != 0)
				_exit(2);
			_exit(renew_session(&renewing->renew, ID, &session, &result, &error) !=
					REASON_OK ||
				!result);
		}
	}
	close(ends[0]);
	close(ends[1]);
	for (int i = 0; i < many; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		good += status == 0;
	}
	return good;
}

/* Rule 7. */
static void many_at_one_moment_share_one_request(void **state)
{
	struct renewing *renewing = *state;

	give(renewing, KNOWN);
	renewing_script(renewing, "next; sleep 0.3\n" ANSWER_OK SAY_DONE);
	renewing->renew.policy = true;
	renewing->renew.seen = 1;
	assert_int_equal(many_at_once(renewing, 50), 50);
	assert_int_equal(renewing_count(renewing, "started."), 1);
}

/* Rule 3: whatever the one that asked left behind, nobody sends the token again. */
static void who_dies_while_asking_loses_the_session(void **state)
{
	struct renewing *renewing = *state;
	RECORD_AUTO(result);
	SESSION_AUTO(session);
	struct config_error error = {0};

	give(renewing, PLAIN);
	renewing_script(renewing, "next; kill -9 $PPID\n" ANSWER_OK SAY_DONE);
	assert_int_equal(many_at_once(renewing, 1), 0);
	assert_int_equal(renew_session(&renewing->renew, ID, &session, &result, &error),
		REASON_SESSION_LOST);
	assert_int_equal(renewing_count(renewing, "sent."), 1);
	assert_int_equal(store_get(&renewing->store, ID, clock_wall_s(), &session), -ENOENT);
}

static pid_t renewer;

static void kill_renewer(int signal)
{
	(void)signal;
	kill(renewer, SIGKILL);
}

/* Renews in a process of its own, once *RET_GO is closed. */
static pid_t start_renewer(struct renewing *renewing, int *ret_go)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		RECORD_AUTO(result);
		SESSION_AUTO(session);
		struct config_error error = {0};
		char byte;

		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0 ||
			renew_session(&renewing->renew, ID, &session, &result, &error) !=
				REASON_SESSION_ENDED);
	}
	close(ends[0]);
	*ret_go = ends[1];
	return pid;
}

static pid_t start_login(struct renewing *renewing, int go)
{
	BINDING_AUTO(binding);
	pid_t pid = fork();

	if (pid == 0) {
		close(go);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGHUP, kill_renewer);
		for (;;)
			pause();
	}
	binding = (struct binding){.state = BINDING_OPEN,
		.session = ID,
		.user = copy_of("alice"),
		.service = copy_of("sshd")};
	assert_int_equal(process_look(pid, &binding.process, NULL), 0);
	assert_int_equal(binding_put(&renewing->bindings, &binding), 0);
	return pid;
}

/* Rule 5: the person whose login is being ended may kill who does it, which sudo is. */
static void who_dies_while_ending_leaves_it_to_be_ended(void **state)
{
	struct renewing *renewing = *state;
	RECORD_AUTO(result);
	SESSION_AUTO(session);
	SESSION_AUTO(ended);
	struct config_error error = {0};
	int go, status;

	give(renewing, KNOWN);
	renewing_script(renewing, "next; answer session-ended detail=x\n" SAY_DONE);
	renewing->config.session.on_revoked = REVOKED_TERMINATE;
	renewer = start_renewer(renewing, &go);
	pid_t login = start_login(renewing, go);
	close(go);
	assert_int_equal(waitpid(renewer, &status, 0), renewer);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(store_get(&renewing->store, ID, clock_wall_s(), &session), 0);
	assert_false(session.spending);
	/* Nor is it one that was verified a moment ago. */
	renewing->renew.at_most = 2 * AGE;
	assert_int_equal(unlink(scratch_path(&renewing->scratch, "sent." ID ".r")), 0);
	assert_int_equal(
		renew_session(&renewing->renew, ID, &ended, &result, &error), REASON_SESSION_ENDED);
	assert_int_equal(waitpid(login, &status, 0), login);
	assert_int_equal(store_get(&renewing->store, ID, clock_wall_s(), &session), -ENOENT);
}

static void who_is_let_in_is_noted(void **state)
{
	struct renewing *renewing = *state;

	give(renewing, PLAIN);
	renewing_script(renewing, "next\n" ANSWER_OK SAY_DONE);
	renewing->renew.seen = 0;
	for (int i = 0; i < 2; i++) {
		RECORD_AUTO(result);
		SESSION_AUTO(session);
		SESSION_AUTO(stored);
		struct config_error error = {0};
		const char *service = i == 0 ? "sudo" : "su";

		renewing->renew.service = service;
		assert_int_equal(
			renew_session(&renewing->renew, ID, &session, &result, &error), REASON_OK);
		assert_int_equal(store_get(&renewing->store, ID, clock_wall_s(), &stored), 0);
		assert_true(strlist_has(&stored.services, service));
	}
	assert_int_equal(renewing_count(renewing, "started."), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_of_a_session),
		cmocka_unit_test_setup_teardown(many_at_one_moment_share_one_request, begin, end),
		cmocka_unit_test_setup_teardown(
			who_dies_while_asking_loses_the_session, begin, end),
		cmocka_unit_test_setup_teardown(
			who_dies_while_ending_leaves_it_to_be_ended, begin, end),
		cmocka_unit_test_setup_teardown(who_is_let_in_is_noted, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
