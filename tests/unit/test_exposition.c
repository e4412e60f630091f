/* A tally as Prometheus reads it, to the letter; tests/tools/test_stats.py has its own parser read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exposition.h"

static const char text[] =
	"# HELP pam_sso_attempts_total Sign-ins that came to a verdict, by PAM service and "
	"reason.\n"
	"# TYPE pam_sso_attempts_total counter\n"
	"pam_sso_attempts_total{service=\"other\",reason=\"ok\"} 1\n"
	"pam_sso_attempts_total{service=\"sshd\",reason=\"ok\"} 2\n"
	"pam_sso_attempts_total{service=\"sshd\",reason=\"no-mapping\"} 1\n"
	"pam_sso_attempts_total{service=\"sudo\",reason=\"ok\"} 0\n"
	"pam_sso_attempts_total{service=\"sudo\",reason=\"unreachable\"} 18446744073709551615\n"
	"# HELP pam_sso_prompt_seconds How long it took from the prompt to the verdict.\n"
	"# TYPE pam_sso_prompt_seconds histogram\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"5\"} 0\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"10\"} 0\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"15\"} 0\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"20\"} 0\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"30\"} 0\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"45\"} 0\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"60\"} 0\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"90\"} 0\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"120\"} 0\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"180\"} 0\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"300\"} 0\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"refused\",le=\"+Inf\"} 1\n"
	"pam_sso_prompt_seconds_sum{verdict=\"refused\"} 301.007\n"
	"pam_sso_prompt_seconds_count{verdict=\"refused\"} 1\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"5\"} 1\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"10\"} 1\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"15\"} 2\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"20\"} 2\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"30\"} 2\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"45\"} 2\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"60\"} 2\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"90\"} 2\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"120\"} 2\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"180\"} 2\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"300\"} 2\n"
	"pam_sso_prompt_seconds_bucket{verdict=\"in\",le=\"+Inf\"} 2\n"
	"pam_sso_prompt_seconds_sum{verdict=\"in\"} 15.500\n"
	"pam_sso_prompt_seconds_count{verdict=\"in\"} 2\n"
	"# HELP pam_sso_idp_errors_total How often the identity provider could not be asked, by "
	"kind.\n"
	"# TYPE pam_sso_idp_errors_total counter\n"
	"pam_sso_idp_errors_total{kind=\"unreachable\"} 3\n"
	"pam_sso_idp_errors_total{kind=\"tls\"} 0\n"
	"pam_sso_idp_errors_total{kind=\"redirect\"} 0\n"
	"pam_sso_idp_errors_total{kind=\"reply-size\"} 0\n"
	"pam_sso_idp_errors_total{kind=\"reply-form\"} 0\n"
	"pam_sso_idp_errors_total{kind=\"discovery\"} 0\n"
	"pam_sso_idp_errors_total{kind=\"keys\"} 0\n"
	"pam_sso_idp_errors_total{kind=\"no-device-flow\"} 0\n"
	"pam_sso_idp_errors_total{kind=\"client-refused\"} 0\n"
	"pam_sso_idp_errors_total{kind=\"idp-error\"} 0\n";

static void fill(struct tally *tally)
{
	tally_begin(tally);
	tally_attempt(tally, "not a name", REASON_OK);
	tally_attempt(tally, "sshd", REASON_OK);
	tally_attempt(tally, "sshd", REASON_OK);
	tally_attempt(tally, "sshd", REASON_NO_MAPPING);
	tally_attempt(tally, "sudo", REASON_UNREACHABLE);
	tally->rows[2].attempts[REASON_UNREACHABLE] = UINT64_MAX;
	tally_prompt(tally, TALLY_IN, 3000);
	tally_prompt(tally, TALLY_IN, 12500);
	tally_prompt(tally, TALLY_REFUSED, 301007);
	for (int i = 0; i < 3; i++)
		tally_idp_error(tally, REASON_UNREACHABLE);
}

static void as_text(void **state)
{
	BUF_AUTO(out, EXPOSITION_MAX);
	struct tally tally;

	(void)state;
	fill(&tally);
	assert_int_equal(exposition_text(&tally, &out), 0);
	assert_string_equal(buf_str(&out), text);
}

static void as_json(void **state)
{
	static const char begins[] =
		"{\"attempts\": [\n"
		"\t{\"service\": \"other\", \"reason\": \"ok\", \"count\": 1},\n"
		"\t{\"service\": \"sshd\", \"reason\": \"ok\", \"count\": 2},\n"
		"\t{\"service\": \"sshd\", \"reason\": \"no-mapping\", \"count\": 1},\n"
		"\t{\"service\": \"sudo\", \"reason\": \"ok\", \"count\": 0},\n"
		"\t{\"service\": \"sudo\", \"reason\": \"unreachable\", \"count\": "
		"18446744073709551615}],\n"
		"\"prompt_seconds\": {\n"
		"\t\"refused\": {\"count\": 1, \"sum\": 301.007, \"buckets\": {\"5\": 0, ";
	static const char ends[] = "\t\"idp-error\": 0}}\n";
	BUF_AUTO(out, EXPOSITION_MAX);
	struct tally tally;

	(void)state;
	fill(&tally);
	assert_int_equal(exposition_json(&tally, &out), 0);
	assert_memory_equal(out.data, begins, strlen(begins));
	assert_string_equal(buf_str(&out) + out.len - strlen(ends), ends);
}

/* Every row and every reason, all as large as can be. */
static void the_longest_fits(void **state)
{
	BUF_AUTO(out, EXPOSITION_MAX);
	BUF_AUTO(json, EXPOSITION_MAX);
	struct tally tally;

	(void)state;
	tally_begin(&tally);
	for (unsigned int i = 0; i < TALLY_ROWS; i++) {
		char name[TALLY_NAME];

		snprintf(name, sizeof(name), "a-name-that-is-very-long-000-%02u", i);
		for (unsigned int reason = 0; reason < REASON_COUNT; reason++)
			tally_attempt(&tally, name, reason);
	}
	for (unsigned int i = 0; i < TALLY_ROWS; i++)
		memset(tally.rows[i].attempts, 0xff, sizeof(tally.rows[i].attempts));
	assert_int_equal(exposition_text(&tally, &out), 0);
	assert_int_equal(exposition_json(&tally, &json), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_text),
		cmocka_unit_test(as_json),
		cmocka_unit_test(the_longest_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
