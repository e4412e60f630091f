/*
 * What the kernel's audit is told of a sign-in: the real module under the real libpam and libaudit, heard
 * where auditd hears it. It turns the kernel's audit on, so it runs under one of its own: `kernel`.
 */
#include <sys/socket.h>

#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>

#include "kept.h"

enum { TRUSTED_APP = 1121, USER_AUTH = 1100, USER_ACCT = 1101, HEARD_MAX = 9000 };

static const struct scene alice = {.rhost = "192.0.2.10"};

/* What audit sends to all who listen. */
static int audit = -1;

/* The last records, by their types; "" for none since listen_anew(). */
static char said_by_us[HEARD_MAX], said_by_libpam[HEARD_MAX];
static unsigned int n_by_us, n_by_libpam;

static void audit_open_and_enable(void)
{
	const struct sockaddr_nl readers = {
		.nl_family = AF_NETLINK, .nl_groups = 1 << (AUDIT_NLGRP_READLOG - 1)};
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct {
		struct nlmsghdr head;
		struct audit_status status;
	} enable = {.head = {.nlmsg_len = sizeof(enable),
			    .nlmsg_type = AUDIT_SET,
			    .nlmsg_flags = NLM_F_REQUEST},
		.status = {.mask = AUDIT_STATUS_ENABLED, .enabled = 1}};

	audit = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	assert_true(audit >= 0);
	assert_int_equal(bind(audit, (const struct sockaddr *)&readers, sizeof(readers)), 0);
	assert_int_equal(sendto(audit, &enable, sizeof(enable), 0, (const struct sockaddr *)&kernel,
				 sizeof(kernel)),
		sizeof(enable));
}

/* Takes one record that is there within MS, of whatever type. */
static bool hear(int ms)
{
	static char bytes[NLMSG_SPACE(HEARD_MAX)];
	const struct nlmsghdr *head = (const struct nlmsghdr *)(const void *)bytes;
	struct pollfd waiting = {.fd = audit, .events = POLLIN};

	if (poll(&waiting, 1, ms) != 1)
		return false;
	ssize_t got = recv(audit, bytes, sizeof(bytes) - 1, 0);
	assert_true(got >= NLMSG_HDRLEN);
	bytes[got] = '\0';
	const char *text = bytes + NLMSG_HDRLEN;
	if (head->nlmsg_type == TRUSTED_APP && ++n_by_us)
		snprintf(said_by_us, sizeof(said_by_us), "%s", text);
	if ((head->nlmsg_type == USER_AUTH || head->nlmsg_type == USER_ACCT) && ++n_by_libpam)
		snprintf(said_by_libpam, sizeof(said_by_libpam), "%s", text);
	return true;
}

/* libpam's own record comes last: when it is there, ours would be too. */
static void hear_all(void)
{
	while (n_by_libpam == 0)
		assert_true(hear(60000));
	while (hear(0))
		;
}

static int authenticate(struct stage *stage, const struct scene *scene)
{
	while (hear(0))
		;
	n_by_us = n_by_libpam = 0;
	said_by_us[0] = said_by_libpam[0] = '\0';
	int code = stage_authenticate(stage, scene);
	hear_all();
	printf("%s\n%s\n", said_by_us, said_by_libpam);
	return code;
}

static void expect(const char *part)
{
	if (n_by_us != 1 || !strstr(said_by_us, part))
		fail_msg("wanted %s once in: %s", part, said_by_us);
}

static void who_came_in_and_why(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(authenticate(stage, &alice), PAM_SUCCESS);
	expect("msg='op=PAM:sso acct=\"alice\" service=\"login\" reason=\"ok\" "
	       "rule=\"claim:preferred_username\" iss=\"https://idp.example\" "
	       "sub=\"248289761001\" exe=\"");
	expect(" hostname=192.0.2.10 addr=192.0.2.10 terminal=tty1 res=success");
	/* What libpam says of the same, and that it does not say who. */
	assert_non_null(strstr(said_by_libpam, "op=PAM:authentication "));
	assert_non_null(strstr(said_by_libpam, "acct=\"alice\""));
	assert_non_null(strstr(said_by_libpam, "res=success"));
	assert_null(strstr(said_by_libpam, "248289761001"));
	assert_int_equal(n_by_libpam, 1);
}

static void who_was_refused_and_why(void **state)
{
	struct stage *stage = *state;

	stage_transcript(stage, APPROVE_AS("bob"));
	assert_int_equal(authenticate(stage, &alice), PAM_PERM_DENIED);
	expect("acct=\"alice\" service=\"login\" reason=\"user-mismatch\" ");
	expect("sub=\"248289761001\" ");
	expect(" res=failed");
	stage_transcript(stage, "request\n" SAY_REASON("unreachable") "exit 0\n");
	assert_int_equal(authenticate(stage, &alice), PAM_AUTHINFO_UNAVAIL);
	expect("reason=\"unreachable\" exe=");
	expect(" res=failed");
}

/* A subject, a user's name and an address that would end their field and begin others. */
static void what_others_chose_adds_no_field(void **state)
{
	static const struct scene eve = {.user = "eve\" res=success", .rhost = "h addr=1.2.3.4"};
	static const struct scene line = {.rhost = "h\nres=success", .tty = "tty acct=root"};
	struct stage *stage = *state;

	stage_transcript(
		stage, SAY_PROMPT SAY_RESULT("say reason=ok\nsay iss=" STAGE_ISSUER
					     "\nsay sub=a\" res=success acct=\"root\n"
					     "say claim=preferred_username=alice\n") "exit 42\n");
	assert_int_equal(authenticate(stage, &line), PAM_SUCCESS);
	expect(" sub=6122207265733D7375636365737320616363743D22726F6F74 exe=");
	expect(" hostname=? addr=? terminal=? res=success");
	assert_int_not_equal(authenticate(stage, &eve), PAM_SUCCESS);
	expect("op=PAM:sso acct=65766522207265733D73756363657373 service=\"login\" ");
	expect(" hostname=? addr=? terminal=tty1 res=failed");
}

/* It is cut where it is longer than any issuer's. */
static void a_long_subject_leaves_room(void **state)
{
	struct stage *stage = *state;
	char sub[251], transcript[2048], wanted[300];

	memset(sub, 'x', 250);
	sub[250] = '\0';
	snprintf(transcript, sizeof(transcript),
		SAY_PROMPT "say event=result\nsay reason=ok\nsay iss=" STAGE_ISSUER "\nsay sub=%s\n"
			   "say claim=preferred_username=alice\nsay\nexit 42\n",
		sub);
	stage_transcript(stage, transcript);
	assert_int_equal(authenticate(stage, &alice), PAM_SUCCESS);
	snprintf(wanted, sizeof(wanted), " sub=\"%s\" exe=", sub);
	expect(wanted);
}

static void a_name_of_a_client_is_not_looked_up(void **state)
{
	static const struct scene named = {.rhost = "client.invalid"};
	struct stage *stage = *state;

	assert_int_equal(authenticate(stage, &named), PAM_SUCCESS);
	expect(" hostname=client.invalid addr=? terminal=tty1 ");
}

static void a_reuse_is_recorded_too(void **state)
{
	static const struct scene silent = {
		.service = "sudo", .ruser = "alice", .talk = TALK_MISSING, .tty = ""};
	struct stage *stage = *state;

	kept_configure(stage, "[service sudo]\nreuse = 15m\n");
	kept_asked_reset(stage);
	kept_sign_in(stage, &alice);
	stage_transcript(stage, RENEW);
	assert_int_equal(authenticate(stage, &silent), PAM_SUCCESS);
	expect("acct=\"alice\" service=\"sudo\" reason=\"ok\" ");
	expect("iss=\"https://idp.example\" sub=\"248289761001\" ");
}

/* Who came in by a key alone, and what became of asking about them. */
static void an_account_is_recorded_where_it_was_asked_about(void **state)
{
	struct stage *stage = *state;

	kept_configure(stage, "account = any\n");
	stage_start(stage, &alice);
	n_by_us = n_by_libpam = 0;
	assert_int_not_equal(pam_acct_mgmt(stage->pamh, 0), PAM_SUCCESS);
	hear_all();
	expect("op=PAM:sso_account acct=\"alice\" service=\"login\" reason=\"no-session\" exe=");
	expect(" res=failed");
}

static void off_nothing_is_recorded(void **state)
{
	struct stage *stage = *state;

	stage_configure(stage, "[log]\naudit = no\n");
	assert_int_equal(authenticate(stage, &alice), PAM_SUCCESS);
	assert_int_equal(n_by_us, 0);
}

static void who_is_not_ours_is_not_recorded(void **state)
{
	struct stage *stage = *state;

	stage_configure(stage, "[access]\nignore_users = alice\n");
	assert_int_equal(authenticate(stage, &alice), STAGE_IGNORED);
	assert_int_equal(n_by_us, 0);
}

static int begin(void **state)
{
	(void)state;
	audit_open_and_enable();
	return 0;
}

int main(int argc, char **argv)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(who_came_in_and_why),
		TEST(who_was_refused_and_why),
		TEST(what_others_chose_adds_no_field),
		TEST(a_long_subject_leaves_room),
		TEST(a_name_of_a_client_is_not_looked_up),
		TEST(a_reuse_is_recorded_too),
		TEST(an_account_is_recorded_where_it_was_asked_about),
		TEST(off_nothing_is_recorded),
		TEST(who_is_not_ours_is_not_recorded),
	};

	if (argc != 2 || strcmp(argv[1], "pam_sso-audit") != 0) {
		fprintf(stderr, "%s: it is for tests/audit/kernel to run\n", argv[0]);
		return 2;
	}
	return cmocka_run_group_tests(tests, begin, NULL);
}
