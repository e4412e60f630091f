/* What is said of a line that names nothing: which key was meant, and which sections there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "config_guess.h"
#include "config_keys.h"
#include "count.h"

static void test_guesses(void **state)
{
	static const struct {
		const char *name, *guess;
	} rows[] = {
		{"isuer", "issuer"},
		{"Issuer", "issuer"},
		{"issuer_", "issuer"},
		{"client-id", "client_id"},
		{"clientid", "client_id"},
		{"allow_group", "allow_groups"},
		{"ingore_users", "ignore_users"},
		{"client_secret", "client_secret_file"},
		{"deadlnie", "deadline"},
		{"", NULL},
		{"q", NULL},
		{"qt", NULL},
		{"password", NULL},
		{"is\xc3\xbc", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *guess = config_guess(rows[i].name);

		if (rows[i].guess)
			assert_string_equal(guess ? guess : "nothing", rows[i].guess);
		else
			assert_null(guess);
	}
}

static void say(const char *text, struct config_error *ret)
{
	struct config config = {0};

	assert_int_not_equal(config_parse(text, strlen(text), "conf", "", &config, ret), 0);
}

static void test_a_guess_is_said(void **state)
{
	struct config_error error;

	(void)state;
	say("[provider]\nisuer = https://idp.example.com\n", &error);
	assert_string_equal(error.text, "conf:2: there is no key `isuer`; did you mean `issuer`?");
	say("[provider]\npassword = x\n", &error);
	assert_string_equal(error.text, "conf:2: there is no key `password`");
}

static void test_all_sections_are_said(void **state)
{
	struct config_error error;

	(void)state;
	say("[nonsense]\n", &error);
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		char section[64];

		snprintf(section, sizeof(section), "[%s]", config_keys[i].section);
		if (!strstr(error.text, section))
			fail_msg("%s lacks %s", error.text, section);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guesses),
		cmocka_unit_test(test_a_guess_is_said),
		cmocka_unit_test(test_all_sections_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
