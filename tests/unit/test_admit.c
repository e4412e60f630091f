/* One machine's table, told as attempts: who, from where, when, and what comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "admit.h"

#define SECOND INT64_C(1000000)
#define START  (1000 * SECOND) /* of the clock, somewhere */

enum { ALICE = 1, BOB, CAROL };

struct machine {
	struct admit_table table;
	bool held[ADMIT_PLACES];
	struct admit_rules rules;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct machine));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void set_rules(struct machine *machine, const struct admit_rules *rules)
{
	*machine = (struct machine){.rules = *rules};
	if (machine->rules.window_us == 0)
		machine->rules.window_us = 60 * SECOND;
}

/* USER from ADDRESS, 0 for none. */
static struct admission attempt(
	struct machine *machine, uint64_t user, uint64_t address, int64_t now)
{
	const struct admit_who who = {
		.by = {[ADMIT_BY_PAIR] = address ? (address << 32) + user : 0,
			[ADMIT_BY_USER] = user,
			[ADMIT_BY_ADDRESS] = address ? address + 1000000 : 0},
	};
	struct admission admission = admit(
		&machine->table, machine->held, &machine->rules, &who, now);

	if (admission.verdict == ADMIT_YES) {
		assert_false(machine->held[admission.place]);
		machine->held[admission.place] = true;
	}
	return admission;
}

static void everybody_leaves(struct machine *machine)
{
	memset(machine->held, 0, sizeof(machine->held));
}

#define LIMITS(USER, ADDRESS, TOTAL)                                                               \
	{[ADMIT_BY_USER] = (USER), [ADMIT_BY_ADDRESS] = (ADDRESS), [ADMIT_BY_TOTAL] = (TOTAL)}

/* A row goes on from the one before it, unless it brings rules. */
static const struct row {
	const struct admit_rules *rules;
	int n; /* so many attempts are let in, one after the other, and then */
	uint64_t user, address;
	int64_t second;
	enum admit_verdict verdict; /* this, */
	enum admit_by by;           /* by this */
} rows[] = {
#define RULES(PENDING, RATE) (&(const struct admit_rules){.pending = PENDING, .rate = RATE})
#define NONE                 LIMITS(0, 0, 0)
	/* a user's, of which one address has half; the others' are untouched */
	{RULES(LIMITS(4, 0, 0), NONE), 2, ALICE, 7, 0, ADMIT_NOT_PENDING, ADMIT_BY_PAIR},
	{NULL, 2, ALICE, 8, 0, ADMIT_NOT_PENDING, ADMIT_BY_PAIR},
	{NULL, 0, ALICE, 9, 0, ADMIT_NOT_PENDING, ADMIT_BY_USER},
	{NULL, 0, ALICE, 0, 0, ADMIT_NOT_PENDING, ADMIT_BY_USER},
	{NULL, 2, BOB, 7, 0, ADMIT_NOT_PENDING, ADMIT_BY_PAIR},
	/* rounded up, and without an address there is no half */
	{RULES(LIMITS(5, 0, 0), NONE), 3, ALICE, 7, 0, ADMIT_NOT_PENDING, ADMIT_BY_PAIR},
	{RULES(LIMITS(1, 0, 0), NONE), 1, ALICE, 7, 0, ADMIT_NOT_PENDING, ADMIT_BY_PAIR},
	{RULES(LIMITS(5, 1, 0), NONE), 5, ALICE, 0, 0, ADMIT_NOT_PENDING, ADMIT_BY_USER},
	/* an address's */
	{RULES(LIMITS(0, 2, 0), NONE), 1, ALICE, 7, 0, ADMIT_YES, 0},
	{NULL, 0, BOB, 7, 0, ADMIT_NOT_PENDING, ADMIT_BY_ADDRESS},
	{NULL, 2, BOB, 8, 0, ADMIT_NOT_PENDING, ADMIT_BY_ADDRESS},
	/* in total */
	{RULES(LIMITS(0, 0, 3), NONE), 1, ALICE, 7, 0, ADMIT_YES, 0},
	{NULL, 1, BOB, 0, 0, ADMIT_NOT_PENDING, ADMIT_BY_TOTAL},
	/* the same of what begins: so many at once, and another each window/rate */
	{RULES(NONE, LIMITS(4, 0, 0)), 2, ALICE, 7, 0, ADMIT_NOT_RATE, ADMIT_BY_PAIR},
	{NULL, 2, ALICE, 8, 0, ADMIT_NOT_RATE, ADMIT_BY_PAIR},
	{NULL, 0, ALICE, 9, 0, ADMIT_NOT_RATE, ADMIT_BY_USER},
	{NULL, 0, ALICE, 9, 14, ADMIT_NOT_RATE, ADMIT_BY_USER},
	{NULL, 1, ALICE, 9, 15, ADMIT_NOT_RATE, ADMIT_BY_USER},
	{NULL, 2, BOB, 7, 15, ADMIT_NOT_RATE, ADMIT_BY_PAIR},
	{NULL, 4, CAROL, 0, 15, ADMIT_NOT_RATE, ADMIT_BY_USER},
	{NULL, 4, CAROL, 0, 3600, ADMIT_NOT_RATE, ADMIT_BY_USER},
	{RULES(NONE, LIMITS(0, 7, 0)), 7, ALICE, 7, 0, ADMIT_NOT_RATE, ADMIT_BY_ADDRESS},
	{NULL, 7, BOB, 8, 0, ADMIT_NOT_RATE, ADMIT_BY_ADDRESS},
	{RULES(NONE, LIMITS(0, 0, 1000)), 1000, ALICE, 7, 0, ADMIT_NOT_RATE, ADMIT_BY_TOTAL},
	{NULL, 0, BOB, 8, 0, ADMIT_NOT_RATE, ADMIT_BY_TOTAL},
	/* no limits: as many as there are places */
	{RULES(NONE, NONE), ADMIT_PLACES, ALICE, 7, 0, ADMIT_NOT_PENDING, ADMIT_BY_TOTAL},
};

static void every_row_has_its_verdict(void **state)
{
	struct machine *machine = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		int64_t now = START + row->second * SECOND;

		if (row->rules)
			set_rules(machine, row->rules);
		for (int n = 0; n < row->n; n++)
			if (attempt(machine, row->user, row->address, now).verdict != ADMIT_YES)
				fail_msg("row %zu: only %d", i, n);
		struct admission last = attempt(machine, row->user, row->address, now);
		if (last.verdict != row->verdict ||
			(last.verdict != ADMIT_YES && last.by != row->by))
			fail_msg("row %zu: verdict %d by %d", i, last.verdict, last.by);
	}
}

static const struct admit_rules usual = {
	.pending = LIMITS(10, 20, 200),
	.rate = LIMITS(20, 60, 600),
};

/* Who tries on and on is let in as often as who waits. */
static void a_refusal_changes_nothing(void **state)
{
	struct machine *machine = *state;

	set_rules(machine, &(const struct admit_rules){.rate = LIMITS(20, 0, 0)});
	for (int i = 0; i < 10; i++)
		assert_int_equal(attempt(machine, ALICE, 7, START).verdict, ADMIT_YES);
	const struct admit_table before = machine->table;
	for (int ms = 0; ms < 6000; ms++)
		assert_int_equal(attempt(machine, ALICE, 7, START + ms * INT64_C(1000)).verdict,
			ADMIT_NOT_RATE);
	assert_memory_equal(&machine->table, &before, sizeof(before));
	assert_int_equal(attempt(machine, ALICE, 7, START + 6 * SECOND).verdict, ADMIT_YES);
}

/* A crash gives a place back: what stands in it says nothing. */
static void a_place_that_nobody_holds_is_free(void **state)
{
	struct machine *machine = *state;

	set_rules(machine, &(const struct admit_rules){.pending = LIMITS(2, 2, 2)});
	for (int i = 0; i < 100; i++) {
		assert_int_equal(attempt(machine, ALICE, 7, START).verdict, ADMIT_YES);
		assert_int_equal(attempt(machine, BOB, 7, START).verdict, ADMIT_YES);
		assert_int_equal(attempt(machine, BOB, 8, START).verdict, ADMIT_NOT_PENDING);
		everybody_leaves(machine);
	}
}

/* What was counted by a clock that was ahead, or by none, keeps nobody out. */
static void a_clock_that_jumps_back(void **state)
{
	static const int64_t wild[] = {INT64_MAX, INT64_MIN, -1, 0, START + 61 * SECOND};
	struct machine *machine = *state;

	set_rules(machine, &(const struct admit_rules){.rate = LIMITS(4, 4, 4)});
	for (int i = 0; i < 4; i++)
		assert_int_equal(attempt(machine, ALICE, 0, START).verdict, ADMIT_YES);
	assert_int_equal(attempt(machine, ALICE, 0, START).verdict, ADMIT_NOT_RATE);
	assert_int_equal(attempt(machine, ALICE, 0, 0).verdict, ADMIT_YES);
	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		for (size_t j = 0; j < ADMIT_BUCKETS; j++)
			machine->table.buckets[j].full_at = wild[i];
		for (int n = 0; n < 4; n++)
			assert_int_equal(attempt(machine, ALICE, 0, START).verdict, ADMIT_YES);
		assert_int_equal(attempt(machine, ALICE, 0, START).verdict, ADMIT_NOT_RATE);
	}
}

/* Bytes that nobody counted: at the worst, everybody begins anew. */
static void garbage_is_no_limit_beyond_a_window(void **state)
{
	struct machine *machine = *state;

	for (unsigned int seed = 0; seed < 50; seed++) {
		unsigned char *bytes = (unsigned char *)&machine->table;

		set_rules(machine, &usual);
		srand(seed);
		for (size_t i = 0; i < sizeof(machine->table); i++)
			bytes[i] = (unsigned char)rand();
		assert_int_equal(
			attempt(machine, ALICE, 7, START + 60 * SECOND).verdict, ADMIT_YES);
		int n = 1;
		while (attempt(machine, ALICE, 7, START + 60 * SECOND).verdict == ADMIT_YES)
			n++;
		assert_int_equal(n, 5);
	}
}

/* The emptiest stay; the one that is given up had the most left. */
static void the_fullest_bucket_is_given_up(void **state)
{
	struct machine *machine = *state;

	set_rules(machine, &(const struct admit_rules){.rate = LIMITS(0, 10, 0)});
	for (size_t i = 1; i < ADMIT_BUCKETS; i++)
		machine->table.buckets[i] = (struct admit_bucket){
			.who = i, .full_at = START + 30 * SECOND + (int64_t)((i * 7919) % 2039)};
	machine->table.buckets[0].full_at = START;
	machine->table.buckets[1234].full_at = START + 29 * SECOND;
	struct admission admission = attempt(machine, ALICE, 7, START);
	assert_int_equal(admission.verdict, ADMIT_YES);
	assert_int_equal(admission.n_buckets, 1);
	assert_int_equal(admission.buckets[0], 1234);
	assert_int_equal(machine->table.buckets[1234].full_at, START + 6 * SECOND);
	/* what no clock said is full, and goes first */
	machine->table.buckets[2000].full_at = INT64_MAX;
	assert_int_equal(attempt(machine, ALICE, 8, START).buckets[0], 2000);
}

/* Who comes from a new address each time gets what all together have, and no more. */
static void many_addresses_gain_the_total_at_most(void **state)
{
	struct machine *machine = *state;
	int n = 0;

	set_rules(machine, &usual);
	for (uint64_t address = 1; address < 20000; address++) {
		int64_t now = START + (int64_t)address * 3000; /* for a minute */

		everybody_leaves(machine);
		n += attempt(machine, address, address, now).verdict == ADMIT_YES;
	}
	assert_in_range(n, 600, 1200);
}

/* By the defaults an address that does what it can leaves others most of what there is. */
static void one_address_leaves_room_for_others(void **state)
{
	struct machine *machine = *state;
	uint64_t users = 0;

	set_rules(machine, &usual);
	for (uint64_t user = 1; user < 1000; user++)
		users += attempt(machine, user, 7, START).verdict == ADMIT_YES;
	assert_int_equal(users, 20);
	for (uint64_t user = 1; user <= 20; user++)
		for (int i = 0; i < 5; i++)
			assert_int_equal(
				attempt(machine, user, 100 + user, START).verdict, ADMIT_YES);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_row_has_its_verdict),
		TEST(a_refusal_changes_nothing),
		TEST(a_place_that_nobody_holds_is_free),
		TEST(a_clock_that_jumps_back),
		TEST(garbage_is_no_limit_beyond_a_window),
		TEST(the_fullest_bucket_is_given_up),
		TEST(many_addresses_gain_the_total_at_most),
		TEST(one_address_leaves_room_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
