/* The host's conversation: how the prompt reaches a person, and conversations that are hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stage.h"

#define BY_SSH                                                                                     \
	.service = "sshd", .tty = "ssh", .rhost = "203.0.113.7",                                   \
	.environment = {"SSH_CONNECTION=203.0.113.7 50000 192.0.2.2 22"}

static void sshd_gets_one_prompt(void **state)
{
	struct stage *stage = *state;
	static const struct scene scene = {BY_SSH};

	assert_int_equal(stage_authenticate(stage, &scene), PAM_SUCCESS);
	assert_int_equal(stage->prompts, 1);
	assert_int_equal(stage->texts + stage->errors, 0);
	assert_non_null(strstr(stage->shown, "User     alice\n"));
	assert_non_null(strstr(stage->shown, "For      sshd on "));
	assert_non_null(strstr(stage->shown, "From     203.0.113.7\n"));
	assert_non_null(strstr(stage->shown, "Link     " STAGE_LINK "\n"));
	assert_non_null(strstr(stage->shown, "approved code " STAGE_CODE ": "));
	/* 300 seconds at the provider, but this machine waits for 110 */
	assert_non_null(strstr(stage->shown, "The code is good for 1"));
	assert_null(strstr(stage->shown, "minute"));
}

static void others_get_text_even_when_silent(void **state)
{
	struct stage *stage = *state;
	static const struct scene scenes[] = {
		{.service = "sudo", .flags = PAM_SILENT},
		{.service = "su"},
		{.service = "login", .talk = TALK_NULL},
		{.service = "su", .talk = TALK_HUGE},
		/* a terminal named ssh is not yet sshd */
		{.service = "sshd", .tty = "ssh"},
		{.service = "login", .tty = "tty1", .environment = {"SSH_CONNECTION=a 1 b 2"}},
	};

	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		assert_int_equal(stage_authenticate(stage, &scenes[i]), PAM_SUCCESS);
		assert_int_equal(stage->prompts, 0);
		assert_int_equal(stage->texts, 1);
		assert_non_null(strstr(stage->shown, STAGE_LINK));
		assert_null(strstr(stage->shown, "Press Enter"));
	}
}

static void the_configuration_has_the_last_word(void **state)
{
	struct stage *stage = *state;
	static const struct scene by_ssh = {BY_SSH}, by_login = {.service = "login"};

	stage_configure(stage, "[service sshd]\nshow = text\n[service login]\nshow = prompt\n");
	assert_int_equal(stage_authenticate(stage, &by_ssh), PAM_SUCCESS);
	assert_int_equal(stage->prompts, 0);
	assert_int_equal(stage_authenticate(stage, &by_login), PAM_SUCCESS);
	assert_int_equal(stage->prompts, 1);
}

/* An answer that no person types is no conversation; what a person types is not looked at. */
static void hostile_answers_to_the_prompt(void **state)
{
	static const struct {
		enum talk talk;
		int code;
	} rows[] = {
		{TALK_ENTER, PAM_SUCCESS},
		{TALK_TEXT, PAM_SUCCESS},
		{TALK_HUGE, PAM_CONV_ERR},
		{TALK_NO_TEXT, PAM_CONV_ERR},
		{TALK_NULL, PAM_CONV_ERR},
		{TALK_FAIL, PAM_CONV_ERR},
		{TALK_FAIL_WILD, PAM_CONV_ERR},
		{TALK_MISSING, PAM_CONV_ERR},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct scene scene = {BY_SSH, .talk = rows[i].talk};

		assert_int_equal(stage_authenticate(stage, &scene), rows[i].code);
		assert_false(stage_logged("hunter2"));
	}
}

static void enter_alone_lets_nobody_in(void **state)
{
	struct stage *stage = *state;
	static const struct scene scene = {BY_SSH};

	stage_transcript(stage, SAY_PROMPT SAY_REASON("expired") "exit 0\n");
	assert_int_equal(stage_authenticate(stage, &scene), PAM_AUTH_ERR);
	assert_int_equal(stage->prompts, 1);
}

static void hostile_conversations_under_text(void **state)
{
	static const enum talk talks[] = {TALK_FAIL, TALK_FAIL_WILD, TALK_MISSING};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
		const struct scene scene = {.service = "su", .talk = talks[i]};

		assert_int_equal(stage_authenticate(stage, &scene), PAM_CONV_ERR);
		assert_true(stage_logged("reason=no-conversation"));
	}
}

static void the_reason_is_told_after_a_failure(void **state)
{
	struct stage *stage = *state;
	static const struct scene scene = {.service = "sudo", .flags = PAM_SILENT};

	stage_transcript(stage, APPROVE_AS("bob"));
	assert_int_equal(stage_authenticate(stage, &scene), PAM_ABORT);
	assert_int_equal(stage->errors, 1);
	assert_non_null(strstr(stage->shown, "You signed in as someone else.\n"));
	assert_null(strstr(stage->shown, "bob"));
}

static void a_qr_code_where_it_shows(void **state)
{
	struct stage *stage = *state;
	static const struct scene by_ssh = {BY_SSH}, by_su = {.service = "su"};
	static const struct {
		const char *term, *lang;
		const struct scene *scene;
		const char *config, *wanted;
	} rows[] = {
		{"xterm", "C.UTF-8", &by_su, "", "expect qr=yes\n"},
		{"xterm", "C", &by_su, "", "expect qr=no\n"},
		{"dumb", "C.UTF-8", &by_su, "", "expect qr=no\n"},
		{"dumb", "C", &by_ssh, "", "expect qr=yes\n"},
		{"dumb", "C", &by_su, "[prompt]\nqr = always\n", "expect qr=yes\n"},
		{"xterm", "C.UTF-8", &by_ssh, "[prompt]\nqr = never\n", "expect qr=no\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char transcript[2048] = "request\n";

		strcat(strcat(transcript, rows[i].wanted), SAY_OK("alice") "exit 42\n");
		setenv("TERM", rows[i].term, 1);
		setenv("LC_ALL", rows[i].lang, 1);
		stage_configure(stage, rows[i].config);
		stage_transcript(stage, transcript);
		assert_int_equal(stage_authenticate(stage, rows[i].scene), PAM_SUCCESS);
	}
	unsetenv("TERM");
	unsetenv("LC_ALL");
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(sshd_gets_one_prompt),
		TEST(others_get_text_even_when_silent),
		TEST(the_configuration_has_the_last_word),
		TEST(hostile_answers_to_the_prompt),
		TEST(enter_alone_lets_nobody_in),
		TEST(hostile_conversations_under_text),
		TEST(the_reason_is_told_after_a_failure),
		TEST(a_qr_code_where_it_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
