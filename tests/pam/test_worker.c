/* What the worker says, and what comes of it: honest refusals, accidents and lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stage.h"

struct play {
	const char *transcript;
	int code;
	const char *logged;
};

static void run(struct stage *stage, const struct play *plays, size_t n)
{
	static const struct scene scene = {.talk = TALK_ENTER};

	for (size_t i = 0; i < n; i++) {
		stage_transcript(stage, plays[i].transcript);
		if (stage_authenticate(stage, &scene) != plays[i].code ||
			!stage_logged(plays[i].logged))
			fail_msg("row %zu: code %d, wanted %d and \"%s\"\n%s\nlog:\n%s", i,
				stage->code, plays[i].code, plays[i].logged, plays[i].transcript,
				stage_log());
		/* a detail may be the provider's own words */
		assert_null(strstr(stage->shown, "told"));
	}
}

#define RUN(STATE, PLAYS) run(*(STATE), (PLAYS), sizeof(PLAYS) / sizeof((PLAYS)[0]))

static void approved(void **state)
{
	static const struct play plays[] = {
		{APPROVE, PAM_SUCCESS, "event=verdict user=alice service=login tty=tty1 reason=ok"},
		/* the IdP may answer before anything was shown, as a session that is reused will */
		{"request\n" SAY_OK("alice") "exit 42\n", PAM_SUCCESS, "reason=ok"},
		{SAY_PROMPT "sleep 300\n" SAY_OK("alice") "exit 42\n", PAM_SUCCESS, "reason=ok"},
	};

	RUN(state, plays);
}

static void refused(void **state)
{
	static const struct play plays[] = {
		{SAY_PROMPT SAY_REASON("access-denied") "exit 0\n", PAM_PERM_DENIED,
			"reason=access-denied"},
		{SAY_PROMPT SAY_REASON("expired") "exit 0\n", PAM_AUTH_ERR, "reason=expired"},
		{SAY_PROMPT SAY_REASON("token-signature") "exit 0\n", PAM_PERM_DENIED,
			"detail=told"},
		{"request\n" SAY_REASON("unreachable") "exit 0\n", PAM_AUTHINFO_UNAVAIL,
			"reason=unreachable"},
		{"request\n" SAY_REASON("tls") "exit 0\n", PAM_AUTHINFO_UNAVAIL, "reason=tls"},
		{"request\n" SAY_REASON("sandbox") "exit 0\n", PAM_AUTHINFO_UNAVAIL,
			"reason=sandbox"},
	};

	RUN(state, plays);
}

static void accidents(void **state)
{
	static const struct play plays[] = {
		{"exit 0\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{"request\nexit 0\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{"request\nexit 42\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{"request\nexit 1\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{"request\nkill 9\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{"request\nkill 11\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{"kill 15\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{"request\nclose\nsleep 60000\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{SAY_PROMPT "exit 0\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{SAY_PROMPT "kill 9\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{SAY_PROMPT SAY_OK("alice") "kill 9\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{SAY_PROMPT SAY_OK("alice") "exit 1\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{SAY_PROMPT SAY_OK("alice") "exit 0\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{SAY_PROMPT SAY_REASON("expired") "exit 42\n", PAM_AUTHINFO_UNAVAIL,
			"reason=worker"},
		{SAY_PROMPT "say event=result\nsay reason=ok\nexit 42\n", PAM_AUTHINFO_UNAVAIL,
			"reason=worker"},
		{SAY_PROMPT "say event=result\nraw reason=o\nexit 42\n", PAM_AUTHINFO_UNAVAIL,
			"reason=worker"},
	};

	RUN(state, plays);
}

#define PROMPT_URI(URI)                                                                            \
	"request\nsay event=prompt\nsay verification_uri=" URI                                     \
	"\nsay user_code=A\nsay expires_in=9\nsay\n"

static void lies(void **state)
{
	static const struct play plays[] = {
		/* ok, but nobody in it */
		{SAY_PROMPT SAY_RESULT("say reason=ok\n") "exit 42\n", PAM_AUTHINFO_UNAVAIL,
			"reason=worker"},
		{SAY_PROMPT SAY_RESULT(SAY_WHO) "exit 42\n", PAM_PERM_DENIED,
			"reason=claim-missing"},
		{SAY_PROMPT SAY_RESULT("say reason=ok\nsay iss=https://other.example\nsay sub=1\n"
				       "say claim=preferred_username=alice\n") "exit 42\n",
			PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{SAY_PROMPT SAY_RESULT("say reason=ok\nsay iss=" STAGE_ISSUER "\nsay sub=\n"
				       "say claim=preferred_username=alice\n") "exit 42\n",
			PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{SAY_PROMPT SAY_OK("alice") SAY_OK("alice") "exit 42\n", PAM_AUTHINFO_UNAVAIL,
			"reason=worker"},
		{SAY_PROMPT SAY_REASON("expired") SAY_OK("alice") "exit 42\n", PAM_AUTHINFO_UNAVAIL,
			"reason=worker"},
		{SAY_PROMPT PROMPT_ALONE SAY_OK("alice") "exit 42\n", PAM_AUTHINFO_UNAVAIL,
			"reason=worker"},
		{SAY_PROMPT SAY_REASON("not-ours") "exit 0\n", PAM_AUTHINFO_UNAVAIL,
			"reason=worker"},
		{SAY_PROMPT SAY_REASON("user-unknown") "exit 0\n", PAM_AUTHINFO_UNAVAIL,
			"reason=worker"},
		{SAY_PROMPT SAY_REASON("no-such-reason") "exit 0\n", PAM_AUTHINFO_UNAVAIL,
			"reason=worker"},
		{"request\nsay hello\nsay\nexit 42\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{"request\nsay event=party\nsay\n" SAY_OK("alice") "exit 42\n",
			PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{"request\nsay event=result\nsay reason=ok\nsay reason=ok\nsay\nexit 42\n",
			PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{"request\nflood 100000\nexit 42\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{"request\nraw \\x00\\x01\\xff\nexit 42\n", PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{SAY_PROMPT SAY_RESULT(
			 SAY_WHO "say claim=preferred_username=alice\\x0d\n") "exit 42\n",
			PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		/* what must not be shown */
		{PROMPT_URI("http://idp.example/") "linger\n", PAM_AUTHINFO_UNAVAIL,
			"not fit to be shown"},
		{PROMPT_URI("https://idp.example/\\x1b]52;c;AA\\x07") "linger\n",
			PAM_AUTHINFO_UNAVAIL, "reason=worker"},
		{PROMPT_URI("https://idp.example/\\xe2\\x80\\xae") "linger\n", PAM_AUTHINFO_UNAVAIL,
			"not fit to be shown"},
		{PROMPT_URI("https://alice@idp.example/") "linger\n", PAM_AUTHINFO_UNAVAIL,
			"not fit to be shown"},
	};

	RUN(state, plays);
}

static void what_it_says_is_escaped(void **state)
{
	struct stage *stage = *state;
	static const struct scene scene = {.service = "sshd",
		.tty = "ssh",
		.rhost = "\u202e\x1b]52;c;AA\a",
		.environment = {"SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22"}};

	stage_transcript(stage,
		"request\nsay event=prompt\nsay verification_uri=" STAGE_LINK
		"\nsay user_code=A\\xe2\\x80\\xaeB\nsay expires_in=9\n"
		"say qr=\\xe2\\x80\\xae\nsay\n"
		"say event=result\nsay reason=access-denied\nsay detail=\\xe2\\x80\\xaex\n"
		"say note=\\xd0\\xb0 \"quoted\" a=b\nsay\nexit 0\n");
	assert_int_equal(stage_authenticate(stage, &scene), PAM_MAXTRIES);
	assert_non_null(strstr(stage->shown, "A\\xe2\\x80\\xaeB"));
	assert_non_null(strstr(stage->shown, "\\xe2\\x80\\xae\\x1b]52;c;AA\\x07"));
	for (const char *at = stage->shown; *at; at++)
		assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
	for (const char *at = stage_log(); *at; at++)
		assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
	assert_true(stage_logged("detail=\\xe2\\x80\\xaex"));
}

static void a_code_is_not_logged(void **state)
{
	struct stage *stage = *state;
	static const struct scene scene = {.talk = TALK_ENTER};

	assert_int_equal(stage_authenticate(stage, &scene), PAM_SUCCESS);
	assert_true(stage_logged("event=prompt"));
	assert_false(stage_logged(STAGE_CODE));
}

static void missing_or_not_executable(void **state)
{
	struct stage *stage = *state;
	static const struct scene scene = {.talk = TALK_ENTER};

	stage_write(stage->worker, "#!/nonexistent/interpreter\n", 0755);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_AUTHINFO_UNAVAIL);
	stage_write(stage->worker, "exit 42\n", 0644);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(unlink(stage->worker), 0);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_AUTHINFO_UNAVAIL);
	assert_true(stage_logged("reason=worker"));
	assert_string_equal(stage->shown, "Single sign-on is not available.\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(approved, stage_setup, stage_teardown),
		cmocka_unit_test_setup_teardown(refused, stage_setup, stage_teardown),
		cmocka_unit_test_setup_teardown(accidents, stage_setup, stage_teardown),
		cmocka_unit_test_setup_teardown(lies, stage_setup, stage_teardown),
		cmocka_unit_test_setup_teardown(
			what_it_says_is_escaped, stage_setup, stage_teardown),
		cmocka_unit_test_setup_teardown(a_code_is_not_logged, stage_setup, stage_teardown),
		cmocka_unit_test_setup_teardown(
			missing_or_not_executable, stage_setup, stage_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
