#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "secret.h"
#include "wiped.h"

static void it_holds_a_copy(void **state)
{
	char bytes[] = "s3cret-and-more";
	SECRET_AUTO(secret);

	(void)state;
	assert_false(secret_present(&secret));
	assert_string_equal(secret_reveal(&secret), "");
	assert_int_equal(secret_set(&secret, bytes, 6), 0);
	bytes[0] = 'X';
	assert_true(secret_present(&secret));
	assert_int_equal(secret.len, 6);
	assert_string_equal(secret_reveal(&secret), "s3cret");
}

static void an_empty_value_is_none(void **state)
{
	SECRET_AUTO(secret);

	(void)state;
	assert_int_equal(secret_set(&secret, "", 0), 0);
	assert_false(secret_present(&secret));
	assert_int_equal(secret_set(&secret, NULL, 0), 0);
	assert_false(secret_present(&secret));
	assert_string_equal(secret_reveal(&secret), "");
}

static void it_is_wiped_when_replaced_and_freed(void **state)
{
	SECRET_AUTO(secret);

	(void)state;
	assert_int_equal(secret_set(&secret, "first-one", 9), 0);
	assert_false(wiped_has("first-one"));
	assert_int_equal(secret_set(&secret, "second-one", 10), 0);
	assert_true(wiped_has("first-one"));
	secret_free(&secret);
	assert_true(wiped_has("second-one"));
	assert_false(secret_present(&secret));
	assert_string_equal(secret_reveal(&secret), "");
}

static void a_string_is_wiped_before_it_is_freed(void **state)
{
	(void)state;
	secret_wipe_string(strdup("a line of a key"));
	assert_true(wiped_has("a line of a key"));
	secret_wipe_string(NULL);
	assert_false(wiped_has("a line of a key"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_a_copy),
		cmocka_unit_test(an_empty_value_is_none),
		cmocka_unit_test(it_is_wiped_when_replaced_and_freed),
		cmocka_unit_test(a_string_is_wiped_before_it_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
