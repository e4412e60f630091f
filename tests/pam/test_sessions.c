/* A sign-in that is kept, from there to the close of its last login. */
#include "kept.h"

static const struct scene as_alice = {.user = "alice"};
static const struct scene sudo_of_alice = {.user = "alice", .service = "sudo", .ruser = "alice"};
static const struct scene by_ssh = {SSHD_WITH("")};
static const struct scene by_key = {SSHD_WITH("publickey " KEY_ONE "\n")};

static void nothing_is_kept_unless_asked_for(void **state)
{
	struct stage *stage = *state;

	stage_transcript(stage, "request\nexpect tokens=no\n" SAY_OK("alice") "exit 42\n");
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(access(kept_path(stage, "store"), F_OK), -1);
}

static void a_session_lives_as_long_as_its_login(void **state)
{
	struct stage *stage = *state;
	SESSION_AUTO(session);
	BINDING_AUTO(binding);
	char name[256] = "";

	kept_configure(stage, "");
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_int_equal(kept_look(stage, &session), 1);
	assert_string_equal(session.user, "alice");
	assert_int_equal(session.services.n, 1);
	assert_string_equal(session.services.items[0], "login");
	assert_int_equal(gethostname(name, sizeof(name) - 1), 0);
	assert_string_equal(session.host, name);
	assert_null(session.ssh_key);
	assert_string_equal(session.iss, STAGE_ISSUER);
	assert_string_equal(session.sub, "248289761001");
	assert_string_equal(secret_reveal(&session.refresh_token), "rt-1");
	assert_string_equal(secret_reveal(&session.access_token), "at-1");
	assert_int_equal(session.access_ends, session.created + 300);
	assert_int_equal(session.ends, session.created + 12 * 3600);
	assert_int_equal(session.token_iat, 1001);
	assert_int_equal(session.renewals, 0);
	assert_true(strlist_has(&session.facts, "claim=preferred_username=alice"));
	assert_int_equal(kept_state(stage, getpid()), BINDING_EXPECTED);

	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_binding(stage, getpid(), &binding), 0);
	assert_int_equal(binding.state, BINDING_OPEN);
	assert_string_equal(binding.session, session.id);
	assert_string_equal(binding.user, "alice");
	assert_string_equal(binding.service, "login");

	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_count(stage), 0);
	assert_int_equal(kept_state(stage, getpid()), -1);
	assert_true(stage_logged("step=removed"));
	assert_false(stage_logged("rt-1"));
	assert_false(stage_logged("at-1"));
}

/* Runs authentication in a child, as sshd does, and returns what it came to. */
static int authenticate_in_a_child(struct stage *stage, const struct scene *scene)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(stage_authenticate(stage, scene));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void sshd_opens_in_the_parent(void **state)
{
	struct stage *stage = *state;
	SESSION_AUTO(session);

	kept_configure(stage, "");
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(authenticate_in_a_child(stage, &by_key), PAM_SUCCESS);
	assert_int_equal(kept_look(stage, &session), 1);
	assert_string_equal(session.rhost, "192.0.2.10");
	assert_string_equal(session.ssh_key, KEY_ONE);
	assert_int_equal(kept_state(stage, getpid()), BINDING_EXPECTED);

	stage_start(stage, &by_key);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), BINDING_OPEN);
	/* An ssh key leads to it: it stays, up to its lifetime. */
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), -1);
	assert_int_equal(kept_count(stage), 1);
	assert_true(stage_logged("step=kept"));
}

/* A monitor that takes the password itself, and whose parent listens for everybody. */
static void sshd_that_authenticates_itself(void **state)
{
	struct stage *stage = *state;

	kept_configure(stage, "");
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &by_ssh), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), BINDING_EXPECTED);
	assert_int_equal(kept_state(stage, getppid()), BINDING_EXPECTED);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), BINDING_OPEN);
	assert_int_equal(kept_state(stage, getppid()), -1);
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_count(stage), 0);
}

static void a_key_is_sshds_to_tell(void **state)
{
	static const struct scene rows[] = {
		{.environment = {"SSH_AUTH_INFO_0=publickey " KEY_ONE "\n"}},
		{.tty = "ssh", .environment = {"SSH_AUTH_INFO_0=publickey " KEY_ONE "\n"}},
		{SSHD_WITH("hostbased " KEY_ONE "\n")},
		{SSHD_WITH("password\n")},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage *stage = *state;
		SESSION_AUTO(session);

		kept_configure(stage, "");
		stage_transcript(stage, SIGN_IN);
		assert_int_equal(stage_authenticate(stage, &rows[i]), PAM_SUCCESS);
		assert_int_equal(kept_look(stage, &session), 1);
		assert_null(session.ssh_key);
		kept_forget(stage);
	}
}

static void a_refused_sign_in_leaves_nothing(void **state)
{
	struct stage *stage = *state;

	kept_configure(stage, "");
	stage_transcript(stage, APPROVE_AS("bob"));
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_PERM_DENIED);
	assert_int_equal(kept_count(stage), 0);
	assert_int_equal(kept_state(stage, getpid()), -1);
}

static void another_users_login_is_not_bound(void **state)
{
	static const struct scene as_bob = {.user = "bob"};
	struct stage *stage = *state;

	kept_configure(stage, "");
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	stage_start(stage, &as_bob);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), BINDING_EXPECTED);
}

static void expect_long_ago(struct binding *binding)
{
	binding->since -= BINDING_EXPECT + 1;
}

static void what_was_expected_runs_out(void **state)
{
	struct stage *stage = *state;

	kept_configure(stage, "");
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	kept_rebind(stage, expect_long_ago);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), BINDING_EXPECTED);
}

/* As sudo does it: asks about its caller, and opens the session of another. */
static void the_target_of_sudo_is_another_user(void **state)
{
	struct stage *stage = *state;

	kept_configure_token(stage);
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &sudo_of_alice), PAM_SUCCESS);
	assert_int_equal(pam_set_item(stage->pamh, PAM_USER, "root"), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), BINDING_OPEN);
	assert_null(pam_getenv(stage->pamh, "SSO_ACCESS_TOKEN_FILE"));
}

/* A store that fails neither lets in nor keeps out. */
static void a_store_that_fails(void **state)
{
	struct stage *stage = *state;

	kept_configure(stage, "[service sudo]\nreuse = 15m\n");
	assert_int_equal(mkdir(kept_path(stage, "store"), 0755), 0);
	assert_int_equal(chmod(kept_path(stage, "store"), 0777), 0);
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_true(stage_logged("event=session user=alice service=login tty=tty1 step=stored"));
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(stage_authenticate(stage, &sudo_of_alice), PAM_SUCCESS);
	assert_true(stage_logged("reason=store"));
}

/* The session goes with the last of the logins that it stands behind, which need not be the one that
 * it came from. */
static void the_last_login_counts(void **state)
{
	struct stage *stage = *state;
	BINDINGS_AUTO(bindings);
	BINDING_AUTO(other);
	struct process parent;

	kept_configure(stage, "");
	kept_sign_in(stage, &as_alice);
	assert_int_equal(kept_binding(stage, getpid(), &other), 0);
	assert_int_equal(process_look(getppid(), &parent, NULL), 0);
	other.process = parent;
	assert_int_equal(bindings_open(kept_path(stage, "store"), &bindings), 0);
	assert_int_equal(binding_put(&bindings, &other), 0);
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_count(stage), 1);

	/* A process that is gone holds no login, and its binding goes. */
	kept_sign_in(stage, &as_alice);
	assert_int_equal(binding_remove(&bindings, &parent), 0);
	binding_free(&other);
	assert_int_equal(kept_binding(stage, getpid(), &other), 0);
	other.process.started--;
	assert_int_equal(binding_put(&bindings, &other), 0);
	struct process gone = other.process;
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_count(stage), 1); /* the first one's */
	binding_free(&other);
	other = (struct binding){0};
	assert_int_equal(binding_get(&bindings, &gone, &other), -ENOENT);
}

static void move_to_another_machine(struct session *session)
{
	session->host[0] = session->host[0] == 'x' ? 'y' : 'x';
}

static void lose_refresh_token(struct session *session)
{
	secret_free(&session->refresh_token);
}

#define REVOKE(END) "request\nexpect job=revoke\nexpect refresh_token=rt-1\nnote asked\n" END

static void closed_for_good(void **state)
{
	static const struct {
		const char *configuration;
		const struct scene *scene;
		void (*change)(struct session *session);
		const char *transcript;
		size_t asked, left;
		const char *logged;
	} rows[] = {
		{"", &as_alice, NULL, "exit 1\n", 0, 0, "step=removed"},
		{"", &by_key, NULL, "exit 1\n", 0, 1, "step=kept"},
		{"account = any\n", &as_alice, NULL, "exit 1\n", 0, 1, "step=kept"},
		/* of another service, and this one has its own section */
		{"[service sshd]\naccount = any\n[service login]\naccount = session\n", &as_alice,
			NULL, "exit 1\n", 0, 1, "step=kept"},
		{"close_session = revoke\n", &as_alice, NULL,
			REVOKE(SAY_RESULT("say reason=ok\n") "exit 42\n"), 1, 0, "step=revoked"},
		{"close_session = revoke\naccount = any\n", &by_key, NULL,
			REVOKE(SAY_RESULT("say reason=ok\n") "exit 42\n"), 1, 0, "step=revoked"},
		/* what was closed stays closed, and the log has that the provider does not know */
		{"close_session = revoke\n", &as_alice, NULL,
			REVOKE(SAY_REASON("unreachable") "exit 0\n"), 1, 0, "reason=unreachable"},
		{"close_session = revoke\n", &as_alice, NULL, REVOKE("linger\n"), 1, 0,
			"reason=worker"},
		{"close_session = revoke\n", &as_alice, lose_refresh_token, "exit 1\n", 0, 0,
			"step=revoked"},
		/* the person signed in elsewhere, and may be there still */
		{"close_session = revoke\n", &by_key, move_to_another_machine, "exit 1\n", 0, 1,
			"step=kept"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage *stage = *state;

		kept_configure(stage, rows[i].configuration);
		kept_asked_reset(stage);
		kept_sign_in(stage, rows[i].scene);
		if (rows[i].change)
			kept_change(stage, rows[i].change);
		stage_transcript(stage, rows[i].transcript);
		assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
		if (kept_count(stage) != rows[i].left || kept_asked(stage) != rows[i].asked ||
			!stage_logged(rows[i].logged) || kept_state(stage, getpid()) != -1)
			fail_msg("row %zu: %zu left, asked %zu times\n%s", i, kept_count(stage),
				kept_asked(stage), stage_log());
		kept_forget(stage);
	}
}

/* Closes the only login of a session whose lock somebody else has. */
static void close_while_locked(struct stage *stage, const char *configuration)
{
	STORE_AUTO(store);
	SESSION_AUTO(session);
	struct store_lock lock;

	kept_configure(stage, configuration);
	kept_sign_in(stage, &as_alice);
	assert_int_equal(kept_look(stage, &session), 1);
	kept_open(stage, &store);
	assert_int_equal(store_lock(&store, session.id, clock_monotonic_ms() + 1000, &lock), 0);
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	store_unlock(&store, &lock);
}

/* Who logs out does not wait for who has the session's lock. */
static void a_lock_that_is_held(void **state)
{
	struct stage *stage = *state;

	close_while_locked(stage, "");
	assert_int_equal(kept_state(stage, getpid()), -1);
	assert_int_equal(kept_count(stage), 1);
	assert_true(stage_logged("step=undecided"));
	assert_true(stage_logged("somebody else is renewing or ending it"));
	assert_false(stage_logged("step=kept") || stage_logged("timed out"));
}

/* What could not be revoked is found by who tidies up: it lets nobody in meanwhile. */
static void a_close_that_could_not_be_done(void **state)
{
	struct stage *stage = *state;

	close_while_locked(stage, "close_session = revoke\n");
	assert_int_equal(kept_state(stage, getpid()), BINDING_CLOSED);
}

/* The token of the login's own person, named by the one variable that is set. */
static void the_persons_token(void **state)
{
	struct stage *stage = *state;
	SESSION_AUTO(session);
	char path[160], token[64] = "";

	if (geteuid() != 0)
		skip(); /* the file becomes the person's */
	kept_configure(stage, "");
	kept_sign_in(stage, &as_alice);
	assert_null(pam_getenv(stage->pamh, "SSO_ACCESS_TOKEN_FILE"));
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);

	kept_configure_token(stage);
	kept_sign_in(stage, &as_alice);
	assert_int_equal(kept_look(stage, &session), 1);
	snprintf(path, sizeof(path), "%s/tokens/%s", stage->folder, session.id);
	assert_string_equal(pam_getenv(stage->pamh, "SSO_ACCESS_TOKEN_FILE"), path);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(token, sizeof(token), file));
	fclose(file);
	assert_string_equal(token, "at-1\n");
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_kept_unless_asked_for),
		TEST(a_session_lives_as_long_as_its_login),
		TEST(sshd_opens_in_the_parent),
		TEST(sshd_that_authenticates_itself),
		TEST(a_key_is_sshds_to_tell),
		TEST(a_refused_sign_in_leaves_nothing),
		TEST(another_users_login_is_not_bound),
		TEST(what_was_expected_runs_out),
		TEST(the_target_of_sudo_is_another_user),
		TEST(a_store_that_fails),
		TEST(the_last_login_counts),
		TEST(closed_for_good),
		TEST(a_lock_that_is_held),
		TEST(a_close_that_could_not_be_done),
		TEST(the_persons_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
