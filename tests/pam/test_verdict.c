/* verdict: the table, and the two codes that must come from one class alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <security/pam_modules.h>

#include "verdict.h"

static void codes_of_each_host(void **state)
{
	static const struct {
		enum reason reason;
		int other, sshd, sudo;
	} rows[] = {
		{REASON_OK, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS},
		{REASON_NOT_OURS, PAM_IGNORE, PAM_IGNORE, PAM_IGNORE},
		{REASON_UNSET, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
		{REASON_CONFIG, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
		{REASON_EXPIRED, PAM_AUTH_ERR, PAM_AUTH_ERR, PAM_AUTH_ERR},
		{REASON_USER_MISMATCH, PAM_PERM_DENIED, PAM_MAXTRIES, PAM_ABORT},
		{REASON_TOKEN_SIGNATURE, PAM_PERM_DENIED, PAM_MAXTRIES, PAM_ABORT},
		{REASON_UNREACHABLE, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL,
			PAM_AUTHINFO_UNAVAIL},
		{REASON_WORKER, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL},
		{REASON_USER_UNKNOWN, PAM_USER_UNKNOWN, PAM_USER_UNKNOWN, PAM_USER_UNKNOWN},
		{REASON_CANCELLED, PAM_ABORT, PAM_MAXTRIES, PAM_ABORT},
		{REASON_NO_CONVERSATION, PAM_CONV_ERR, PAM_CONV_ERR, PAM_CONV_ERR},
		{(enum reason)9999, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(verdict_code(rows[i].reason, HOST_OTHER), rows[i].other);
		assert_int_equal(verdict_code(rows[i].reason, HOST_SSHD), rows[i].sshd);
		assert_int_equal(verdict_code(rows[i].reason, HOST_SUDO), rows[i].sudo);
	}
}

static void success_and_ignore_have_one_reason_each(void **state)
{
	(void)state;
	for (int reason = -1; reason <= REASON_COUNT; reason++)
		for (int kind = -1; kind <= HOST_KIND_COUNT; kind++) {
			int code = verdict_code((enum reason)reason, (enum host_kind)kind);

			if (reason != REASON_OK)
				assert_int_not_equal(code, PAM_SUCCESS);
			if (reason != REASON_NOT_OURS)
				assert_int_not_equal(code, PAM_IGNORE);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_of_each_host),
		cmocka_unit_test(success_and_ignore_have_one_reason_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
