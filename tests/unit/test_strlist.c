#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "strlist.h"

static void it_keeps_copies_in_order(void **state)
{
	enum { ITEMS = 1000 };
	char text[16];
	STRLIST_AUTO(list);

	(void)state;
	for (int i = 0; i < ITEMS; i++) {
		snprintf(text, sizeof(text), "item %d", i);
		assert_int_equal(strlist_add(&list, text), 0);
	}
	assert_int_equal(list.n, ITEMS);
	for (int i = 0; i < ITEMS; i++) {
		snprintf(text, sizeof(text), "item %d", i);
		assert_string_equal(list.items[i], text);
	}
}

static void a_part_of_a_string_becomes_an_item(void **state)
{
	STRLIST_AUTO(list);

	(void)state;
	assert_int_equal(strlist_add_n(&list, "openid profile", 6), 0);
	assert_int_equal(strlist_add_n(&list, "openid", 0), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.items[0], "openid");
	assert_string_equal(list.items[1], "");
}

static void it_has_what_is_equal_byte_by_byte(void **state)
{
	static const char *const others[] = {
		"", "alic", "alicee", "Alice", " alice", "alice ", "bo"};
	STRLIST_AUTO(list);

	(void)state;
	assert_false(strlist_has(&list, "alice"));
	assert_int_equal(strlist_add(&list, "alice"), 0);
	assert_int_equal(strlist_add(&list, "bob"), 0);
	assert_true(strlist_has(&list, "alice"));
	assert_true(strlist_has(&list, "bob"));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(strlist_has(&list, others[i]));
}

static void a_copy_stands_on_its_own(void **state)
{
	STRLIST_AUTO(from);
	STRLIST_AUTO(to);

	(void)state;
	assert_int_equal(strlist_add(&to, "old"), 0);
	assert_int_equal(strlist_add(&from, "a"), 0);
	assert_int_equal(strlist_add(&from, "b"), 0);
	assert_int_equal(strlist_copy(&to, &from), 0);
	strlist_free(&from);
	assert_int_equal(from.n, 0);
	assert_null(from.items);
	assert_int_equal(to.n, 2);
	assert_string_equal(to.items[0], "a");
	assert_string_equal(to.items[1], "b");
	/* where it ends is where it grows from */
	assert_int_equal(strlist_add(&to, "c"), 0);
	assert_string_equal(to.items[2], "c");
	assert_int_equal(strlist_copy(&to, &from), 0);
	assert_int_equal(to.n, 0);
	assert_null(to.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_keeps_copies_in_order),
		cmocka_unit_test(a_part_of_a_string_becomes_an_item),
		cmocka_unit_test(it_has_what_is_equal_byte_by_byte),
		cmocka_unit_test(a_copy_stands_on_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
