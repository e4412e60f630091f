/* terminal: where half blocks show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "terminal.h"

static void blocks_need_a_terminal_and_utf8(void **state)
{
	static const struct {
		const char *term, *locale;
		bool shows;
	} rows[] = {
		{"xterm-256color", "en_US.UTF-8", true},
		{"linux", "C.utf8", true},
		{"xterm", "de_DE.utf8@euro", true},
		{"xterm", "de_DE.ISO-8859-1", false},
		{"xterm", "C", false},
		{"xterm", NULL, false},
		{"dumb", "en_US.UTF-8", false},
		{"", "en_US.UTF-8", false},
		{NULL, "en_US.UTF-8", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			terminal_shows_blocks(rows[i].term, rows[i].locale), rows[i].shows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_need_a_terminal_and_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
