#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "username.h"

static const char *const good[] = {
	"alice", "a", "_apt", "Alice", "alice.smith", "alice-smith", "a1", "systemd-network", "a.",
	"abcdefghijklmnopqrstuvwxyz012345", /* 32 bytes */
};

static const char *const bad[] = {
	"",
	"abcdefghijklmnopqrstuvwxyz0123456", /* 33 bytes */
	/* a path, or part of one */
	"/etc/passwd",
	"a/b",
	"..",
	".",
	".alice",
	"a..b",
	"alice..",
	/* an option, a number */
	"-rf",
	"-",
	"0",
	"1000",
	"1alice",
	"+1",
	/* more than one word, line or field */
	"alice bob",
	" alice",
	"alice ",
	"alice\n",
	"alice\nroot",
	"alice\troot",
	"alice:x",
	"alice,bob",
	/* what an IdP calls a person */
	"alice@example.com",
	"EXAMPLE\\alice",
	"alice$",
	"%wheel",
	"#0",
	"*",
	"alice\x7f",
	"\x1b[2J",
	/* what looks like ours: Cyrillic, Kelvin sign, dotless i, fi, fullwidth, zero width */
	"\xd0\xb0lice",
	"\xe2\x84\xaa",
	"al\xc4\xb1",
	"\xef\xac\x81",
	"\xef\xbd\x81",
	"a\xe2\x80\x8blice",
	"\xe9lise",
};

static void names_are_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!username_valid(good[i]))
			fail_msg("refused: %s", good[i]);
}

static void everything_else_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (username_valid(bad[i]))
			fail_msg("accepted: %s", bad[i]);
}

/* One byte of each value, first and later, against the rule written out. */
static void every_byte_is_judged(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		const char first[] = {(char)c, 'x', '\0'};
		const char later[] = {'x', (char)c, 'x', '\0'};
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		bool rest = letter || (c >= '0' && c <= '9') || c == '.' || c == '-';

		assert_int_equal(username_valid(first), letter);
		assert_int_equal(username_valid(later), rest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_accepted),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(every_byte_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
