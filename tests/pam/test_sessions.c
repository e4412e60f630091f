/* A sign-in that is kept, and what may come in by it later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "stage.h"
#include "store.h"

static const struct scene as_alice = {.user = "alice"};
static const struct scene sudo_of_alice = {.user = "alice", .service = "sudo", .ruser = "alice"};
/* What bob runs inside alice's login, and what does not say who runs it. */
static const struct scene sudo_of_bob = {.user = "alice", .service = "sudo", .ruser = "bob"};
static const struct scene sudo_of_nobody = {.user = "alice", .service = "sudo"};

#define SAY_TOKENS(N)                                                                              \
	"say access_token=at-" N "\nsay access_expires_in=300\nsay refresh_token=rt-" N            \
	"\nsay token_iat=100" N "\n"
#define SIGN_IN                                                                                    \
	"request\nexpect job=login\nexpect tokens=yes\n" SAY_RESULT(                               \
		SAY_WHO "say claim=preferred_username=alice\n" SAY_TOKENS("1")) "exit 42\n"
/* A worker that is asked to renew with the token of the sign-in. */
#define ASKED_TO_RENEW                                                                             \
	"request\nexpect job=refresh\nexpect refresh_token=rt-1\nexpect sub=248289761001\n"        \
	"expect auth_time=-1\nexpect token_iat=1001\n"
#define RENEW                                                                                      \
	ASKED_TO_RENEW SAY_RESULT(                                                                 \
		SAY_WHO "say claim=preferred_username=alice\n" SAY_TOKENS("2")) "exit 42\n"
#define REFUSE(REASON, FIELDS)                                                                     \
	ASKED_TO_RENEW SAY_RESULT("say reason=" REASON "\n" FIELDS) "exit 0\n"

static void configure(struct stage *stage, const char *extra)
{
	char text[1024];

	snprintf(text, sizeof(text), "[session]\nkeep = yes\ndirectory = %s/store\n%s",
		stage->folder, extra);
	stage_configure(stage, text);
}

static void configure_reuse(struct stage *stage)
{
	configure(stage, "[service sudo]\nreuse = 15m\n");
}

static void open_store(const struct stage *stage, struct store *ret)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/store", stage->folder);
	assert_int_equal(store_open(path, ret), 0);
}

/* How many sessions there are; the first is *ret. */
static size_t look(const struct stage *stage, struct session *ret)
{
	STORE_AUTO(store);
	STRLIST_AUTO(ids);

	session_free(ret);
	open_store(stage, &store);
	assert_int_equal(store_list(&store, &ids), 0);
	if (ids.n > 0)
		assert_int_equal(store_get(&store, ids.items[0], clock_wall_s(), ret), 0);
	return ids.n;
}

static size_t count(const struct stage *stage)
{
	SESSION_AUTO(session);

	return look(stage, &session);
}

/* Changes the one session that there is. */
static void rewrite(const struct stage *stage, void (*change)(struct session *session))
{
	STORE_AUTO(store);
	SESSION_AUTO(session);

	assert_int_equal(look(stage, &session), 1);
	change(&session);
	open_store(stage, &store);
	assert_int_equal(store_put(&store, &session), 0);
}

/* Alice signs in, and her login opens. */
static void sign_in(struct stage *stage)
{
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
}

static void nothing_is_kept_unless_asked_for(void **state)
{
	struct stage *stage = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/store", stage->folder);
	stage_transcript(stage, "request\nexpect tokens=no\n" SAY_OK("alice") "exit 42\n");
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_session_lives_as_long_as_its_login(void **state)
{
	struct stage *stage = *state;
	SESSION_AUTO(session);

	configure(stage, "");
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_int_equal(look(stage, &session), 1);
	assert_string_equal(session.user, "alice");
	assert_string_equal(session.service, "login");
	assert_string_equal(session.iss, STAGE_ISSUER);
	assert_string_equal(session.sub, "248289761001");
	assert_string_equal(secret_reveal(&session.refresh_token), "rt-1");
	assert_string_equal(secret_reveal(&session.access_token), "at-1");
	assert_int_equal(session.access_ends, session.created + 300);
	assert_int_equal(session.ends, session.created + 12 * 3600);
	assert_int_equal(session.token_iat, 1001);
	assert_int_equal(session.opener.pid, getpid());
	assert_int_equal(session.n_logins, 0);

	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(look(stage, &session), 1);
	assert_int_equal(session.opener.pid, 0);
	assert_int_equal(session.n_logins, 1);
	assert_int_equal(session.logins[0].pid, getpid());

	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(look(stage, &session), 0);
	assert_false(stage_logged("rt-1"));
	assert_false(stage_logged("at-1"));
}

static void sshd_opens_in_the_parent(void **state)
{
	static const struct scene scene = {.service = "sshd",
		.tty = "ssh",
		.rhost = "192.0.2.10",
		.environment = {"SSH_CONNECTION=192.0.2.10 40000 192.0.2.1 22"}};
	struct stage *stage = *state;
	SESSION_AUTO(session);

	configure(stage, "");
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_SUCCESS);
	assert_int_equal(look(stage, &session), 1);
	assert_int_equal(session.opener.pid, getppid());
	assert_string_equal(session.rhost, "192.0.2.10");
	/* which this process is not */
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(look(stage, &session), 1);
	assert_int_equal(session.n_logins, 0);
}

static void a_refused_sign_in_leaves_nothing(void **state)
{
	struct stage *stage = *state;

	configure(stage, "");
	stage_transcript(stage, APPROVE_AS("bob"));
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_PERM_DENIED);
	assert_int_equal(count(stage), 0);
}

static void another_users_login_is_not_bound(void **state)
{
	static const struct scene as_bob = {.user = "bob"};
	struct stage *stage = *state;
	SESSION_AUTO(session);

	configure(stage, "");
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	stage_start(stage, &as_bob);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(look(stage, &session), 1);
	assert_int_equal(session.n_logins, 0);
}

/* As sudo does it: asks about its caller, and opens the session of another. */
static void the_target_of_sudo_is_another_user(void **state)
{
	struct stage *stage = *state;
	SESSION_AUTO(session);

	configure(stage, "");
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &sudo_of_alice), PAM_SUCCESS);
	assert_int_equal(pam_set_item(stage->pamh, PAM_USER, "root"), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(look(stage, &session), 1);
	assert_int_equal(session.n_logins, 1);
}

/* A store that fails neither lets in nor keeps out. */
static void a_store_that_fails(void **state)
{
	struct stage *stage = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/store", stage->folder);
	configure_reuse(stage);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(chmod(path, 0777), 0);
	stage_transcript(stage, SIGN_IN);
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_true(stage_logged("event=session user=alice service=login tty=tty1 step=stored"));
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(stage_authenticate(stage, &sudo_of_alice), PAM_SUCCESS);
	assert_true(stage_logged("reason=internal"));
}

static void reused_without_a_word(void **state)
{
	static const struct scene silent = {.user = "alice",
		.service = "sudo",
		.ruser = "alice",
		.talk = TALK_MISSING,
		.tty = ""};
	struct stage *stage = *state;
	SESSION_AUTO(session);

	configure_reuse(stage);
	sign_in(stage);
	stage_transcript(stage, RENEW);
	assert_int_equal(stage_authenticate(stage, &silent), PAM_SUCCESS);
	assert_int_equal(stage->prompts + stage->texts + stage->errors, 0);
	assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(look(stage, &session), 1);
	assert_string_equal(secret_reveal(&session.refresh_token), "rt-2");
	assert_string_equal(secret_reveal(&session.access_token), "at-2");
	assert_int_equal(session.token_iat, 1002);
	assert_true(stage_logged(session.id));
	assert_false(stage_logged("rt-"));
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

static void make_another_issuers(struct session *session)
{
	session->iss[strlen(session->iss) - 1] = 'f';
}

static void move_login(struct session *session)
{
	session->logins[0].started++;
}

static void close_logins(struct session *session)
{
	session->n_logins = 0;
}

static void not_reused(void **state)
{
	static const struct {
		const char *what;
		void (*change)(struct session *session);
		const char *configuration;
		const struct scene *scene;
	} rows[] = {
		{"a service that does not", NULL, "[service sudo]\nreuse = 15m\n", &as_alice},
		{"no service does", NULL, "", &sudo_of_alice},
		{"too old", make_old, "[service sudo]\nreuse = 15m\n", &sudo_of_alice},
		{"from the future", make_new, "[service sudo]\nreuse = 15m\n", &sudo_of_alice},
		{"another user's", make_bobs, "[service sudo]\nreuse = 15m\n", &sudo_of_alice},
		{"another issuer's", make_another_issuers, "[service sudo]\nreuse = 15m\n",
			&sudo_of_alice},
		{"another process of that number", move_login, "[service sudo]\nreuse = 15m\n",
			&sudo_of_alice},
		{"asked for by another user", NULL, "[service sudo]\nreuse = 15m\n", &sudo_of_bob},
		{"asked for by who knows", NULL, "[service sudo]\nreuse = 15m\n", &sudo_of_nobody},
		{"no login", close_logins, "[service sudo]\nreuse = 15m\n", &sudo_of_alice},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage *stage = *state;

		configure(stage, rows[i].configuration);
		/* as_alice stands for a service without a section: it has the strictest */
		sign_in(stage);
		if (rows[i].change)
			rewrite(stage, rows[i].change);
		stage_transcript(stage,
			"request\nexpect job=login\n" SAY_REASON("access-denied") "exit 0\n");
		if (rows[i].scene == &as_alice)
			configure(stage, "[service sudo]\nreuse = 15m\n[service login]\n"
					 "reuse = off\n");
		stage_authenticate(stage, rows[i].scene);
		if (stage_logged("event=reuse") || !stage_logged("reason=access-denied"))
			fail_msg("%s\n%s", rows[i].what, stage_log());
		char command[128];
		snprintf(command, sizeof(command), "rm -r %s/store", stage->folder);
		assert_int_equal(system(command), 0);
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
		{"request\nexit 1\n", "rt-1", "reason=worker"},
		{SAY_PROMPT "exit 0\n", "rt-1", "prompted where nobody is asked"},
		/* about somebody else: the token is spent all the same */
		{ASKED_TO_RENEW SAY_RESULT("say reason=ok\nsay iss=" STAGE_ISSUER
					   "\nsay sub=another\n" SAY_TOKENS("2")) "exit 42\n",
			"rt-2", "about another subject"},
		/* not this user's any more */
		{ASKED_TO_RENEW SAY_RESULT(
			 SAY_WHO "say claim=preferred_username=bob\n" SAY_TOKENS("2")) "exit 42\n",
			"rt-2", "reason=user-mismatch"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage *stage = *state;
		SESSION_AUTO(session);

		configure_reuse(stage);
		sign_in(stage);
		stage_transcript(stage, rows[i].transcript);
		assert_int_not_equal(stage_authenticate(stage, &sudo_of_alice), PAM_SUCCESS);
		size_t n = look(stage, &session);
		const char *token = n ? secret_reveal(&session.refresh_token) : NULL;
		if (!stage_logged(rows[i].logged) || !token != !rows[i].token ||
			(token && strcmp(token, rows[i].token) != 0))
			fail_msg("row %zu: token %s\n%s", i, token, stage_log());
		char command[128];
		snprintf(command, sizeof(command), "rm -r %s/store", stage->folder);
		assert_int_equal(system(command), 0);
	}
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_kept_unless_asked_for),
		TEST(a_session_lives_as_long_as_its_login),
		TEST(sshd_opens_in_the_parent),
		TEST(a_refused_sign_in_leaves_nothing),
		TEST(another_users_login_is_not_bound),
		TEST(the_target_of_sudo_is_another_user),
		TEST(a_store_that_fails),
		TEST(reused_without_a_word),
		TEST(not_reused),
		TEST(not_good_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
