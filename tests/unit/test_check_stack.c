/*
 * Stacks as administrators write them, and what `ssoctl check` has to say of each: a row is the
 * files, and the names of the findings in their order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "check_stack.h"
#include "count.h"

#define OURS                                                                                       \
	"[success=done authinfo_unavail=ignore system_err=ignore module_unknown=ignore "           \
	"ignore=ignore default=die] pam_sso.so\n"
#define ACCOUNT                                                                                    \
	"account [success=ok ignore=ignore authinfo_unavail=ignore system_err=ignore "             \
	"module_unknown=ignore default=die] pam_sso.so\n"                                          \
	"account required pam_unix.so\n"
/* Debian's, as pam-auth-update writes it. */
#define COMMON                                                                                     \
	"auth [success=1 default=ignore] pam_unix.so nullok\n"                                     \
	"auth requisite pam_deny.so\n"                                                             \
	"auth required pam_permit.so\n"

#define TWICE(TEXT) TEXT TEXT

enum { FILES = 3, FINDINGS = 4 };

struct file {
	const char *name, *text;
};

static const char *text_of(void *context, const char *name)
{
	const struct file *files = context;

	for (size_t i = 0; i < FILES && files[i].name; i++)
		if (strcmp(files[i].name, name) == 0)
			return files[i].text;
	return NULL;
}

static const struct stack {
	const char *what;
	struct file files[FILES];
	const char *findings;
} stacks[] = {
	{"the example", {{"sshd", "auth " OURS "auth required pam_unix.so\n" ACCOUNT}},
		"pam-stack"},
	{"the example, its lines joined, in capitals, commented",
		{{"sshd", "# here\nAUTH [success=done authinfo_unavail=ignore \\\n  "
			  "system_err=ignore "
			  "module_unknown=ignore ignore=ignore default=die] \\\n"
			  " /lib/security/pam_sso.so debug # ours\n"
			  "auth\trequired\tpam_unix.so\n" ACCOUNT}},
		"pam-stack"},
	{"the example before Debian's stack",
		{{"sshd", "auth " OURS "@include common-auth\n" ACCOUNT}, {"common-auth", COMMON}},
		"pam-stack"},
	{"in Debian's stack, by pam-auth-update",
		{{"sshd", "@include common-auth\n" ACCOUNT},
			{"common-auth", "auth [success=2 authinfo_unavail=ignore system_err=ignore "
					"module_unknown=ignore ignore=ignore default=die] "
					"pam_sso.so\n" COMMON}},
		"pam-stack"},
	{"root needs none",
		{{"sshd", "auth sufficient pam_rootok.so\nauth " OURS
			  "auth required pam_unix.so\n" ACCOUNT}},
		"pam-stack"},
	{"a password, and then single sign-on",
		{{"sshd", "auth required pam_unix.so\nauth required pam_sso.so\n" ACCOUNT}},
		"pam-no-way-back"},

	/* a way in for everybody */
	{"sufficient before a permit",
		{{"sshd", "auth sufficient pam_sso.so\nauth required pam_permit.so\n" ACCOUNT}},
		"pam-refused-gets-in pam-outage-gets-in pam-ignored-gets-in"},
	{"the same in a substack and an include",
		{{"sshd", "auth substack inner\n" ACCOUNT}, {"inner", "auth include more\n"},
			{"more", "auth sufficient pam_sso.so\nauth required pam_permit.so\n"}},
		"pam-refused-gets-in pam-outage-gets-in pam-ignored-gets-in"},
	{"optional alone beside a permit",
		{{"sshd", "auth optional pam_sso.so\nauth required pam_permit.so\n" ACCOUNT}},
		"pam-refused-gets-in pam-outage-gets-in pam-ignored-gets-in"},
	{"the right control before a permit",
		{{"sshd", "auth " OURS "auth required pam_permit.so\n" ACCOUNT}},
		"pam-outage-gets-in pam-ignored-gets-in"},
	{"the right control beside what looks at the account alone",
		{{"sshd", "auth required pam_faillock.so preauth\nauth " OURS ACCOUNT}},
		"pam-outage-gets-in pam-ignored-gets-in"},
	{"before what looks at the terminal alone",
		{{"sshd", "auth sufficient pam_sso.so\nauth required pam_securetty.so\n" ACCOUNT}},
		"pam-refused-gets-in pam-outage-gets-in pam-ignored-gets-in"},
	{"faillock around a password, as its manual has it",
		{{"sshd", "auth required pam_faillock.so preauth\nauth " OURS
			  "auth sufficient pam_unix.so\nauth [default=die] pam_faillock.so "
			  "authfail\nauth required pam_deny.so\n" ACCOUNT}},
		"pam-stack"},
	{"behind many that look at who it is",
		{{"sshd", TWICE(TWICE(TWICE(
				  "auth [default=ignore] pam_access.so\n"))) "auth " OURS
									     "auth sufficient "
									     "pam_rootok.so\nauth "
									     "required "
									     "pam_deny."
									     "so\n" ACCOUNT}},
		"pam-outage-gets-in pam-ignored-gets-in"},
	{"a jump over the deny",
		{{"sshd", "auth [success=1 default=1] pam_sso.so\nauth requisite pam_deny.so\n"
			  "auth required pam_permit.so\n" ACCOUNT}},
		"pam-refused-gets-in pam-outage-gets-in pam-ignored-gets-in"},

	/* a second chance */
	{"sufficient before a password",
		{{"sshd", "auth sufficient pam_sso.so\nauth required pam_unix.so\n" ACCOUNT}},
		"pam-second-chance"},
	{"sufficient before Debian's stack",
		{{"sshd", "auth sufficient pam_sso.so\n@include common-auth\n" ACCOUNT},
			{"common-auth", COMMON}},
		"pam-second-chance"},

	/* nobody is asked */
	{"behind a password that suffices",
		{{"sshd", "auth sufficient pam_unix.so\nauth required pam_sso.so\n" ACCOUNT}},
		"pam-password-first"},
	{"behind Debian's stack with a done",
		{{"sshd", "auth sufficient pam_permit.so\nauth " OURS ACCOUNT}}, "pam-never-runs"},
	{"behind a requisite deny", {{"sshd", "auth requisite pam_deny.so\nauth " OURS ACCOUNT}},
		"pam-never-runs"},
	{"jumped over",
		{{"sshd", "auth [default=1] pam_permit.so\nauth " OURS
			  "auth required pam_unix.so\n" ACCOUNT}},
		"pam-never-runs"},

	/* nobody comes in */
	{"required before a deny",
		{{"sshd", "auth required pam_sso.so\nauth required pam_deny.so\n" ACCOUNT}},
		"pam-never-succeeds pam-no-way-back"},
	{"required alone", {{"sshd", "auth required pam_sso.so\n" ACCOUNT}}, "pam-no-way-back"},
	{"a jump too far",
		{{"sshd", "auth [success=5 default=die] pam_sso.so\nauth required "
			  "pam_unix.so\n" ACCOUNT}},
		"pam-never-succeeds pam-no-way-back"},
	{"a substack ends what its done ends",
		{{"sshd", "auth substack inner\nauth requisite pam_deny.so\n" ACCOUNT},
			{"inner", "auth " OURS "auth required pam_unix.so\n"}},
		"pam-never-succeeds pam-no-way-back"},

	/* the account phase */
	{"no account line",
		{{"sshd",
			"auth " OURS "auth required pam_unix.so\naccount required pam_unix.so\n"}},
		"pam-account-absent"},
	{"an account line that does not count",
		{{"sshd", "auth " OURS "auth required pam_unix.so\naccount optional pam_sso.so\n"
			  "account required pam_unix.so\n"}},
		"pam-account-refused-gets-in"},
	{"an account line behind one that suffices",
		{{"sshd", "auth " OURS "auth required pam_unix.so\naccount sufficient pam_unix.so\n"
			  "account required pam_sso.so\n"}},
		"pam-account-never-runs"},
	{"an account line for account = any",
		{{"sshd", "auth " OURS "auth required pam_unix.so\naccount required pam_sso.so\n"
			  "account required pam_unix.so\n"}},
		"pam-account-outage"},
	{"an account line that keeps keys out",
		{{"sshd", "auth " OURS "auth required pam_unix.so\n"
			  "account [success=ok default=die] pam_sso.so\naccount required "
			  "pam_unix.so\n"}},
		"pam-account-locks-out pam-account-outage"},

	/* what is not understood */
	{"no such control", {{"sshd", "auth requird pam_unix.so\nauth " OURS}}, "pam-syntax"},
	{"no such answer", {{"sshd", "auth [succes=done] pam_sso.so\n"}}, "pam-syntax"},
	{"no such action", {{"sshd", "auth [success=yes] pam_sso.so\n"}}, "pam-syntax"},
	{"no module", {{"sshd", "auth required\n"}}, "pam-syntax"},
	{"no such include", {{"sshd", "auth " OURS "@include common-auth\n"}}, "pam-syntax"},
	{"itself", {{"sshd", "@include sshd\n"}}, "pam-syntax"},
	{"nothing of ours", {{"sshd", "auth required pam_unix.so\n"}}, "pam-absent"},
	{"account alone", {{"sshd", "auth required pam_unix.so\n" ACCOUNT}}, "pam-absent"},
	{"no file", {{"other", "auth required pam_deny.so\n"}}, "pam-no-file"},
};

static void test_stacks(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(stacks); i++) {
		CHECK_FINDINGS_AUTO(findings);
		BUF_AUTO(names, 1024);
		struct pam_files files = {text_of, (void *)(uintptr_t)stacks[i].files};

		(void)check_stack(&files, "sshd", true, &findings);
		for (size_t j = 0; j < findings.n; j++)
			(void)buf_printf(
				&names, "%s%s", j ? " " : "", findings.items[j].kind->name);
		if (strcmp(buf_str(&names), stacks[i].findings) != 0) {
			print_error("%s: %s\n", stacks[i].what, buf_str(&names));
			wrong++;
		}
		assert_int_equal(findings.error, 0);
	}
	assert_int_equal(wrong, 0);
}

/* A service that was not asked for is not spoken of unless it names pam_sso. */
static void test_others(void **state)
{
	struct file others[FILES] = {
		{"cron", "auth required pam_unix.so\n"}, {"broken", "auth requird pam_unix.so\n"}};
	struct pam_files files = {text_of, others};
	CHECK_FINDINGS_AUTO(findings);

	(void)state;
	assert_false(check_stack(&files, "cron", false, &findings));
	assert_false(check_stack(&files, "broken", false, &findings));
	assert_int_equal(findings.n, 0);
}

static void test_places(void **state)
{
	struct file more[FILES] = {{"sshd", "# one\n@include more\n" ACCOUNT},
		{"more", "\n# two \\\nauth required \\\n pam_env.so\nauth sufficient pam_sso.so\n"
			 "auth required pam_unix.so\n"}};
	struct pam_files files = {text_of, more};
	CHECK_FINDINGS_AUTO(findings);

	(void)state;
	assert_true(check_stack(&files, "sshd", false, &findings));
	assert_int_equal(findings.n, 1);
	assert_string_equal(findings.items[0].what,
		"pam.d/more:5: with [sufficient], who is refused may come in by a password");
}

/* Each file of a chain includes the next one ten times: read one by one, there is no end to it. */
static const char *link_of(void *context, const char *name)
{
	char(*texts)[256] = context;
	size_t i = (size_t)(*name - 'a');

	texts[i][0] = '\0';
	for (size_t len = 0; *name < 'o' && len < 10 * strlen("@include b\n");
		len = strlen(texts[i]))
		snprintf(texts[i] + len, sizeof(texts[i]) - len, "@include %c\n", *name + 1);
	return texts[i];
}

static void test_many_includes(void **state)
{
	char texts['o' - 'a' + 1][256];
	struct pam_files files = {link_of, texts};
	CHECK_FINDINGS_AUTO(findings);

	(void)state;
	assert_true(check_stack(&files, "a", true, &findings));
	assert_int_equal(findings.n, 1);
	assert_string_equal(findings.items[0].kind->name, "pam-syntax");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stacks),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_many_includes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
