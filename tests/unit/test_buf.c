#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "buf.h"
#include "wiped.h"

/* One addition after another to a buffer of at most 8 bytes. */
struct step {
	const char *add;
	int result;
	const char *after;
};

static const struct step steps[] = {
	{"", 0, ""},
	{"abcd", 0, "abcd"},
	{"efg", 0, "abcdefg"},
	{"hi", -EMSGSIZE, "abcdefg"},
	/* it would fit, but the first failure stays */
	{"h", -EMSGSIZE, "abcdefg"},
	{"", -EMSGSIZE, "abcdefg"},
};

static void it_stops_at_its_ceiling(void **state)
{
	BUF_AUTO(buf, 8);

	(void)state;
	assert_string_equal(buf_str(&buf), "");
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		assert_int_equal(buf_puts(&buf, steps[i].add), steps[i].result);
		assert_int_equal(buf_error(&buf), steps[i].result);
		assert_string_equal(buf_str(&buf), steps[i].after);
		assert_int_equal(buf.len, strlen(steps[i].after));
	}
	buf_free(&buf);
	assert_int_equal(buf_puts(&buf, "12345678"), 0);
	assert_string_equal(buf_str(&buf), "12345678");
}

static void it_cannot_be_talked_past_its_ceiling(void **state)
{
	BUF_AUTO(buf, 8);

	(void)state;
	assert_int_equal(buf_puts(&buf, "x"), 0);
	assert_int_equal(buf_add(&buf, "y", SIZE_MAX), -EMSGSIZE);
	assert_string_equal(buf_str(&buf), "x");
}

static void it_keeps_every_byte_while_it_grows(void **state)
{
	enum { BYTES = 100 * 1000 };
	BUF_AUTO(buf, BYTES);

	(void)state;
	for (int i = 0; i < BYTES; i++) {
		char c = (char)(i % 251);

		assert_int_equal(buf_add(&buf, &c, 1), 0);
	}
	assert_int_equal(buf.len, BYTES);
	assert_int_equal(buf.data[BYTES], '\0');
	for (int i = 0; i < BYTES; i++)
		assert_int_equal(buf.data[i], (char)(i % 251));
}

static void it_wipes_what_it_moves_and_frees(void **state)
{
	char filler[1000] = {0};
	BUF_AUTO(buf, 4096);

	(void)state;
	assert_int_equal(buf_puts(&buf, "moved-secret"), 0);
	assert_false(wiped_has("moved-secret"));
	assert_int_equal(buf_add(&buf, filler, sizeof(filler)), 0);
	assert_true(wiped_has("moved-secret"));
	assert_int_equal(buf_puts(&buf, "freed-secret"), 0);
	buf_free(&buf);
	assert_true(wiped_has("freed-secret"));
}

static void it_formats(void **state)
{
	BUF_AUTO(buf, 16);

	(void)state;
	assert_int_equal(buf_printf(&buf, "%s=%d", "seconds", 12), 0);
	assert_string_equal(buf_str(&buf), "seconds=12");
	assert_int_equal(buf_printf(&buf, "%s", "and far too much"), -EMSGSIZE);
	assert_string_equal(buf_str(&buf), "seconds=12");
}

static void what_is_taken_away_is_gone(void **state)
{
	BUF_AUTO(buf, 16);

	(void)state;
	buf_consume(&buf, 0);
	assert_int_equal(buf_puts(&buf, "headsecret"), 0);
	buf_consume(&buf, 4);
	assert_string_equal(buf_str(&buf), "secret");
	/* the bytes behind the new end, which the old end left there */
	assert_memory_equal(buf.data + 6, "\0\0\0\0", 4);
	buf_consume(&buf, 6);
	assert_string_equal(buf_str(&buf), "");
	assert_memory_equal(buf.data, "\0\0\0\0\0\0", 6);
}

static void what_is_stolen_is_the_callers(void **state)
{
	BUF_AUTO(buf, 4);

	(void)state;
	char *empty = buf_steal(&buf);
	assert_string_equal(empty, "");
	free(empty);
	assert_int_equal(buf_puts(&buf, "abcd"), 0);
	char *text = buf_steal(&buf);
	assert_string_equal(text, "abcd");
	free(text);
	assert_null(buf.data);
	assert_int_equal(buf.max, 4);
	assert_int_equal(buf_puts(&buf, "abcde"), -EMSGSIZE);
	assert_null(buf_steal(&buf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_stops_at_its_ceiling),
		cmocka_unit_test(it_cannot_be_talked_past_its_ceiling),
		cmocka_unit_test(it_keeps_every_byte_while_it_grows),
		cmocka_unit_test(it_wipes_what_it_moves_and_frees),
		cmocka_unit_test(it_formats),
		cmocka_unit_test(what_is_taken_away_is_gone),
		cmocka_unit_test(what_is_stolen_is_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
