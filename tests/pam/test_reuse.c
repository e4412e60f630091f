/* Who signed in is not asked again: inside the login that it opened, and with the same ssh key. */
#include "kept.h"

static const struct scene as_alice = {.user = "alice"};
static const struct scene sudo_of_alice = {.user = "alice", .service = "sudo", .ruser = "alice"};
/* What bob runs inside alice's login, and what does not say who runs it. */
static const struct scene sudo_of_bob = {.user = "alice", .service = "sudo", .ruser = "bob"};
static const struct scene sudo_of_nobody = {.user = "alice", .service = "sudo"};
/* Nobody could be asked. */
static const struct scene silent = {
	.user = "alice", .service = "sudo", .ruser = "alice", .talk = TALK_MISSING, .tty = ""};
static const struct scene with_key = {SSHD_WITH("publickey " KEY_ONE "\n")};
static const struct scene with_another_key = {SSHD_WITH("publickey " KEY_TWO "\n")};
static const struct scene without_key = {SSHD_WITH("")};
static const struct scene with_two_keys = {
	SSHD_WITH("publickey " KEY_TWO "\npublickey " KEY_ONE "\n")};
static const struct scene with_a_hosts_key = {SSHD_WITH("hostbased " KEY_ONE "\n")};
static const struct scene key_without_sshd = {.user = "alice",
	.service = "sshd",
	.environment = {"SSH_AUTH_INFO_0=publickey " KEY_ONE "\n"}};

#define SUDO_REUSES "[service sudo]\nreuse = 15m\n"
#define SSHD_REUSES "[service sshd]\nreuse = 15m\nbind = ssh-key\n"

static void reused_without_a_word(void **state)
{
	struct stage *stage = *state;
	SESSION_AUTO(session);

	kept_configure(stage, SUDO_REUSES);
	kept_sign_in(stage, &as_alice);
	kept_asked_reset(stage);
	stage_transcript(stage, RENEW);
	assert_int_equal(stage_authenticate(stage, &silent), PAM_SUCCESS);
	assert_int_equal(stage->prompts + stage->texts + stage->errors, 0);
	assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_look(stage, &session), 1);
	assert_string_equal(secret_reveal(&session.refresh_token), "rt-2");
	assert_string_equal(secret_reveal(&session.access_token), "at-2");
	assert_int_equal(session.token_iat, 1002);
	assert_int_equal(session.renewals, 1);
	assert_true(strlist_has(&session.services, "sudo"));
	assert_int_equal(kept_asked(stage), 1);
	assert_true(stage_logged(session.id));
	assert_false(stage_logged("rt-"));
}

/* sudo ends with its own close; the login that let it in does not. */
static void what_was_let_in_is_not_bound(void **state)
{
	struct stage *stage = *state;
	BINDINGS_AUTO(bindings);
	BINDING_AUTO(binding);
	struct process parent;

	kept_configure(stage, SUDO_REUSES);
	kept_asked_reset(stage);
	kept_sign_in(stage, &as_alice);
	/* the login is the parent of this process, which is sudo now */
	assert_int_equal(process_look(getppid(), &parent, NULL), 0);
	assert_int_equal(kept_binding(stage, getpid(), &binding), 0);
	assert_int_equal(bindings_open(kept_path(stage, "store"), &bindings), 0);
	assert_int_equal(binding_remove(&bindings, &binding.process), 0);
	binding.process = parent;
	assert_int_equal(binding_put(&bindings, &binding), 0);

	stage_transcript(stage, RENEW);
	assert_int_equal(stage_authenticate(stage, &silent), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getpid()), -1);
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(kept_state(stage, getppid()), BINDING_OPEN);
	assert_int_equal(kept_count(stage), 1);
}

static void make_old(struct session *session)
{
	session->created -= 901;
}

static void make_new(struct session *session)
{
	session->created += 3600;
}

static void make_bobs(struct session *session)
{
	strcpy(session->user, "bob");
}

static void forget_flow(struct session *session)
{
	free(session->flow);
	session->flow = NULL;
}

static void make_it_by_code(struct session *session)
{
	free(session->flow);
	session->flow = strdup("code");
}

static void make_it_by_device(struct session *session)
{
	free(session->flow);
	session->flow = strdup("device");
}

static void make_another_issuers(struct session *session)
{
	session->iss[strlen(session->iss) - 1] = 'f';
}

static void make_another_clients(struct session *session)
{
	session->client_id[0]++;
}

static void move_login(struct binding *binding)
{
	binding->process.started++;
}

static void expect_login(struct binding *binding)
{
	binding->state = BINDING_EXPECTED;
}

static void stand_by_login(struct binding *binding)
{
	binding->state = BINDING_STANDING;
}

static void bind_bob(struct binding *binding)
{
	strcpy(binding->user, "bob");
}

static void bind_another(struct binding *binding)
{
	binding->session[0] = binding->session[0] == 'a' ? 'b' : 'a';
}

static void close_login(struct stage *stage)
{
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
}

static void the_flow_is_kept(void **state)
{
	struct stage *stage = *state;
	SESSION_AUTO(session);

	kept_configure(stage, "");
	stage_transcript(stage, APPROVE);
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_int_equal(kept_look(stage, &session), 1);
	assert_string_equal(session.flow, "device");
}

/* A forwarded link of the device flow may have opened the login. */
static void reused_by_the_flow_that_is_wanted(void **state)
{
	static const struct {
		void (*change)(struct session *session);
		bool reused;
	} rows[] = {{make_it_by_device, false}, {forget_flow, false}, {make_it_by_code, true}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage *stage = *state;
		char text[512];

		snprintf(text, sizeof(text),
			"redirect_uri = https://login.example/callback.html\n"
			"[session]\nkeep = yes\ndirectory = %s/store\n" SUDO_REUSES "flow = code\n",
			stage->folder);
		stage_configure(stage, text);
		kept_sign_in(stage, &as_alice);
		kept_change(stage, rows[i].change);
		kept_asked_reset(stage);
		stage_transcript(stage, rows[i].reused ? RENEW : ASKED);
		int status = stage_authenticate(stage, &sudo_of_alice);
		if ((status == PAM_SUCCESS) != rows[i].reused)
			fail_msg("row %zu: %s", i, stage_log());
		assert_int_equal(stage_logged("event=reuse"), rows[i].reused);
		kept_forget(stage);
	}
}

static void not_reused(void **state)
{
	static const struct {
		const char *what;
		const char *configuration;
		const struct scene *first, *scene;
		void (*change)(struct session *session);
		void (*rebind)(struct binding *binding);
		void (*act)(struct stage *stage);
	} rows[] = {
		{"a service that does not", SUDO_REUSES "[service login]\nreuse = off\n", &as_alice,
			.scene = &as_alice},
		{"no service does", "", &as_alice, .scene = &sudo_of_alice},
		{"too old", SUDO_REUSES, &as_alice, .scene = &sudo_of_alice, .change = make_old},
		{"from the future", SUDO_REUSES, &as_alice, .scene = &sudo_of_alice,
			.change = make_new},
		{"another user's", SUDO_REUSES, &as_alice, .scene = &sudo_of_alice,
			.change = make_bobs},
		{"another issuer's", SUDO_REUSES, &as_alice, .scene = &sudo_of_alice,
			.change = make_another_issuers},
		{"another client's", SUDO_REUSES, &as_alice, .scene = &sudo_of_alice,
			.change = make_another_clients},
		{"another process of that number", SUDO_REUSES, &as_alice, .scene = &sudo_of_alice,
			.rebind = move_login},
		{"no login yet", SUDO_REUSES, &as_alice, .scene = &sudo_of_alice,
			.rebind = expect_login},
		{"a login that another module let in", SUDO_REUSES, &as_alice,
			.scene = &sudo_of_alice, .rebind = stand_by_login},
		{"another user's login", SUDO_REUSES, &as_alice, .scene = &sudo_of_alice,
			.rebind = bind_bob},
		{"a session that is gone", SUDO_REUSES, &as_alice, .scene = &sudo_of_alice,
			.rebind = bind_another},
		{"no login any more", SUDO_REUSES "account = any\n", &as_alice,
			.scene = &sudo_of_alice, .act = close_login},
		{"asked for by another user", SUDO_REUSES, &as_alice, .scene = &sudo_of_bob},
		{"asked for by who knows", SUDO_REUSES, &as_alice, .scene = &sudo_of_nobody},
		{"a key, where a login counts", "[service sshd]\nreuse = 15m\n", &with_key,
			.scene = &with_key},
		{"a login, where a key counts", "reuse = 15m\nbind = ssh-key\n", &with_key,
			.scene = &sudo_of_alice},
		{"another key", SSHD_REUSES, &with_key, .scene = &with_another_key},
		{"another key first", SSHD_REUSES, &with_key, .scene = &with_two_keys},
		{"no key", SSHD_REUSES, &with_key, .scene = &without_key},
		{"no key in both", SSHD_REUSES, &without_key, .scene = &without_key},
		{"a host's key", SSHD_REUSES, &with_key, .scene = &with_a_hosts_key},
		{"a key that sshd did not verify", SSHD_REUSES, &with_key,
			.scene = &key_without_sshd},
		{"too old, by key", SSHD_REUSES, &with_key, .scene = &with_key, .change = make_old},
		{"another user's, by key", SSHD_REUSES, &with_key, .scene = &with_key,
			.change = make_bobs},
		{"another issuer's, by key", SSHD_REUSES, &with_key, .scene = &with_key,
			.change = make_another_issuers},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage *stage = *state;

		kept_configure(stage, rows[i].configuration);
		kept_sign_in(stage, rows[i].first);
		if (rows[i].change)
			kept_change(stage, rows[i].change);
		if (rows[i].rebind)
			kept_rebind(stage, rows[i].rebind);
		if (rows[i].act)
			rows[i].act(stage);
		stage_transcript(stage, ASKED);
		stage_authenticate(stage, rows[i].scene);
		if (stage_logged("event=reuse") || !stage_logged("reason=access-denied"))
			fail_msg("%s\n%s", rows[i].what, stage_log());
		kept_forget(stage);
	}
}

/* What the provider says, what comes of the session, and what the log has. The person is asked in each
 * case, and by a worker that is not there for that: the transcript is for a renewal. */
static void not_good_enough(void **state)
{
	static const struct {
		const char *transcript;
		const char *token; /* of the session, or NULL: it is gone */
		const char *logged;
	} rows[] = {
		{REFUSE("session-ended", ""), NULL, "reason=session-ended"},
		{REFUSE("unreachable", ""), "rt-1", "reason=unreachable"},
		{REFUSE("max-age", SAY_TOKENS("2")), "rt-2", "reason=max-age"},
		{REFUSE("token-signature", "say refresh_token=rt-2\n"), "rt-2",
			"reason=token-signature"},
		/* a regular end, and nothing was sent */
		{ASKED_TO_RENEW SAY_REASON("unreachable") "exit 0\n", "rt-1", "reason=unreachable"},
		/* nobody knows what was sent */
		{ASKED_TO_RENEW "exit 1\n", NULL, "reason=session-lost"},
		/* about somebody else: the token is spent all the same */
		{ANSWER("say reason=ok\nsay iss=" STAGE_ISSUER
			"\nsay sub=another\n" SAY_TOKENS("2")),
			"rt-2", "about another subject"},
		/* not this user's any more */
		{ANSWER(SAY_WHO "say claim=preferred_username=bob\n" SAY_TOKENS("2")), "rt-2",
			"reason=user-mismatch"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage *stage = *state;
		SESSION_AUTO(session);

		kept_configure(stage, SUDO_REUSES);
		kept_asked_reset(stage);
		kept_sign_in(stage, &as_alice);
		stage_transcript(stage, rows[i].transcript);
		assert_int_not_equal(stage_authenticate(stage, &sudo_of_alice), PAM_SUCCESS);
		size_t n = kept_look(stage, &session);
		const char *token = n ? secret_reveal(&session.refresh_token) : NULL;
		if (!stage_logged(rows[i].logged) || !token != !rows[i].token ||
			(token && strcmp(token, rows[i].token) != 0))
			fail_msg("row %zu: token %s\n%s", i, token, stage_log());
		kept_forget(stage);
	}
}

static void verify_long_ago(struct session *session)
{
	session->verified -= 61;
}

/* Younger than `recheck`, the provider's word is not asked for; the policy is held against it. */
static void a_word_that_is_young(void **state)
{
	static const struct {
		const char *configuration; /* of the service */
		void (*change)(struct session *session);
		size_t asked;
	} rows[] = {
		{"verify = cached\n", NULL, 0},
		{"verify = cached\n", verify_long_ago, 1},
		{"verify = cached\nrecheck = 2m\n", verify_long_ago, 0},
		{"verify = always\n", NULL, 1},
		{"", NULL, 1},
		/* what was said before does not tell */
		{"verify = cached\nacr = high\n", NULL, 1},
		{"verify = cached\nmax_age = 1h\n", NULL, 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage *stage = *state;
		char configuration[256];

		snprintf(configuration, sizeof(configuration),
			SUDO_REUSES "%s[service login]\nreuse = off\n", rows[i].configuration);
		kept_configure(stage, configuration);
		kept_asked_reset(stage);
		kept_sign_in(stage, &as_alice);
		if (rows[i].change)
			kept_change(stage, rows[i].change);
		stage_transcript(stage, RENEW);
		assert_int_equal(stage_authenticate(stage, &silent), PAM_SUCCESS);
		if (kept_asked(stage) != rows[i].asked)
			fail_msg("row %zu: asked %zu times\n%s", i, kept_asked(stage), stage_log());
		kept_forget(stage);
	}
}

/* A second login by the same key, while the first is open and after it closed. */
static void the_same_key(void **state)
{
	for (int closed = 0; closed <= 1; closed++) {
		struct stage *stage = *state;
		SESSION_AUTO(session);

		kept_configure(stage, SSHD_REUSES);
		kept_asked_reset(stage);
		kept_sign_in(stage, &with_key);
		if (closed)
			close_login(stage);
		stage_transcript(stage, RENEW);
		assert_int_equal(stage_authenticate(stage, &with_key), PAM_SUCCESS);
		assert_int_equal(stage->prompts + stage->texts + stage->errors, 0);
		assert_int_equal(kept_asked(stage), 1);
		/* it is a login of the session too */
		assert_int_equal(kept_state(stage, getpid()), BINDING_EXPECTED);
		assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
		assert_int_equal(kept_state(stage, getpid()), BINDING_OPEN);
		assert_int_equal(kept_look(stage, &session), 1);
		assert_string_equal(secret_reveal(&session.refresh_token), "rt-2");
		kept_forget(stage);
	}
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(reused_without_a_word),
		TEST(the_flow_is_kept),
		TEST(reused_by_the_flow_that_is_wanted),
		TEST(what_was_let_in_is_not_bound),
		TEST(not_reused),
		TEST(not_good_enough),
		TEST(a_word_that_is_young),
		TEST(the_same_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
