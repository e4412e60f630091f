#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy.h"
#include "wire.h"

enum { NOW = 1800000000, SKEW = 60 };

/* What a configuration asks, what was said before, and whether that is enough. Lists are separated
 * by blanks; NULL: not set, or not claimed. */
struct row {
	const char *acr, *amr, *required;
	int64_t max_age;
	const char *said_acr, *said_amr, *said_auth_time;
	bool holds;
};

#define AGE(MAX) NULL, NULL, NULL, (MAX)
#define NONE     CONFIG_NO_AGE

static const struct row rows[] = {
	/* nothing asked */
	{NULL, NULL, NULL, NONE, NULL, NULL, NULL, true},
	{NULL, NULL, NULL, NONE, "low", "pwd", "1", true},
	/* acr */
	{"high", NULL, NULL, NONE, "high", NULL, NULL, true},
	{"high higher", NULL, NULL, NONE, "higher", NULL, NULL, true},
	{"high", NULL, NULL, NONE, NULL, NULL, NULL, false},
	{"high", NULL, NULL, NONE, "", NULL, NULL, false},
	{"high", NULL, NULL, NONE, "higher", NULL, NULL, false},
	{"higher", NULL, NULL, NONE, "high", NULL, NULL, false},
	{"high", NULL, NULL, NONE, "High", NULL, NULL, false},
	/* amr */
	{NULL, "otp", NULL, NONE, NULL, "otp", NULL, true},
	{NULL, "pwd otp", NULL, NONE, NULL, "otp mfa pwd", NULL, true},
	{NULL, "pwd otp", NULL, NONE, NULL, "pwd", NULL, false},
	{NULL, "otp", NULL, NONE, NULL, NULL, NULL, false},
	{NULL, "otp", NULL, NONE, "otp", "otpx xotp", NULL, false},
	/* max_age */
	{AGE(300), NULL, NULL, "1799999700", true},
	{AGE(300), NULL, NULL, "1799999640", true}, /* within the skew */
	{AGE(300), NULL, NULL, "1799999639", false},
	{AGE(300), NULL, NULL, "1800000060", true},
	{AGE(300), NULL, NULL, "1800000061", false},
	{AGE(0), NULL, NULL, "1799999940", true},
	{AGE(0), NULL, NULL, "1799999939", false},
	{AGE(300), NULL, NULL, NULL, false},
	{AGE(300), NULL, NULL, "", false},
	{AGE(300), NULL, NULL, "-1", false},
	{AGE(300), NULL, NULL, "1799999700.5", false},
	{AGE(300), NULL, NULL, "9223372036854775807", false},
	/* what was said before does not tell */
	{NULL, NULL, "department=it", NONE, "high", "otp", "1800000000", false},
	/* all of it */
	{"high", "otp", NULL, 300, "high", "otp", "1800000000", true},
	{"high", "otp", NULL, 300, "low", "otp", "1800000000", false},
	{"high", "otp", NULL, 300, "high", "pwd", "1800000000", false},
	{"high", "otp", NULL, 300, "high", "otp", "1", false},
};

/* Calls ADD for each word of TEXT. */
static void each_word(const char *text, void (*add)(void *to, const char *word), void *to)
{
	char words[64];
	char *rest = words;

	if (!text)
		return;
	assert_true(strlen(text) < sizeof(words));
	strcpy(words, text);
	for (const char *word; (word = strsep(&rest, " "));)
		add(to, word);
}

static void add_wanted(void *list, const char *word)
{
	assert_int_equal(strlist_add(list, word), 0);
}

static void add_amr(void *event, const char *word)
{
	assert_int_equal(record_add(event, "amr", word), 0);
}

static struct record *make_event(const struct row *row)
{
	struct record *event = record_new(wire_event);

	assert_non_null(event);
	if (row->said_acr)
		assert_int_equal(record_add(event, "acr", row->said_acr), 0);
	each_word(row->said_amr, add_amr, event);
	if (row->said_auth_time)
		assert_int_equal(record_add(event, "auth_time", row->said_auth_time), 0);
	return event;
}

static void what_was_said_is_held_against_the_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CONFIG_AUTO(config);
		RECORD_AUTO(event);

		config.token.max_age = rows[i].max_age;
		config.token.skew = SKEW;
		each_word(rows[i].acr, add_wanted, &config.token.acr);
		each_word(rows[i].amr, add_wanted, &config.token.amr);
		each_word(rows[i].required, add_wanted, &config.token.required_claims);
		event = make_event(&rows[i]);
		if (policy_holds(&config, event, NOW) != rows[i].holds)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_said_is_held_against_the_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
