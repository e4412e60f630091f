/* account = any: whether the identity provider stands by whom another module let in. */
#include "kept.h"

static const struct scene as_alice = {.user = "alice"};
static const struct scene with_key = {SSHD_WITH("publickey " KEY_ONE "\n")};
/* As sshd has it where a key alone let in: which it was, it notes later. */
static const struct scene key_alone = {SSHD_WITH("")};
static const struct scene root_by_key = {
	.user = "root", .service = "sshd", .tty = "ssh", .environment = {"SSH_CONNECTION=x"}};
static const struct scene bob_by_key = {
	.user = "bob", .service = "sshd", .tty = "ssh", .environment = {"SSH_CONNECTION=x"}};

#define ANY "[service sshd]\naccount = any\n"

/* What the account phase says of a user whom pam_sso did not authenticate. */
static int ask(struct stage *stage, const struct scene *scene)
{
	stage_start(stage, scene);
	return pam_acct_mgmt(stage->pamh, 0);
}

static void let_in_by_another_module(void **state)
{
	static const struct {
		const char *what;
		const char *configuration;
		const struct scene *first, *scene;
		const char *transcript;
		int code;
		size_t asked, left;
		const char *logged;
	} rows[] = {
		{"not asked about", "", &as_alice, &key_alone, RENEW, STAGE_IGNORED, 0, 1,
			"reason=not-ours"},
		{"the provider stands by alice", ANY, &as_alice, &key_alone, RENEW, PAM_SUCCESS, 1,
			1, "event=standing"},
		{"by key", ANY, &with_key, &with_key, RENEW, PAM_SUCCESS, 1, 1, "event=standing"},
		{"a key of no session", ANY, &as_alice, &with_key, RENEW, PAM_SUCCESS, 1, 1,
			"event=standing"},
		{"it said so just now", ANY "verify = cached\n", &as_alice, &key_alone, "exit 1\n",
			PAM_SUCCESS, 0, 1, "event=standing"},
		{"nobody signed in", ANY, NULL, &key_alone, "exit 1\n", PAM_PERM_DENIED, 0, 0,
			"reason=no-session"},
		{"somebody else did", ANY, &as_alice, &bob_by_key, "exit 1\n", PAM_PERM_DENIED, 0,
			1, "reason=no-session"},
		{"disabled", ANY, &as_alice, &key_alone, REFUSE("session-ended", ""),
			PAM_PERM_DENIED, 1, 0, "reason=session-ended"},
		{"not in time", ANY, &as_alice, &key_alone, REFUSE("unreachable", ""),
			PAM_AUTHINFO_UNAVAIL, 1, 1, "reason=unreachable"},
		{"no worker", ANY, &as_alice, &key_alone, ASKED_TO_RENEW "exit 1\n",
			PAM_PERM_DENIED, 1, 0, "reason=session-lost"},
		{"another user now", ANY, &as_alice, &key_alone,
			ANSWER(SAY_WHO "say claim=preferred_username=bob\n" SAY_TOKENS("2")),
			PAM_PERM_DENIED, 1, 1, "reason=user-mismatch"},
		{"policy", ANY "acr = high\n[service login]\naccount = session\n", &as_alice,
			&key_alone, REFUSE("acr", SAY_TOKENS("2")), PAM_PERM_DENIED, 1, 1,
			"reason=acr"},
		{"denied here", ANY "deny_users = alice\n[service login]\naccount = session\n",
			&as_alice, &key_alone, "exit 1\n", PAM_PERM_DENIED, 0, 1,
			"reason=user-denied"},
		{"a system user", ANY, NULL, &root_by_key, "exit 1\n", PAM_PERM_DENIED, 0, 0,
			"reason=user-system"},
		{"left out by name", ANY "ignore_users = root\n", NULL, &root_by_key, "exit 1\n",
			STAGE_IGNORED, 0, 0, "reason=not-ours"},
		{"left out by service", "[access]\nignore_services = sshd\n" ANY, NULL, &key_alone,
			"exit 1\n", STAGE_IGNORED, 0, 0, "reason=not-ours"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage *stage = *state;

		kept_configure(stage, rows[i].configuration);
		kept_asked_reset(stage);
		if (rows[i].first)
			kept_sign_in(stage, rows[i].first);
		stage_transcript(stage, rows[i].transcript);
		int code = ask(stage, rows[i].scene);
		bool told = stage->errors == 1;
		if (code != rows[i].code || kept_asked(stage) != rows[i].asked ||
			kept_count(stage) != rows[i].left || !stage_logged(rows[i].logged) ||
			told != (code != PAM_SUCCESS && code != STAGE_IGNORED))
			fail_msg("%s: %d, asked %zu times, %zu left, told %u\n%s", rows[i].what,
				code, kept_asked(stage), kept_count(stage), stage->errors,
				stage_log());
		kept_forget(stage);
	}
}

/* Where nothing can be known, nobody comes in. */
static void a_store_that_fails(void **state)
{
	struct stage *stage = *state;

	kept_configure(stage, ANY);
	assert_int_equal(mkdir(kept_path(stage, "store"), 0755), 0);
	assert_int_equal(chmod(kept_path(stage, "store"), 0777), 0);
	assert_int_equal(ask(stage, &key_alone), PAM_AUTHINFO_UNAVAIL);
	assert_true(stage_logged("reason=store"));
	assert_non_null(strstr(stage->shown, "Single sign-on is not available."));
}

static const struct scene sudo_of_alice = {.user = "alice", .service = "sudo", .ruser = "alice"};

/* Somebody signed in, and closed that login: their session stays, and nothing is bound to it. */
static void leave_session(struct stage *stage, const char *extra)
{
	kept_configure(stage, extra);
	kept_asked_reset(stage);
	kept_sign_in(stage, &as_alice);
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_count(stage), 1);
	stage_transcript(stage, RENEW);
}

/* It ends with the session, from its opening to its close; and lets nobody in. */
static void the_login_is_bound(void **state)
{
	struct stage *stage = *state;
	SESSION_AUTO(session);
	BINDING_AUTO(binding);

	leave_session(stage, ANY "[service sudo]\nreuse = 15m\n");
	assert_int_equal(ask(stage, &key_alone), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), BINDING_STANDING_EXPECTED);
	assert_int_equal(kept_state(stage, getppid()), BINDING_STANDING_EXPECTED);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getppid()), -1);
	assert_int_equal(kept_look(stage, &session), 1);
	assert_int_equal(kept_binding(stage, getpid(), &binding), 0);
	assert_int_equal(binding.state, BINDING_STANDING);
	assert_string_equal(binding.session, session.id);
	assert_string_equal(binding.user, "alice");

	stage_transcript(stage, ASKED);
	assert_int_equal(stage_authenticate(stage, &sudo_of_alice), PAM_ABORT);
	assert_int_equal(kept_asked(stage), 1);

	stage_start(stage, &key_alone);
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), -1);
	assert_int_equal(kept_count(stage), 1);
}

/* Where another module asked for a password, sshd's child asks about the account. */
static void sshd_opens_in_the_parent(void **state)
{
	struct stage *stage = *state;
	int status;

	leave_session(stage, ANY);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(ask(stage, &key_alone));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(kept_state(stage, getpid()), BINDING_STANDING_EXPECTED);
	stage_start(stage, &key_alone);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), BINDING_STANDING);
}

/* What an open login lets somebody in by stays, whatever is asked inside its process later. */
static void a_login_that_is_open_stays(void **state)
{
	struct stage *stage = *state;

	kept_configure(stage, ANY);
	kept_asked_reset(stage);
	kept_sign_in(stage, &as_alice);
	stage_transcript(stage, RENEW);
	assert_int_equal(ask(stage, &key_alone), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), BINDING_OPEN);
}

static void who_is_refused_is_not_bound(void **state)
{
	struct stage *stage = *state;

	leave_session(stage, ANY);
	stage_transcript(
		stage, ANSWER(SAY_WHO "say claim=preferred_username=bob\n" SAY_TOKENS("2")));
	assert_int_equal(ask(stage, &key_alone), PAM_PERM_DENIED);
	assert_int_equal(kept_state(stage, getpid()), -1);
	assert_int_equal(kept_state(stage, getppid()), -1);
}

/* A login is a login: the session is given back after the last of them. */
static void it_counts_as_a_login(void **state)
{
	struct stage *stage = *state;
	BINDINGS_AUTO(bindings);
	BINDING_AUTO(standing);
	struct process parent;

	kept_configure(stage, "close_session = revoke\n" ANY);
	kept_sign_in(stage, &as_alice);
	assert_int_equal(kept_binding(stage, getpid(), &standing), 0);
	assert_int_equal(process_look(getppid(), &parent, NULL), 0);
	standing.process = parent;
	standing.state = BINDING_STANDING;
	assert_int_equal(bindings_open(kept_path(stage, "store"), &bindings), 0);
	assert_int_equal(binding_put(&bindings, &standing), 0);
	stage_transcript(stage, "exit 1\n");
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_count(stage), 1);
	assert_true(stage_logged("step=kept"));
}

/* The person's token is that of a sign-in: none for a key alone, and none is kept for it. */
static void no_token_for_it(void **state)
{
	struct stage *stage = *state;
	BINDINGS_AUTO(bindings);
	BINDING_AUTO(standing);
	SESSION_AUTO(session);
	struct process parent;
	char name[64], extra[256];

	if (geteuid() != 0)
		skip(); /* the file becomes the person's */
	snprintf(extra, sizeof(extra), "access_token_file = yes\ntoken_directory = %s/tokens\n" ANY,
		stage->folder);
	leave_session(stage, extra);
	assert_int_equal(ask(stage, &key_alone), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), BINDING_STANDING);
	assert_null(pam_getenv(stage->pamh, "SSO_ACCESS_TOKEN_FILE"));
	kept_forget(stage);

	kept_configure(stage, extra);
	kept_sign_in(stage, &as_alice);
	assert_int_equal(kept_look(stage, &session), 1);
	snprintf(name, sizeof(name), "tokens/%s", session.id);
	assert_int_equal(access(kept_path(stage, name), F_OK), 0);
	assert_int_equal(kept_binding(stage, getpid(), &standing), 0);
	assert_int_equal(process_look(getppid(), &parent, NULL), 0);
	standing.process = parent;
	standing.state = BINDING_STANDING;
	assert_int_equal(bindings_open(kept_path(stage, "store"), &bindings), 0);
	assert_int_equal(binding_put(&bindings, &standing), 0);
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(access(kept_path(stage, name), F_OK), -1);
	assert_int_equal(kept_count(stage), 1);
}

/* Whom pam_sso let in itself is not asked about twice. */
static void let_in_by_us(void **state)
{
	struct stage *stage = *state;

	kept_configure(stage, ANY);
	kept_asked_reset(stage);
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &with_key), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_asked(stage), 0);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(let_in_by_another_module),
		TEST(a_store_that_fails),
		TEST(the_login_is_bound),
		TEST(sshd_opens_in_the_parent),
		TEST(a_login_that_is_open_stays),
		TEST(who_is_refused_is_not_bound),
		TEST(it_counts_as_a_login),
		TEST(no_token_for_it),
		TEST(let_in_by_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
