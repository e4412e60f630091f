/* Who may come in as whom, through the whole module. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "stage.h"

struct login {
	const char *user;   /* PAM_USER */
	const char *config; /* beyond the usable one */
	const char *claims; /* of the result */
	int code;
	const char *logged;
	const char *service;
};

#define CLAIM(VALUE) "say claim=preferred_username=" VALUE "\n"
#define MAIL(VALUE)  "say claim=email=" VALUE "\n"
#define BY_MAIL      "[user]\nclaims = email\nmatch = ([a-z]+)@example\\.com\ntemplate = {1}\n"

static void run(struct stage *stage, const struct login *logins, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct login *login = &logins[i];
		const struct scene scene = {.user = login->user, .service = login->service};
		const void *user = NULL;
		char transcript[4096];

		snprintf(transcript, sizeof(transcript),
			SAY_PROMPT "say event=result\n" SAY_WHO "%ssay\nexit 42\n", login->claims);
		stage_transcript(stage, transcript);
		stage_configure(stage, login->config ? login->config : "");
		if (stage_authenticate(stage, &scene) != login->code ||
			!stage_logged(login->logged))
			fail_msg("row %zu: %s as %s: code %d, wanted %d and \"%s\"\nlog:\n%s", i,
				login->claims, login->user, stage->code, login->code, login->logged,
				stage_log());
		/* whoever signed in, the host goes on with the user that it asked for */
		assert_int_equal(pam_get_item(stage->pamh, PAM_USER, &user), PAM_SUCCESS);
		assert_string_equal(user, login->user);
	}
}

#define RUN(STATE, LOGINS) run(*(STATE), (LOGINS), sizeof(LOGINS) / sizeof((LOGINS)[0]))

static void another_person_is_denied(void **state)
{
	static const struct login logins[] = {
		{"alice", NULL, CLAIM("alice"), PAM_SUCCESS, "mapped=alice", NULL},
		{"alice", NULL, CLAIM("bob"), PAM_PERM_DENIED, "reason=user-mismatch", NULL},
		{"alice", NULL, CLAIM("bob"), PAM_PERM_DENIED, "mapped=bob", NULL},
		{"alice", NULL, CLAIM("bob"), PAM_PERM_DENIED, "reason=user-mismatch", "su"},
		{"alice", NULL, CLAIM("bob"), PAM_ABORT, "reason=user-mismatch", "sudo"},
		{"alice", NULL, CLAIM("bob"), PAM_ABORT, "reason=user-mismatch", "sudo-i"},
		{"alice", NULL, CLAIM("Alice"), PAM_PERM_DENIED, "user=alice", NULL},
		{"alice", "[user]\ncasefold = ascii\n", CLAIM("Alice"), PAM_SUCCESS, "reason=ok",
			NULL},
		{"alice", NULL, CLAIM("alice "), PAM_PERM_DENIED, "user=alice", NULL},
		{"alice", NULL, CLAIM("\\xd0\\xb0lice"), PAM_PERM_DENIED, "\\xd0\\xb0lice", NULL},
		{"alice", NULL, CLAIM("alice@example.com"), PAM_PERM_DENIED, "user=alice", NULL},
		{"alice", NULL, CLAIM("../alice"), PAM_PERM_DENIED, "user=alice", NULL},
		{"alice", NULL, CLAIM(""), PAM_PERM_DENIED, "user=alice", NULL},
		{"alice", NULL, "say claim=sub=alice\n", PAM_PERM_DENIED, "reason=claim-missing",
			NULL},
	};

	RUN(state, logins);
}

static void mail_needs_to_be_verified(void **state)
{
	static const struct login logins[] = {
		{"alice", BY_MAIL, MAIL("alice@example.com") "say email_verified=yes\n",
			PAM_SUCCESS, "reason=ok", NULL},
		{"alice", BY_MAIL, MAIL("alice@example.com"), PAM_PERM_DENIED,
			"reason=email-unverified", NULL},
		{"alice", BY_MAIL, MAIL("alice@example.com") "say email_verified=no\n",
			PAM_PERM_DENIED, "reason=email-unverified", NULL},
		{"alice", BY_MAIL, MAIL("alice@example.com") "say email_verified=1\n",
			PAM_PERM_DENIED, "reason=email-unverified", NULL},
		{"alice", BY_MAIL, MAIL("alice@evil.com@example.com") "say email_verified=yes\n",
			PAM_PERM_DENIED, "user=alice", NULL},
		{"alice", BY_MAIL, MAIL("alice@example.com.evil") "say email_verified=yes\n",
			PAM_PERM_DENIED, "user=alice", NULL},
		{"alice", BY_MAIL, MAIL("bob@example.com") "say email_verified=yes\n",
			PAM_PERM_DENIED, "reason=user-mismatch", NULL},
	};

	RUN(state, logins);
}

static void groups_and_roles(void **state)
{
#define GROUPS(NAMES) CLAIM("alice") "say groups=yes\n" NAMES
	static const struct login logins[] = {
		{"alice", "[access]\nallow_groups = ops\n", GROUPS("say group=ops\n"), PAM_SUCCESS,
			"reason=ok", NULL},
		{"alice", "[access]\nallow_groups = ops\n", GROUPS("say group=/ops\n"),
			PAM_PERM_DENIED, "reason=group-missing", NULL},
		{"alice", "[access]\nallow_groups = ops\n", CLAIM("alice") "say group=ops\n",
			PAM_PERM_DENIED, "reason=groups-unavailable", NULL},
		{"alice", "[access]\ndeny_groups = bad\n", GROUPS("say group=bad\n"),
			PAM_PERM_DENIED, "reason=group-denied", NULL},
		{"deploy", "[user]\nroles = ops:deploy\n", GROUPS("say group=ops\n"), PAM_SUCCESS,
			"reason=ok", NULL},
		{"deploy", "[user]\nroles = ops:deploy\n", GROUPS("say group=dev\n"),
			PAM_PERM_DENIED, "user=deploy", NULL},
		/* groups that the worker lists and does not vouch for */
		{"deploy", "[user]\nroles = ops:deploy\n", CLAIM("alice") "say group=ops\n",
			PAM_PERM_DENIED, "reason=user-mismatch", NULL},
		{"alice", "[user]\nroles = ops:deploy\n", CLAIM("alice"), PAM_SUCCESS, "reason=ok",
			NULL},
	};

	RUN(state, logins);
}

/* The worker must not be started: its transcript would let everybody in. */
static void refused_before_the_provider_is_asked(void **state)
{
	static const struct {
		const char *user, *config;
		int code;
		const char *logged;
	} rows[] = {
		{"ghost", "", PAM_USER_UNKNOWN, "reason=user-unknown"},
		{"ALICE", "", PAM_USER_UNKNOWN, "reason=user-unknown"},
		{"ALICE", "[access]\ndeny_users = alice\n", PAM_USER_UNKNOWN, "user-unknown"},
		{"root", "", PAM_PERM_DENIED, "reason=user-system"},
		{"root", "[user]\nmin_uid = 0\n", PAM_PERM_DENIED, "reason=user-system"},
		{"daemon", "", PAM_PERM_DENIED, "reason=user-system"},
		{"nobody", "", PAM_PERM_DENIED, "reason=user-system"},
		{"noshell", "", PAM_PERM_DENIED, "reason=user-shell"},
		{"alice", "[access]\ndeny_users = alice\n", PAM_PERM_DENIED, "reason=user-denied"},
		{"alice", "[access]\nallow_users = bob\n", PAM_PERM_DENIED, "reason=user-denied"},
		{"alice", "[access]\nrequire = publickey\n", PAM_PERM_DENIED, "reason=publickey"},
		{"-alice", "", PAM_PERM_DENIED, "reason=user-name"},
		{"../alice", "", PAM_PERM_DENIED, "reason=user-name"},
		{"1000", "", PAM_PERM_DENIED, "reason=user-name"},
		{"a\nlice", "", PAM_PERM_DENIED, "user=a\\x0alice"},
		{"broken", "", PAM_SYSTEM_ERR, "cannot look up the user"},
		{"wide", "", PAM_SYSTEM_ERR, "cannot look up the user"},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct scene scene = {.user = rows[i].user};

		stage_configure(stage, rows[i].config);
		if (stage_authenticate(stage, &scene) != rows[i].code ||
			!stage_logged(rows[i].logged) || stage_logged("event=start"))
			fail_msg("row %zu: %s: code %d, wanted %d and \"%s\"\nlog:\n%s", i,
				rows[i].user, stage->code, rows[i].code, rows[i].logged,
				stage_log());
	}
}

/* Who tried, from where and with what end, stays in the log however long a name is. */
static void a_long_name_hides_nothing_in_the_log(void **state)
{
	char name[2048], transcript[4096];
	const struct scene long_user = {.user = name, .rhost = "192.0.2.10"};
	static const struct scene as_alice = {.user = "alice", .rhost = "192.0.2.10"};
	struct stage *stage = *state;

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(stage_authenticate(stage, &long_user), PAM_PERM_DENIED);
	assert_true(stage_logged("rhost=192.0.2.10"));
	assert_true(stage_logged("reason=user-name"));

	snprintf(transcript, sizeof(transcript), APPROVE_AS("%.250s"), name);
	for (char *at = transcript; (at = strstr(at, "aaa")); at += 2)
		memcpy(at, "\xc3\xa4", 2);
	stage_transcript(stage, transcript);
	assert_int_equal(stage_authenticate(stage, &as_alice), PAM_PERM_DENIED);
	assert_true(stage_logged("reason=no-mapping"));
	assert_true(stage_logged("sub=248289761001"));
}

/* su and sudo tell who calls them: without it, nobody would know who tried to be alice. */
static void who_calls_is_in_the_log(void **state)
{
	static const struct scene su = {.user = "alice", .service = "su", .tty = "pts/3"};
	struct stage *stage = *state;

	stage_transcript(stage, APPROVE_AS("bob"));
	stage_start(stage, &su);
	assert_int_equal(pam_set_item(stage->pamh, PAM_RUSER, "mallory"), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(stage->pamh, 0), PAM_PERM_DENIED);
	assert_true(stage_logged("event=start user=alice service=su ruser=mallory tty=pts/3"));
	assert_true(stage_logged("event=verdict user=alice service=su ruser=mallory tty=pts/3"));
}

static void what_is_not_ours_is_ignored(void **state)
{
	static const struct {
		const char *user, *service, *config;
		int code;
	} rows[] = {
		{"root", NULL, "[access]\nignore_users = root\n", STAGE_IGNORED},
		{"ghost", NULL, "[access]\nignore_users = ghost\n", STAGE_IGNORED},
		{"alice", "cron", "[access]\nignore_services = cron\n", STAGE_IGNORED},
		{"alice", "login", "[access]\nignore_services = cron\n", PAM_SUCCESS},
		{"alice", NULL, "[access]\nignore_users = root\n", PAM_SUCCESS},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct scene scene = {.user = rows[i].user, .service = rows[i].service};

		stage_configure(stage, rows[i].config);
		assert_int_equal(stage_authenticate(stage, &scene), rows[i].code);
		assert_int_equal(stage_logged("event=start"), rows[i].code == PAM_SUCCESS);
	}
}

static void a_public_key_first(void **state)
{
	struct stage *stage = *state;
	struct scene scene = {.service = "sshd",
		.tty = "ssh",
		.environment = {"SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22",
			"SSH_AUTH_INFO_0=publickey ssh-ed25519 "
			"AAAAC3NzaC1lZDI1NTE5AAAA"}};

	stage_configure(stage, "[service sshd]\nrequire = publickey\n");
	assert_int_equal(stage_authenticate(stage, &scene), PAM_SUCCESS);
	scene.environment[1] = "SSH_AUTH_INFO_0=";
	assert_int_equal(stage_authenticate(stage, &scene), PAM_MAXTRIES);
	assert_true(stage_logged("reason=publickey"));
	scene.environment[1] = NULL;
	assert_int_equal(stage_authenticate(stage, &scene), PAM_MAXTRIES);
	/* what one service demands, a service without a section gets too */
	scene = (struct scene){.service = "su"};
	assert_int_equal(stage_authenticate(stage, &scene), PAM_PERM_DENIED);
}

static void become_bob(struct stage *stage)
{
	pam_set_item(stage->pamh, PAM_USER, "bob");
}

static void a_user_who_changes_meanwhile(void **state)
{
	struct stage *stage = *state;
	static const struct scene scene = {.user = "alice", .meanwhile = become_bob};
	const void *user = NULL;

	assert_int_equal(stage_authenticate(stage, &scene), PAM_PERM_DENIED);
	assert_true(stage_logged("user=alice"));
	assert_true(stage_logged("reason=user-mismatch"));
	assert_int_equal(pam_get_item(stage->pamh, PAM_USER, &user), PAM_SUCCESS);
	assert_string_equal(user, "bob");
}

static void the_map_file(void **state)
{
	struct stage *stage = *state;
	static const struct scene scene = {.user = "alice"};
	char map[128], config[256];

	snprintf(map, sizeof(map), "%s/users", stage->folder);
	snprintf(config, sizeof(config), "[user]\nmap_file = %s\n", map);
	stage_configure(stage, config);
	stage_transcript(stage, APPROVE_AS("zed"));
	stage_write(map, "sub:248289761001 alice\n", 0644);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_SUCCESS);
	stage_write(map, "sub:248289761001 bob\n", 0644);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_PERM_DENIED);
	stage_write(map, "248289761001 alice\n", 0644);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_PERM_DENIED);
	stage_write(map, "zed alice\n", 0644);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_SUCCESS);
	stage_write(map, "someone alice\n", 0644);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_PERM_DENIED);
	stage_write(map, "sub:248289761001 alice\nsub:248289761001 alice\n", 0644);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_SYSTEM_ERR);
	assert_true(stage_logged("users:2"));
	stage_write(map, "sub:248289761001 alice\n", 0666);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_SYSTEM_ERR);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(another_person_is_denied),
		TEST(mail_needs_to_be_verified),
		TEST(groups_and_roles),
		TEST(refused_before_the_provider_is_asked),
		TEST(a_long_name_hides_nothing_in_the_log),
		TEST(who_calls_is_in_the_log),
		TEST(what_is_not_ours_is_ignored),
		TEST(a_public_key_first),
		TEST(a_user_who_changes_meanwhile),
		TEST(the_map_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
