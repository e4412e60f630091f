#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backoff.h"

/* What the provider says in one failure after the other, and how long it is left alone then. */
static const struct {
	int64_t retry_after[10];
	int64_t pause[10];
} rows[] = {
	{{0}, {5, 10, 20, 40, 80, 160, 300, 300, 300, 300}},
	{{7, 7, 120, 1, 600, 3600, 3601, INT64_MAX, 0, -1},
		{7, 10, 120, 40, 600, 3600, 3600, 3600, 300, 300}},
};

static void a_failure_doubles_the_pause(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct backoff backoff = {0};
		int64_t now = -1000;

		for (size_t n = 0; n < 10; n++) {
			assert_false(backoff_waits(&backoff, now));
			backoff_failed(&backoff, now, rows[i].retry_after[n]);
			assert_true(backoff_waits(&backoff, now + rows[i].pause[n] - 1));
			now += rows[i].pause[n];
		}
		assert_false(backoff_waits(&backoff, now));
	}
}

static void a_success_ends_it(void **state)
{
	struct backoff backoff = {0};

	(void)state;
	for (int n = 0; n < 4; n++)
		backoff_failed(&backoff, 0, 3600);
	backoff_succeeded(&backoff);
	assert_false(backoff_waits(&backoff, 0));
	backoff_failed(&backoff, 0, 0);
	assert_true(backoff_waits(&backoff, BACKOFF_MIN - 1));
	assert_false(backoff_waits(&backoff, BACKOFF_MIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_doubles_the_pause),
		cmocka_unit_test(a_success_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
