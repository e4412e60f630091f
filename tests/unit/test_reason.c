#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reason.h"

static void what_nobody_set_is_a_failure(void **state)
{
	enum reason zero = (enum reason)0;

	(void)state;
	assert_int_equal(zero, REASON_UNSET);
	assert_int_not_equal(zero, REASON_OK);
	assert_int_equal(reason_class(zero), CLASS_SYSTEM);
}

static void one_reason_lets_in(void **state)
{
	(void)state;
	for (int i = 0; i < REASON_COUNT; i++)
		assert_int_equal(reason_class((enum reason)i) == CLASS_OK, i == REASON_OK);
}

static void one_reason_is_none_of_ours(void **state)
{
	(void)state;
	for (int i = 0; i < REASON_COUNT; i++)
		assert_int_equal(
			reason_class((enum reason)i) == CLASS_NOT_OURS, i == REASON_NOT_OURS);
}

static void a_name_leads_back_to_its_reason(void **state)
{
	(void)state;
	for (int i = 0; i < REASON_COUNT; i++) {
		const char *name = reason_name((enum reason)i);

		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		assert_int_equal(reason_by_name(name), i);
	}
}

static void other_names_are_unset(void **state)
{
	static const char *const names[] = {NULL, "", "OK", "ok ", " ok", "o", "okay", "0", "1"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(reason_by_name(names[i]), REASON_UNSET);
}

static void a_value_out_of_range_is_a_failure(void **state)
{
	static const int values[] = {-1, REASON_COUNT, REASON_COUNT + 1, 1 << 30};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		assert_int_equal(reason_class((enum reason)values[i]), CLASS_SYSTEM);
		assert_string_equal(reason_name((enum reason)values[i]), "unset");
	}
}

/* A sentence goes to a terminal as it stands, in 80 columns. */
static void what_is_said_is_one_plain_sentence(void **state)
{
	(void)state;
	for (int i = 0; i < REASON_COUNT; i++) {
		const char *text = reason_text((enum reason)i);

		if (!text)
			continue;
		size_t len = strlen(text);
		assert_in_range(len, 1, 79);
		assert_int_equal(text[len - 1], '.');
		for (size_t at = 0; at < len; at++)
			assert_in_range(text[at], ' ', '~');
	}
	assert_null(reason_text(REASON_OK));
	assert_null(reason_text(REASON_NOT_OURS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_set_is_a_failure),
		cmocka_unit_test(one_reason_lets_in),
		cmocka_unit_test(one_reason_is_none_of_ours),
		cmocka_unit_test(a_name_leads_back_to_its_reason),
		cmocka_unit_test(other_names_are_unset),
		cmocka_unit_test(a_value_out_of_range_is_a_failure),
		cmocka_unit_test(what_is_said_is_one_plain_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
