/* What sshd_config(5) comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
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

/* What is told beside the settings, a line each. */
static void told_include(void *context, const char *pattern, struct sshd_settings *settings)
{
	(void)settings;
	buf_printf(context, "include %s\n", pattern);
}

static void told_match(void *context, const char *criteria, unsigned int line)
{
	buf_printf(context, "%u %s\n", line, criteria);
}

static struct sshd_settings read_text(const char *text, struct buf *told)
{
	const struct sshd_settings_events events = {told_include, told_match, told};
	struct sshd_settings settings = sshd_settings_default;
	char *copy = strdup(text);

	assert_non_null(copy);
	sshd_settings_read(copy, &settings, told ? &events : NULL);
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
	} rows[] = {
		{"", false, true, true, 120, 10, "any"},
		{"usepam yes\nlogingracetime 60\nmaxstartups 100:30:200\n", true, true, true, 60,
			100, "any"},
		/* in any case, with blanks, an = and comments */
		{"# UsePAM no\n  USEPAM = YES\t# ours\r\n\nPasswordAuthentication\tno", true, true,
			false, 120, 10, "any"},
		/* the first counts, by either of its names */
		{"UsePAM no\nUsePAM yes\n", false, true, true, 120, 10, "any"},
		{"ChallengeResponseAuthentication no\nKbdInteractiveAuthentication yes\n", false,
			false, true, 120, 10, "any"},
		{"AuthenticationMethods publickey,keyboard-interactive password\n", false, true,
			true, 120, 10, "publickey,keyboard-interactive password"},
		/* but for one */
		{"MaxStartups 100:30:200\nMaxStartups 7\n", false, true, true, 120, 7, "any"},
		/* what is said for some */
		{"UsePAM yes\nMatch User git\nUsePAM no\nPasswordAuthentication no\n", true, true,
			true, 120, 10, "any"},
		/* what makes no sense is left out */
		{"LoginGraceTime soon\nUsePAMs yes\nInclude more\n", false, true, true, 120, 10,
			"any"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sshd_settings settings = read_text(rows[i].text, NULL);

		assert_int_equal(settings.use_pam, rows[i].use_pam);
		assert_int_equal(settings.keyboard_interactive, rows[i].keyboard_interactive);
		assert_int_equal(settings.password, rows[i].password);
		assert_int_equal(settings.grace, rows[i].grace);
		assert_int_equal(settings.startups, rows[i].startups);
		assert_string_equal(settings.methods, rows[i].methods);
	}
}

static void what_is_told(void **state)
{
	BUF_AUTO(told, 1024);
	struct sshd_settings settings = read_text("Include a.conf  b/*.conf # ours\n"
						  "\n"
						  "Match User git,hg # theirs\n"
						  "  PasswordAuthentication no\n"
						  "  Include never\n"
						  "match address 10.0.0.0/8\n"
						  "UsePAM yes\n",
		&told);

	(void)state;
	assert_string_equal(buf_str(&told), "include a.conf\ninclude b/*.conf\n3 User git,hg\n"
					    "6 address 10.0.0.0/8\n");
	assert_true(settings.password && !settings.use_pam);
}

static void methods(void **state)
{
	static const struct {
		const char *methods;
		bool keyboard, key_first;
	} rows[] = {
		{"any", true, false},
		{"publickey,keyboard-interactive", true, true},
		{"publickey,keyboard-interactive:pam", true, true},
		{"publickey,password,keyboard-interactive", true, true},
		{"keyboard-interactive", true, false},
		{"keyboard-interactive,publickey", true, false},
		{"publickey", false, false},
		{"publickey keyboard-interactive", true, false},
		{"password publickey,keyboard-interactive", true, true},
		{"publickey,password hostbased", false, false},
		{"", false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text = rows[i].methods;

		assert_int_equal(sshd_settings_has_method(text, NULL, "keyboard-interactive"),
			rows[i].keyboard);
		assert_int_equal(
			sshd_settings_has_method(text, "publickey", "keyboard-interactive"),
			rows[i].key_first);
	}
}

static void versions(void **state)
{
	static const struct {
		const char *text;
		int major, minor;
		bool is_before;
	} rows[] = {
		{"OpenSSH_9.2, OpenSSL 3.0.22 25 Aug 2026\n", 9, 2, true},
		{"OpenSSH_10.0p2 Debian-7, OpenSSL 3.5.9\n", 10, 0, true},
		{"OpenSSH_10.3p1\n", 10, 3, false},
		{"OpenSSH_11.0p1\n", 11, 0, false},
		{"unknown option -- V\nOpenSSH_8.4p1 Debian-5, OpenSSL 1.1.1\nusage: sshd\n", 8, 4,
			true},
		{"something else", 0, 0, true},
		{"OpenSSH_", 0, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sshd_version version = sshd_version_read(rows[i].text);

		assert_int_equal(version.major, rows[i].major);
		assert_int_equal(version.minor, rows[i].minor);
		assert_int_equal(sshd_version_is_before(version, 10, 3), rows[i].is_before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(what_counts),
		cmocka_unit_test(what_is_told),
		cmocka_unit_test(methods),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
