/* A configuration that cannot be trusted or understood denies, and the log names file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "stage.h"

static const struct scene scene = {.talk = TALK_ENTER};

static void deny(struct stage *stage, const char *logged)
{
	if (stage_authenticate(stage, &scene) != PAM_SYSTEM_ERR || !stage_logged(logged))
		fail_msg("code %d, wanted \"%s\"\nlog:\n%s", stage->code, logged, stage_log());
	assert_true(stage_logged("reason=config"));
	assert_false(stage_logged("event=start"));
}

static void what_it_says(void **state)
{
	static const struct {
		const char *text; /* of the whole file */
		const char *logged;
	} rows[] = {
		{"", "pam_sso.conf"},
		{"[provider]\nissuer = http://idp.example\nclient_id = x\n", "pam_sso.conf:2"},
		{"[provider]\nissuer = https://idp.example\nclient_id = x\nclient_idd = y\n",
			"pam_sso.conf:4"},
		{"[provider]\nissuer = https://idp.example\nclient_id = x\nclient_id = y\n",
			"pam_sso.conf:4"},
		{"[provider]\nissuer = https://idp.example\nclient_id = x\n[access]\n"
		 "ignore_user = alice\n",
			"pam_sso.conf:5"},
		{"[nonsense]\n", "pam_sso.conf:1"},
		{"issuer = https://idp.example\n", "pam_sso.conf:1"},
		{"[provider]\nissuer\n", "pam_sso.conf:2"},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stage_write(stage->config, rows[i].text, 0644);
		deny(stage, rows[i].logged);
	}
}

static void where_it_lies(void **state)
{
	struct stage *stage = *state;
	char other[128];

	assert_int_equal(chmod(stage->config, 0666), 0);
	deny(stage, "mode is too wide");
	assert_int_equal(chmod(stage->config, 0664), 0);
	deny(stage, "mode is too wide");
	assert_int_equal(chmod(stage->config, 0644), 0);
	snprintf(other, sizeof(other), "%s/other.conf", stage->folder);
	assert_int_equal(rename(stage->config, other), 0);
	deny(stage, "pam_sso.conf");
	assert_int_equal(symlink(other, stage->config), 0);
	deny(stage, "pam_sso.conf");
	assert_int_equal(unlink(stage->config), 0);
	assert_int_equal(mkfifo(stage->config, 0644), 0);
	deny(stage, "pam_sso.conf");
	assert_int_equal(unlink(stage->config), 0);
	assert_int_equal(mkdir(stage->config, 0755), 0);
	deny(stage, "pam_sso.conf");
}

static void the_secret_file(void **state)
{
	struct stage *stage = *state;
	char secret[128], config[512];

	snprintf(secret, sizeof(secret), "%s/secret", stage->folder);
	snprintf(config, sizeof(config),
		"[provider]\nissuer = " STAGE_ISSUER "\nclient_id = machine\n"
		"client_auth = client_secret_basic\nclient_secret_file = %s\n"
		"[network]\nworker = %s\n"
		"[limits]\nlimits_directory = %s/limits\n",
		secret, stage->worker, stage->folder);
	stage_write(stage->config, config, 0644);
	stage_transcript(stage,
		"request\nexpect client_auth=client_secret_basic\n"
		"expect client_secret=canary-of-the-secret\n" SAY_OK("alice") "exit 42\n");

	stage_write(secret, "canary-of-the-secret\n", 0600);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_SUCCESS);
	assert_false(stage_logged("canary"));
	static const struct {
		const char *text;
		unsigned int mode;
	} rows[] = {
		{"canary-of-the-secret\n", 0640},
		{"canary-of-the-secret\n", 0604},
		{"", 0600},
		{"\n\n", 0600},
		{"canary-of-the-secret\ncanary-of-another\n", 0600},
		{"canary\x01\n", 0600},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stage_write(secret, rows[i].text, rows[i].mode);
		assert_int_equal(stage_authenticate(stage, &scene), PAM_SYSTEM_ERR);
		assert_true(stage_logged("/secret: "));
		assert_false(stage_logged("canary"));
	}
	assert_int_equal(unlink(secret), 0);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_SYSTEM_ERR);
}

static void the_private_key_file(void **state)
{
	struct stage *stage = *state;
	char key[128], config[512];

	snprintf(key, sizeof(key), "%s/key", stage->folder);
	snprintf(config, sizeof(config),
		"[provider]\nissuer = " STAGE_ISSUER "\nclient_id = machine\n"
		"client_auth = private_key_jwt\nclient_key_file = %s\nclient_key_id = k1\n"
		"[network]\nworker = %s\n"
		"[limits]\nlimits_directory = %s/limits\n",
		key, stage->worker, stage->folder);
	stage_write(stage->config, config, 0644);
	stage_write(key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0600);
	stage_transcript(stage,
		"request\nexpect client_auth=private_key_jwt\nexpect client_key_id=k1\n"
		"expect client_key=-----BEGIN PRIVATE KEY-----\nexpect client_key=AAAA\n"
		"expect client_key=-----END PRIVATE KEY-----\nlacks client_secret\n" SAY_OK(
			"alice") "exit 42\n");
	assert_int_equal(stage_authenticate(stage, &scene), PAM_SUCCESS);
}

/* The worker is asked what the configuration says, and told the user only where it is a hint. */
static void what_the_worker_is_asked(void **state)
{
	static const struct {
		const char *config, *expected;
	} rows[] = {
		{"", "expect job=login\nexpect issuer=" STAGE_ISSUER
		     "\nexpect client_id=machine\nexpect client_auth=none\n"
		     "expect scope=openid profile email\nexpect discovery=yes\n"
		     "expect claim=preferred_username\nexpect login_hint=alice\n"
		     "expect alg=RS256\nexpect alg=EdDSA\nexpect skew=60\nlacks max_age\n"
		     "expect tls_min=1.2\nexpect userinfo=no\nexpect deadline=110\n"
		     "lacks client_secret\nlacks proxy\n"},
		{"[user]\nclaims = preferred_username\nmatch = (.*)\ntemplate = {1}\n",
			"lacks login_hint\n"},
		{"[user]\nroles = ops:deploy\n", "lacks login_hint\n"},
		{"[token]\nmax_age = 5m\nacr = gold\namr = mfa hwk\n",
			"expect max_age=300\nexpect acr=gold\nexpect amr=mfa\nexpect amr=hwk\n"},
		{"[token]\nmax_age = 0s\n", "expect max_age=0\n"},
		{"[access]\ngroups_source = userinfo\ngroups_claim = realm.roles\n",
			"expect userinfo=yes\nexpect groups_claim=realm.roles\n"},
		{"", "expect device_pkce=no\nexpect verification_url=no\n"},
		{"device_pkce = yes\nverification_url = yes\n",
			"expect device_pkce=yes\nexpect verification_url=yes\n"},
		/* a profile is told as what it says; its scope for sessions where they are kept */
		{"profile = gitlab\n",
			"expect device_authorization_endpoint=" STAGE_ISSUER
			"/oauth/authorize_device\nexpect userinfo=yes\nlacks profile\n"},
		{"profile = entra\n", "expect scope=openid profile\n"},
		{"profile = entra\n[session]\nkeep = yes\n",
			"expect scope=openid profile offline_access\n"},
		{"offline_access = yes\nscope = offline_access openid\n[session]\nkeep = yes\n",
			"expect scope=offline_access openid\n"},
		{"[service login]\nacr = gold\n[service su]\namr = x\n",
			"expect acr=gold\nlacks amr\n"},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char transcript[4096];

		snprintf(transcript, sizeof(transcript),
			"request\n%s" SAY_RESULT(
				SAY_WHO "say claim=preferred_username=alice\nsay groups=yes\n"
					"say group=ops\n") "exit 42\n",
			rows[i].expected);
		stage_configure(stage, rows[i].config);
		stage_transcript(stage, transcript);
		if (stage_authenticate(stage, &scene) != PAM_SUCCESS)
			fail_msg("row %zu: code %d\nlog:\n%s", i, stage->code, stage_log());
	}
}

static void the_worker_user(void **state)
{
	static const struct {
		const char *name;
		int code;
		const char *logged;
	} rows[] = {
		{"ghost", PAM_AUTHINFO_UNAVAIL, "worker_user ghost does not exist"},
		{"root", PAM_SYSTEM_ERR, "worker_user root must not be root"},
		{"unset", PAM_SYSTEM_ERR, "worker_user unset must not be root"},
		{"broken", PAM_AUTHINFO_UNAVAIL, "cannot look up worker_user broken"},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char config[512];

		snprintf(config, sizeof(config),
			"[provider]\nissuer = " STAGE_ISSUER "\nclient_id = machine\n"
			"[network]\nworker = %s\nworker_user = %s\n"
			"[limits]\nlimits_directory = %s/limits\n",
			stage->worker, rows[i].name, stage->folder);
		stage_write(stage->config, config, 0644);
		/* who is not root runs the worker as itself, and needs no such user */
		bool root = geteuid() == 0;
		assert_int_equal(
			stage_authenticate(stage, &scene), root ? rows[i].code : PAM_SUCCESS);
		assert_int_equal(stage_logged(rows[i].logged), root);
	}
}

static void unknown_arguments(void **state)
{
	static const char *const arguments[] = {"confg=/x", "Debug", "conf"};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		char path[128], text[512];

		snprintf(path, sizeof(path), "%s/login", stage->stack);
		snprintf(text, sizeof(text), "auth required %s/pam_sso.so conf=%s %s\n",
			stage_build(), stage->config, arguments[i]);
		stage_write(path, text, 0644);
		deny(stage, arguments[i]);
	}
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_it_says),
		TEST(where_it_lies),
		TEST(the_secret_file),
		TEST(the_private_key_file),
		TEST(what_the_worker_is_asked),
		TEST(the_worker_user),
		TEST(unknown_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
