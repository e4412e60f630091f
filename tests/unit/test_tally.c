/* What is counted, where, and what can never make the table grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "count.h"
#include "tally.h"

static const struct tally_row *find(const struct tally *tally, const char *service)
{
	for (size_t i = 0; i < TALLY_ROWS; i++) {
		const char *name = tally_service(&tally->rows[i]);

		if (name && strcmp(name, service) == 0)
			return &tally->rows[i];
	}
	return NULL;
}

static uint64_t counted(const struct tally *tally, const char *service, enum reason reason)
{
	const struct tally_row *row = find(tally, service);

	return row ? row->attempts[reason] : 0;
}

/* As it lies in the file: a word is eight bytes, and nothing is between them. */
static void the_layout_is_fixed(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct tally_row), 8 + TALLY_NAME + 8 * (size_t)REASON_COUNT);
	assert_int_equal(offsetof(struct tally, rows), 16);
	assert_int_equal(offsetof(struct tally, took), 16 + 16 * sizeof(struct tally_row));
	assert_int_equal(
		offsetof(struct tally, took_ms), offsetof(struct tally, took) + 2 * 12 * 8);
	assert_int_equal(sizeof(struct tally),
		offsetof(struct tally, took_ms) + 16 + 8 * (size_t)REASON_COUNT);
}

static void a_new_one_is_ours_and_empty(void **state)
{
	struct tally tally;

	(void)state;
	memset(&tally, 0xff, sizeof(tally));
	tally_begin(&tally);
	assert_true(tally_is_ours(&tally));
	assert_string_equal(tally_service(&tally.rows[0]), "other");
	for (size_t i = 1; i < TALLY_ROWS; i++)
		assert_null(tally_service(&tally.rows[i]));
	assert_int_equal(counted(&tally, "other", REASON_OK), 0);
}

static void another_version_is_not_ours(void **state)
{
	struct tally tally;

	(void)state;
	memset(&tally, 0, sizeof(tally));
	assert_false(tally_is_ours(&tally));
	tally_begin(&tally);
	tally.shape++;
	assert_false(tally_is_ours(&tally));
	tally_begin(&tally);
	tally.magic++;
	assert_false(tally_is_ours(&tally));
}

static void attempts_are_told_apart(void **state)
{
	struct tally tally;

	(void)state;
	tally_begin(&tally);
	for (int i = 0; i < 3; i++)
		tally_attempt(&tally, "sshd", REASON_OK);
	tally_attempt(&tally, "sshd", REASON_NO_MAPPING);
	tally_attempt(&tally, "sudo", REASON_OK);
	tally_attempt(&tally, "sudo", REASON_COUNT);
	tally_attempt(&tally, "sudo", (enum reason) - 1);
	assert_int_equal(counted(&tally, "sshd", REASON_OK), 3);
	assert_int_equal(counted(&tally, "sshd", REASON_NO_MAPPING), 1);
	assert_int_equal(counted(&tally, "sudo", REASON_OK), 1);
	assert_int_equal(counted(&tally, "sudo", REASON_UNSET), 2);
	assert_null(find(&tally, "su"));
}

/* A flood of names, and names that somebody made up. */
static void what_has_no_row_is_other(void **state)
{
	static const char *const bad[] = {"", "a b", "a\"b", "a\nb", "a\\b", "a/b", "caf\xc3\xa9",
		"other", "0123456789012345678901234567890123", "01234567890123456789012345678901"};
	struct tally tally;

	(void)state;
	tally_begin(&tally);
	for (size_t i = 0; i < COUNT(bad); i++)
		tally_attempt(&tally, bad[i], REASON_OK);
	assert_int_equal(counted(&tally, "other", REASON_OK), COUNT(bad));
	for (unsigned int i = 0; i < 100000; i++) {
		char name[TALLY_NAME];

		snprintf(name, sizeof(name), "flood-%u", i);
		tally_attempt(&tally, name, REASON_OK);
	}
	assert_int_equal(counted(&tally, "flood-14", REASON_OK), 1);
	assert_null(find(&tally, "flood-15"));
	assert_int_equal(counted(&tally, "other", REASON_OK), COUNT(bad) + 100000 - 15);
	tally_attempt(&tally, "flood-3", REASON_OK);
	assert_int_equal(counted(&tally, "flood-3", REASON_OK), 2);
	assert_true(tally_is_ours(&tally));
}

static void the_longest_name_has_a_row(void **state)
{
	static const char longest[] = "0123456789012345678901234567.-_";
	struct tally tally;

	(void)state;
	assert_int_equal(strlen(longest), TALLY_NAME - 1);
	tally_begin(&tally);
	tally_attempt(&tally, longest, REASON_OK);
	assert_int_equal(counted(&tally, longest, REASON_OK), 1);
}

/* Who took the row was killed before the name, or in the middle of it. */
static void a_row_without_its_name_gets_it_from_the_next(void **state)
{
	struct tally tally;

	(void)state;
	for (size_t bytes = 0; bytes < 4; bytes++) {
		tally_begin(&tally);
		tally_attempt(&tally, "sshd", REASON_OK);
		memset((char *)tally.rows[1].name + bytes, 0, TALLY_NAME - bytes);
		assert_null(tally_service(&tally.rows[1]));
		tally_attempt(&tally, "sudo", REASON_OK);
		assert_string_equal(tally_service(&tally.rows[2]), "sudo");
		tally_attempt(&tally, "sshd", REASON_OK);
		assert_int_equal(counted(&tally, "sshd", REASON_OK), 2);
	}
}

/* A name that somebody wrote there is none of ours, and neither is one without an end. */
static void a_name_is_not_believed(void **state)
{
	struct tally tally;

	(void)state;
	tally_begin(&tally);
	tally_attempt(&tally, "sshd", REASON_OK);
	memcpy(tally.rows[1].name, "sudo", 4);
	assert_null(tally_service(&tally.rows[1]));
	memset(tally.rows[1].name, 'x', TALLY_NAME);
	assert_null(tally_service(&tally.rows[1]));
}

static const struct took {
	int64_t ms;
	int bucket; /* -1: in none */
} rows[] = {{-1, -1}, {INT64_MIN, -1}, {0, 0}, {5000, 0}, {5001, 1}, {10000, 1}, {10001, 2},
	{60000, 6}, {60001, 7}, {299999, 10}, {300000, 10}, {300001, 11}, {INT64_MAX, 11}};

static void a_time_falls_into_one_bucket(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally tally;

		tally_begin(&tally);
		tally_prompt(&tally, TALLY_IN, rows[i].ms);
		for (int bucket = 0; bucket < TALLY_BUCKETS; bucket++) {
			assert_int_equal(tally.took[TALLY_IN][bucket], bucket == rows[i].bucket);
			assert_int_equal(tally.took[TALLY_REFUSED][bucket], 0);
		}
		assert_int_equal(tally.took_ms[TALLY_IN], rows[i].bucket < 0 ? 0 : rows[i].ms);
		tally_prompt(&tally, TALLY_REFUSED, 1500);
		assert_int_equal(tally.took_ms[TALLY_REFUSED], 1500);
	}
}

/* All reasons that say the provider could not be asked, and no other. */
static void kinds_of_errors(void **state)
{
	static const char *const kinds[] = {"unreachable", "tls", "redirect", "reply-size",
		"reply-form", "discovery", "keys", "no-device-flow", "client-refused", "idp-error"};
	struct tally tally;

	(void)state;
	tally_begin(&tally);
	for (unsigned int reason = 0; reason < REASON_COUNT; reason++) {
		size_t i = 0;

		while (i < COUNT(kinds) && strcmp(kinds[i], reason_name(reason)) != 0)
			i++;
		tally_idp_error(&tally, reason);
		assert_int_equal(tally.idp_errors[reason], i < COUNT(kinds));
		assert_int_equal(tally_is_idp_error(reason), i < COUNT(kinds));
	}
}

static void a_copy_is_the_same(void **state)
{
	struct tally tally, copy;

	(void)state;
	tally_begin(&tally);
	tally_attempt(&tally, "sshd", REASON_OK);
	tally_prompt(&tally, TALLY_IN, 4000);
	tally_copy(&tally, &copy);
	assert_memory_equal(&copy, &tally, sizeof(tally));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_layout_is_fixed),
		cmocka_unit_test(a_new_one_is_ours_and_empty),
		cmocka_unit_test(another_version_is_not_ours),
		cmocka_unit_test(attempts_are_told_apart),
		cmocka_unit_test(what_has_no_row_is_other),
		cmocka_unit_test(the_longest_name_has_a_row),
		cmocka_unit_test(a_row_without_its_name_gets_it_from_the_next),
		cmocka_unit_test(a_name_is_not_believed),
		cmocka_unit_test(a_time_falls_into_one_bucket),
		cmocka_unit_test(kinds_of_errors),
		cmocka_unit_test(a_copy_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
