#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detail.h"

static void escaped_and_joined(void **state)
{
	char detail[64] = "from before";

	(void)state;
	detail_set(detail, sizeof(detail), NULL);
	assert_string_equal(detail, "");
	detail_set(detail, sizeof(detail), "no: ");
	detail_add(detail, sizeof(detail), "a\r\n\x1b[2J\xc3\xa9\\ b");
	detail_add(detail, sizeof(detail), NULL);
	assert_string_equal(detail, "no: a\\x0d\\x0a\\x1b[2J\\xc3\\xa9\\x5c b");
}

/* What comes of ABC, a line feed and D in 1 to 9 bytes: never a part of an escape. */
static void cut_where_the_room_ends(void **state)
{
	static const char *const cut[] = {
		"", "A", "AB", "ABC", "ABC", "ABC", "ABC", "ABC\\x0a", "ABC\\x0aD"};

	(void)state;
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		char *detail = malloc(i + 1); /* so that a sanitizer sees a byte too many */

		assert_non_null(detail);
		detail_set(detail, i + 1, "ABC\nD");
		assert_string_equal(detail, cut[i]);
		detail_add(detail, i + 1, "\n\n\n\n");
		assert_true(strlen(detail) <= i);
		free(detail);
	}
}

static void a_long_text(void **state)
{
	char text[100000];
	char detail[16];

	(void)state;
	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	detail_set(detail, sizeof(detail), text);
	assert_string_equal(detail, "\\x0a\\x0a\\x0a");
}

static void no_room_at_all(void **state)
{
	char detail[4] = "abc";

	(void)state;
	detail_set(NULL, 4, "x");
	detail_add(NULL, 4, "x");
	detail_set(detail, 0, "x");
	detail_add(detail, 0, "x");
	assert_string_equal(detail, "abc");
	detail_add(detail, sizeof(detail), "x");
	assert_string_equal(detail, "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escaped_and_joined),
		cmocka_unit_test(cut_where_the_room_ends),
		cmocka_unit_test(a_long_text),
		cmocka_unit_test(no_room_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
