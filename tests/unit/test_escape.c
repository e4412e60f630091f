#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "escape.h"

struct row {
	const char *text;
	const char *escaped; /* NULL: as it is */
	const char *value;   /* NULL: as escaped */
};

static const struct row rows[] = {
	{"alice", NULL, NULL},
	{"~!#$%^&*()[]{}<>?/|`';:,.", NULL, NULL},
	{NULL, "", ""},
	{"", NULL, "\"\""},
	{"two words", NULL, "\"two words\""},
	{"a=b", NULL, "\"a=b\""},
	{"say \"hi\"", NULL, "\"say \\x22hi\\x22\""},
	{"\"", NULL, "\"\\x22\""},
	/* a backslash of its own is not one of ours */
	{"\\x41", "\\x5cx41", NULL},
	/* lines, fields and terminals */
	{"a\nevent=verdict", "a\\x0aevent=verdict", "\"a\\x0aevent=verdict\""},
	{"a\r\t\b", "a\\x0d\\x09\\x08", NULL},
	{"\x1b]52;c;cm0=\x07", "\\x1b]52;c;cm0=\\x07", "\"\\x1b]52;c;cm0=\\x07\""},
	{"\x7f", "\\x7f", NULL},
	/* C1 CSI, as one byte and in UTF-8; right-to-left override; Cyrillic a */
	{"\x9b"
	 "2J",
		"\\x9b2J", NULL},
	{"\xc2\x9b"
	 "2J",
		"\\xc2\\x9b2J", NULL},
	{"\xe2\x80\xae"
	 "gpj.exe",
		"\\xe2\\x80\\xaegpj.exe", NULL},
	{"\xd0\xb0lice", "\\xd0\\xb0lice", NULL},
	{"\xff", "\\xff", NULL},
};

static void text_is_escaped(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *escaped = rows[i].escaped ? rows[i].escaped : rows[i].text;
		BUF_AUTO(out, 256);

		assert_int_equal(escape_add(&out, rows[i].text), 0);
		assert_string_equal(buf_str(&out), escaped);
	}
}

static void values_are_quoted_where_they_must_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *escaped = rows[i].escaped ? rows[i].escaped : rows[i].text;
		BUF_AUTO(out, 256);

		assert_int_equal(escape_add_value(&out, rows[i].text), 0);
		assert_string_equal(buf_str(&out), rows[i].value ? rows[i].value : escaped);
	}
}

static void every_byte_comes_out_printable(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		const char text[] = {(char)c, '\0'};
		char expected[8];
		BUF_AUTO(out, 8);

		if (c >= ' ' && c <= '~' && c != '\\')
			snprintf(expected, sizeof(expected), "%c", c);
		else
			snprintf(expected, sizeof(expected), "\\x%02x", (unsigned int)c);
		assert_int_equal(escape_add(&out, text), 0);
		assert_string_equal(buf_str(&out), expected);
	}
}

static void it_adds_behind_what_is_there_up_to_the_ceiling(void **state)
{
	BUF_AUTO(out, 9);

	(void)state;
	assert_int_equal(buf_puts(&out, "user="), 0);
	assert_int_equal(escape_add(&out, "\n"), 0);
	assert_string_equal(buf_str(&out), "user=\\x0a");
	assert_int_equal(escape_add(&out, "\n"), -EMSGSIZE);
	assert_int_equal(escape_add(&out, NULL), -EMSGSIZE);
	assert_int_equal(escape_add_value(&out, NULL), -EMSGSIZE);
	assert_string_equal(buf_str(&out), "user=\\x0a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(values_are_quoted_where_they_must_be),
		cmocka_unit_test(every_byte_comes_out_printable),
		cmocka_unit_test(it_adds_behind_what_is_there_up_to_the_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
