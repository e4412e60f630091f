/* The phases besides authentication. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stage.h"

static const struct scene as_alice = {.user = "alice"};

static void account_of_whom_we_authenticated(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_SUCCESS);
	/* the configuration may have changed since */
	stage_configure(stage, "[access]\ndeny_users = alice\n");
	assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_PERM_DENIED);
	stage_configure(stage, "[access]\nignore_users = alice\n");
	assert_int_equal(pam_acct_mgmt(stage->pamh, 0), STAGE_IGNORED);
	stage_write(stage->config, "[broken\n", 0644);
	assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_SYSTEM_ERR);
	stage_configure(stage, "");
}

/* The modules behind us may know nothing against bob, who did not sign in. */
static void account_of_another_than_whom_we_authenticated(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_int_equal(pam_set_item(stage->pamh, PAM_USER, "bob"), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_PERM_DENIED);
	assert_true(stage_logged("reason=user-mismatch"));
	assert_int_equal(pam_set_item(stage->pamh, PAM_USER, "alice"), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_SUCCESS);
}

static void account_of_others(void **state)
{
	static const struct {
		const char *user;
		int code;
	} rows[] = {
		{"alice", STAGE_IGNORED},
		{"root", STAGE_IGNORED},
		{"ghost", PAM_USER_UNKNOWN},
		{"broken", PAM_SYSTEM_ERR},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct scene scene = {.user = rows[i].user};

		stage_start(stage, &scene);
		assert_int_equal(pam_acct_mgmt(stage->pamh, 0), rows[i].code);
	}
}

static void a_failed_second_sign_in_forgets_the_first(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	stage_transcript(stage, APPROVE_AS("bob"));
	assert_int_equal(pam_authenticate(stage->pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(pam_acct_mgmt(stage->pamh, 0), STAGE_IGNORED);
}

static void credentials_and_session(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_int_equal(pam_setcred(stage->pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_true(stage_logged("event=session user=alice service=login tty=tty1"));
	assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(stage->pamh, PAM_DELETE_CRED), PAM_SUCCESS);
	char **environment = pam_getenvlist(stage->pamh);
	assert_non_null(environment);
	assert_null(environment[0]);
	free(environment);

	stage_start(stage, &as_alice);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_false(stage_logged("event=session"));
}

/* From the first event that follows the configuration to the last of the session. */
static void as_json_each_event_is_an_object(void **state)
{
	struct stage *stage = *state;

	stage_configure(stage, "[log]\nlog_format = json\n");
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
	assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
	assert_true(stage_logged("{\"event\":\"start\",\"user\":\"alice\",\"service\":\"login\","));
	assert_true(stage_logged("\"reason\":\"ok\","));
	assert_true(stage_logged("{\"event\":\"session\",\"user\":\"alice\",\"service\":\"login\","
				 "\"tty\":\"tty1\"}"));
	assert_false(stage_logged("event="));
}

static void a_password_is_the_providers(void **state)
{
	struct stage *stage = *state;

	stage_start(stage, &as_alice);
	assert_int_equal(pam_chauthtok(stage->pamh, 0), PAM_AUTHTOK_ERR);
	assert_int_equal(stage->errors, 1);
	assert_non_null(strstr(stage->shown, STAGE_ISSUER));
	assert_int_equal(stage->prompts, 0);

	stage_configure(stage, "[access]\nignore_users = alice\n");
	stage_start(stage, &as_alice);
	assert_int_equal(pam_chauthtok(stage->pamh, 0), STAGE_IGNORED);
	assert_int_equal(stage->errors, 0);

	stage_write(stage->config, "[broken\n", 0644);
	assert_int_equal(pam_chauthtok(stage->pamh, 0), PAM_SYSTEM_ERR);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(account_of_whom_we_authenticated),
		TEST(account_of_another_than_whom_we_authenticated),
		TEST(account_of_others),
		TEST(a_failed_second_sign_in_forgets_the_first),
		TEST(credentials_and_session),
		TEST(as_json_each_event_is_an_object),
		TEST(a_password_is_the_providers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
