/* What sshd_config(5) comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "count.h"
#include "sshd_settings.h"

static void times(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{"0", 0},
		{"120", 120},
		{"90s", 90},
		{"2m", 120},
		{"1h30m", 5400},
		{"1D", 86400},
		{"1w", 604800},
		{"", -1},
		{"m", -1},
		{"-1", -1},
		{"1x", -1},
		{"1m ", -1},
		{"99999999999999999999", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(sshd_settings_time(rows[i].text), rows[i].seconds);
}

static struct sshd_settings read_text(const char *text)
{
	struct sshd_settings settings = sshd_settings_default;
	char *copy = strdup(text);

	assert_non_null(copy);
	sshd_settings_read(copy, &settings, NULL, NULL);
	free(copy);
	return settings;
}

static void what_counts(void **state)
{
	static const struct {
		const char *text;
		bool use_pam, keyboard_interactive, password;
		int64_t grace, startups;
		const char *methods;
		bool matches;
	} rows[] = {
		{"", false, true, true, 120, 10, "any", false},
		{"usepam yes\nlogingracetime 60\nmaxstartups 100:30:200\n", true, true, true, 60,
			100, "any", false},
		/* in any case, with blanks, an = and comments */
		{"# UsePAM no\n  USEPAM = YES\t# ours\r\n\nPasswordAuthentication\tno", true, true,
			false, 120, 10, "any", false},
		/* the first counts, by either of its names */
		{"UsePAM no\nUsePAM yes\n", false, true, true, 120, 10, "any", false},
		{"ChallengeResponseAuthentication no\nKbdInteractiveAuthentication yes\n", false,
			false, true, 120, 10, "any", false},
		{"AuthenticationMethods publickey,keyboard-interactive password\n", false, true,
			true, 120, 10, "publickey,keyboard-interactive password", false},
		/* what is said for some */
		{"UsePAM yes\nMatch User git\nUsePAM no\nPasswordAuthentication no\n", true, true,
			true, 120, 10, "any", true},
		/* what makes no sense is left out */
		{"LoginGraceTime soon\nUsePAMs yes\nInclude more\n", false, true, true, 120, 10,
			"any", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sshd_settings settings = read_text(rows[i].text);

		assert_int_equal(settings.use_pam, rows[i].use_pam);
		assert_int_equal(settings.keyboard_interactive, rows[i].keyboard_interactive);
		assert_int_equal(settings.password, rows[i].password);
		assert_int_equal(settings.grace, rows[i].grace);
		assert_int_equal(settings.startups, rows[i].startups);
		assert_string_equal(settings.methods, rows[i].methods);
		assert_int_equal(settings.matches, rows[i].matches);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(what_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
