/*
 * Many sessions over one worker: what comes of each, whatever the provider and the worker do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "renew_batch.h"
#include "renewing.h"

enum { AGE = 100, MANY = 80 };

/* How many seconds it is later than the clock has it. */
static int64_t ahead_s;

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int r = (int)syscall(SYS_clock_gettime, clock, ret);

	if (clock == CLOCK_MONOTONIC)
		ret->tv_sec += ahead_s;
	return r;
}

/* What was told. */
struct tally {
	int ok, ended, lost, unreachable, worker, others;
	char last[SESSION_ID + 1];
};

static void tell(void *context, const char *id, const struct session *session, enum reason reason,
	const char *detail)
{
	struct tally *tally = context;

	(void)detail;
	assert_string_equal(id, session->id);
	memcpy(tally->last, session->id, sizeof(tally->last));
	switch (reason) {
	case REASON_OK: tally->ok++; break;
	case REASON_SESSION_ENDED: tally->ended++; break;
	case REASON_SESSION_LOST: tally->lost++; break;
	case REASON_UNREACHABLE: tally->unreachable++; break;
	case REASON_WORKER: tally->worker++; break;
	default: tally->others++; break;
	}
}

static const char *id_of(int number)
{
	static char id[SESSION_ID + 1];

	snprintf(id, sizeof(id), "%032x", (unsigned int)number);
	return id;
}

/* What stands in the store behind a batch. */
struct stock {
	int renewed, same, gone, spending;
};

static struct stock count_stock(struct renewing *renewing)
{
	struct stock stock = {0};

	for (int i = 0; i < MANY; i++) {
		SESSION_AUTO(session);
		int r = store_get(&renewing->store, id_of(i), clock_wall_s(), &session);

		assert_true(r == 0 || r == -ENOENT);
		stock.gone += r < 0;
		stock.spending += session.spending;
		stock.renewed += session.renewals > 0;
		stock.same += r == 0 && session.renewals == 0 &&
			      strcmp(secret_reveal(&session.refresh_token), "r") == 0;
	}
	return stock;
}

/* A worker, and what comes of MANY sessions: how many each; -1: any. The number of those that are
 * lost is up to how many were asked about when the worker broke. */
struct row {
	const char *name;
	const char *script; /* "": there is no worker */
	struct tally told;
	int sent, workers;
	struct stock stock;
	bool away;
	int64_t retry_after;
	bool answered;
};

enum { ANY = -1 };

/* Does what is given with the items of these numbers. */
#define AT(NUMBER, WHAT) "case $id in *" NUMBER ") " WHAT ";; *) " ANSWER_OK ";; esac"

static const struct row rows[] = {
	{"renewed", ANSWER_ALL(ANSWER_OK), {.ok = MANY}, MANY, 1, {.renewed = MANY},
		.answered = true},
	{"in another order",
		"next; " ANSWER_OK "next; first=$id; next; " ANSWER_OK
		"id=$first; token=r; " ANSWER_OK ANSWER_ALL(ANSWER_OK),
		{.ok = MANY}, MANY, 1, {.renewed = MANY}, .answered = true},
	{"ended", ANSWER_ALL(AT("[02468ace]", "answer session-ended")),
		{.ok = MANY / 2, .ended = MANY / 2}, MANY, 1,
		{.renewed = MANY / 2, .gone = MANY / 2}, .answered = true},
	{"away", ANSWER_ALL("answer unreachable detail=x"), {.unreachable = 3}, 3, 1,
		{.same = MANY}, .away = true},
	{"away now and then", ANSWER_ALL(AT("[05a]", "answer unreachable")),
		{.ok = MANY - 15, .unreachable = 15}, MANY, 1, {.renewed = MANY - 15, .same = 15},
		.answered = true},
	{"asks to be left alone", ANSWER_ALL("answer unreachable retry_after=120"),
		{.unreachable = 1}, 1, 1, {.same = MANY}, .away = true, .retry_after = 120},
	{"was not reached", "next\n" SAY_NO("unreachable"), {.unreachable = 1}, 1, 1,
		{.same = MANY}, .away = true},
	{"is not ready", "!" SAY_NO("unreachable"), {.unreachable = 1}, 0, 1, {.same = MANY},
		.away = true},
	{"is killed before", "!kill -9 $$", {.worker = 1}, 0, 1, {.same = MANY}, .away = true},
	{"is not there", "", {.worker = 1}, 0, 0, {.same = MANY}, .away = true},
	{"is killed at once", "kill -9 $$", {.ok = ANY}, -1, 1, {0}, .away = true},
	{"is killed with one", "next; kill -9 $$", {.lost = 1}, 1, 1, {.same = MANY - 1, .gone = 1},
		.away = true},
	{"is killed later", ANSWER_ALL(AT("2[05af]", "kill -9 $$")), {.ok = ANY}, -1, 1, {0},
		.away = true, .answered = true},
	{"stops answering", ANSWER_ALL(AT("2?", "exit 42")), {.ok = ANY}, -1, 1, {0}, .away = true,
		.answered = true},
	{"answers for another",
		"next; id=ffffffffffffffffffffffffffffffff\n" ANSWER_OK ANSWER_ALL(ANSWER_OK),
		{.lost = 1}, 1, 1, {.same = MANY - 1, .gone = 1}, .away = true},
	{"answers twice", "next\n" ANSWER_OK ANSWER_OK ANSWER_ALL(ANSWER_OK), {.ok = ANY}, -1, 1,
		{0}, .away = true, .answered = true},
};

static void add_all(struct renew_batch *batch)
{
	for (int i = 0; i < MANY; i++)
		renew_batch_add(batch, id_of(i), AGE / 2);
	renew_batch_end(batch);
}

static void stock_up(struct renewing *renewing)
{
	for (int i = 0; i < MANY; i++) {
		struct session session = renewing_session(id_of(i), AGE);

		renewing_put(renewing, &session);
	}
}

static void check(const struct row *row, struct renewing *renewing, const struct tally *told)
{
	struct stock stock = count_stock(renewing);
	int sent = renewing_count(renewing, "sent.");

	assert_int_equal(renewing_count(renewing, "started."), row->workers);
	/* Whatever happens: who was told to be renewed is, who was told to be lost is gone. */
	assert_int_equal(stock.spending, 0);
	assert_int_equal(stock.renewed, told->ok);
	assert_int_equal(stock.gone, told->ended + told->lost);
	assert_int_equal(stock.renewed + stock.gone + stock.same, MANY);
	assert_int_equal(told->others, 0);
	if (row->told.ok < 0) {
		assert_true(told->lost <= WIRE_ITEMS);
		assert_int_equal(told->ended + told->unreachable, 0);
		return;
	}
	assert_memory_equal(&stock, &row->stock, sizeof(stock));
	assert_memory_equal(told, &row->told, offsetof(struct tally, last));
	assert_int_equal(sent, row->sent);
}

static void play(const struct row *row)
{
	struct renewing renewing;
	struct renew_batch batch;
	struct tally told = {0};

	renewing_begin(&renewing);
	stock_up(&renewing);
	if (*row->script)
		renewing_script(&renewing, row->script);
	renew_batch_begin(&batch, &renewing.renew, tell, &told);
	add_all(&batch);
	assert_int_equal(batch.away, row->away);
	assert_int_equal(batch.answered, row->answered);
	assert_int_equal(batch.retry_after, row->retry_after);
	check(row, &renewing, &told);
	renewing_end(&renewing);
}

static void what_comes_of_many(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("the worker %s\n", rows[i].name);
		play(&rows[i]);
	}
}

/* Rule 1, and what is young needs no worker. */
static void nothing_is_told_of_what_others_renew(void **state)
{
	struct renewing renewing;
	struct renew_batch batch;
	struct tally told = {0};
	struct store_lock lock;

	(void)state;
	renewing_begin(&renewing);
	for (int i = 0; i < 2; i++) {
		struct session session = renewing_session(id_of(i), i == 0 ? AGE : 0);

		renewing_put(&renewing, &session);
	}
	assert_int_equal(store_lock(&renewing.store, id_of(0), 0, &lock), 0);
	renew_batch_begin(&batch, &renewing.renew, tell, &told);
	for (int i = 0; i < 2; i++)
		renew_batch_add(&batch, id_of(i), AGE / 2);
	renew_batch_end(&batch);
	assert_memory_equal(&told, &(struct tally){0}, offsetof(struct tally, last));
	assert_false(batch.away);
	store_unlock(&renewing.store, &lock);
	renewing_end(&renewing);
}

/* One that was spent by somebody who is gone is lost, and needs no worker. */
static void what_was_left_half_renewed_is_lost(void **state)
{
	struct renewing renewing;
	struct renew_batch batch;
	struct tally told = {0};

	(void)state;
	renewing_begin(&renewing);
	struct session session = renewing_session(id_of(0), 0);
	session.spending = true;
	renewing_put(&renewing, &session);
	renew_batch_begin(&batch, &renewing.renew, tell, &told);
	renew_batch_add(&batch, id_of(0), AGE);
	renew_batch_end(&batch);
	assert_int_equal(told.lost, 1);
	assert_string_equal(told.last, id_of(0));
	assert_int_equal(count_stock(&renewing).gone, MANY);
	renewing_end(&renewing);
}

/* A worker that does not answer one of them, while there is room for others. */
static void an_answer_that_is_late(void **state)
{
	struct renewing renewing;
	struct tally told = {0};
	struct renew_batch batch;

	(void)state;
	renewing_begin(&renewing);
	stock_up(&renewing);
	renewing_script(&renewing, "next; " ANSWER_OK "next; exec sleep 60\n");
	renew_batch_begin(&batch, &renewing.renew, tell, &told);
	renew_batch_add(&batch, id_of(0), RENEW_ALWAYS);
	renew_batch_add(&batch, id_of(1), RENEW_ALWAYS);
	assert_int_equal(told.ok, 1);
	assert_int_equal(told.lost, 0);
	ahead_s = WORKER_REQUEST_SILENT + 1;
	renew_batch_add(&batch, id_of(2), RENEW_ALWAYS);
	ahead_s = 0;
	assert_int_equal(told.lost, 1);
	renew_batch_end(&batch);
	assert_int_equal(told.ok, 1);
	renewing_end(&renewing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_of_many),
		cmocka_unit_test(nothing_is_told_of_what_others_renew),
		cmocka_unit_test(what_was_left_half_renewed_is_lost),
		cmocka_unit_test(an_answer_that_is_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
