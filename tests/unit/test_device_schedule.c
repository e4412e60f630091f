#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device.h"

/*
 * Transcripts: when a reply came, what it was, and what came of it. A status of 0 is a connection
 * that failed. Times are milliseconds.
 */
enum { STEPS = 8, FAILED = 0 };

struct step {
	int64_t at;
	long status;
	const char *body;
	int64_t retry_after;
	enum reason verdict;
	int64_t next; /* of the next poll; only where the verdict is REASON_UNSET */
};

struct transcript {
	const char *name;
	int64_t interval;
	int64_t expires_in;
	int64_t start;
	int64_t first;            /* poll */
	struct step steps[STEPS]; /* up to the first verdict that ends it */
};

#define PENDING   400, "{\"error\":\"authorization_pending\"}", -1
#define SLOW_DOWN 400, "{\"error\":\"slow_down\"}", -1
#define DENIED    400, "{\"error\":\"access_denied\"}", -1
#define UNKNOWN   400, "{\"error\":\"out_of_cheese\"}", -1
#define ISSUED    200, "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":\"i\"}", -1
#define NO_ID     200, "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}", -1
#define HTML      200, "<html></html>", -1
#define ERROR_500 500, "", -1
#define NOWHERE   FAILED, "", -1

static const struct transcript transcripts[] = {
	{"approved at the third poll", 5, 600, 1000, 6000,
		{{6100, PENDING, REASON_UNSET, 11100}, {11200, PENDING, REASON_UNSET, 16200},
			{16300, ISSUED, REASON_OK, 0}}},
	{"slow_down adds 5 s each time, for all later polls", 5, 600, 0, 5000,
		{{5000, SLOW_DOWN, REASON_UNSET, 15000}, {15000, PENDING, REASON_UNSET, 25000},
			{25000, SLOW_DOWN, REASON_UNSET, 40000},
			{40000, PENDING, REASON_UNSET, 55000}, {55000, ISSUED, REASON_OK, 0}}},
	{"the wait is counted from the reply, however late it came", 5, 600, 0, 5000,
		{{5000, PENDING, REASON_UNSET, 10000}, {29000, PENDING, REASON_UNSET, 34000},
			{34001, ISSUED, REASON_OK, 0}}},
	{"failed connections double the wait up to 60 s; a reply ends that", 5, 600, 0, 5000,
		{{5000, NOWHERE, REASON_UNSET, 15000}, {15000, NOWHERE, REASON_UNSET, 35000},
			{35000, NOWHERE, REASON_UNSET, 75000},
			{75000, NOWHERE, REASON_UNSET, 135000},
			{135000, NOWHERE, REASON_UNSET, 195000},
			{195000, PENDING, REASON_UNSET, 200000}, {200000, ISSUED, REASON_OK, 0}}},
	{"so does an IdP that cannot answer", 10, 600, 0, 10000,
		{{10000, ERROR_500, REASON_UNSET, 30000}, {30000, NOWHERE, REASON_UNSET, 70000},
			{70000, ERROR_500, REASON_UNSET, 130000},
			{130000, SLOW_DOWN, REASON_UNSET, 145000},
			{145000, NOWHERE, REASON_UNSET, 175000}, {175000, ISSUED, REASON_OK, 0}}},
	{"an interval over 60 s is kept when connections fail", 100, 3600, 0, 100000,
		{{100000, NOWHERE, REASON_UNSET, 200000}, {200000, ERROR_500, REASON_UNSET, 300000},
			{300000, SLOW_DOWN, REASON_UNSET, 405000},
			{405000, DENIED, REASON_ACCESS_DENIED, 0}}},
	{"Retry-After is waited for where it is longer", 5, 3600, 0, 5000,
		{{5000, 429, "", 30, REASON_UNSET, 35000}, {35000, 429, "", 3, REASON_UNSET, 55000},
			{55000, 400, "{\"error\":\"authorization_pending\"}", 400, REASON_UNSET,
				455000},
			{455000, 400, "{\"error\":\"slow_down\"}", 2, REASON_UNSET, 465000},
			{465000, 503, "", 0, REASON_UNSET, 485000},
			{485000, ISSUED, REASON_OK, 0}}},
	{"Retry-After past the end", 5, 600, 0, 5000, {{5000, 503, "", 600, REASON_IDP_ERROR, 0}}},
	{"too many polls, past the end", 5, 600, 0, 5000,
		{{5000, 429, "", 600, REASON_TOO_MANY, 0}}},
	{"Retry-After of an age", 5, 600, 0, 5000,
		{{5000, 503, "", INT64_MAX, REASON_IDP_ERROR, 0}}},
	{"a success in the last millisecond", 5, 600, 1000, 6000, {{600999, ISSUED, REASON_OK, 0}}},
	{"a success at the end", 5, 600, 1000, 6000, {{601000, ISSUED, REASON_EXPIRED, 0}}},
	{"a success after the end", 5, 600, 1000, 6000, {{9999999, ISSUED, REASON_EXPIRED, 0}}},
	{"the last poll that may be", 5, 600, 0, 5000,
		{{594998, PENDING, REASON_UNSET, 599998}, {599998, PENDING, REASON_EXPIRED, 0}}},
	{"the next poll would be at the end", 5, 600, 0, 5000,
		{{595000, PENDING, REASON_EXPIRED, 0}}},
	{"slow_down past the end", 5, 600, 0, 5000, {{590000, SLOW_DOWN, REASON_EXPIRED, 0}}},
	{"the IdP is away until the end", 5, 600, 0, 5000,
		{{300000, PENDING, REASON_UNSET, 305000},
			{590000, NOWHERE, REASON_UNREACHABLE, 0}}},
	{"the IdP cannot answer until the end", 5, 600, 0, 5000,
		{{300000, NOWHERE, REASON_UNSET, 310000},
			{590000, ERROR_500, REASON_IDP_ERROR, 0}}},
	{"the IdP was away, and came back", 5, 600, 0, 5000,
		{{300000, NOWHERE, REASON_UNSET, 310000}, {310000, ERROR_500, REASON_UNSET, 330000},
			{595000, PENDING, REASON_EXPIRED, 0}}},
	{"denied", 5, 600, 0, 5000, {{5000, DENIED, REASON_ACCESS_DENIED, 0}}},
	{"denied after the end", 5, 600, 0, 5000, {{700000, DENIED, REASON_ACCESS_DENIED, 0}}},
	{"an unknown error", 5, 600, 0, 5000, {{5000, UNKNOWN, REASON_IDP_ERROR, 0}}},
	{"no ID token is no reason to ask again", 5, 600, 0, 5000,
		{{5000, NO_ID, REASON_TOKEN_MISSING, 0}}},
	{"a page", 5, 600, 0, 5000, {{5000, HTML, REASON_REPLY_FORM, 0}}},
	{"a clock that cannot be read", 5, 600, 0, 5000, {{-1, ISSUED, REASON_INTERNAL, 0}}},
	{"or not at a failure", 5, 600, 0, 5000, {{-1, NOWHERE, REASON_INTERNAL, 0}}},
	{"a machine that has been up for an age", 5, 600, INT64_MAX - 700000, INT64_MAX - 695000,
		{{INT64_MAX - 695000, PENDING, REASON_UNSET, INT64_MAX - 690000},
			{INT64_MAX - 100001, ISSUED, REASON_OK, 0}}},
	{"and whose clock ends before the code does", 5, 600, INT64_MAX - 10000, INT64_MAX - 5000,
		{{INT64_MAX - 5000, PENDING, REASON_EXPIRED, 0}}},
	{"an interval of 10^9 s", 1000000000, 2000000000, 0, 1000000000000,
		{{1000000000000, SLOW_DOWN, REASON_EXPIRED, 0}}},
	{"an interval of all time", INT64_MAX, 600, 0, INT64_MAX,
		{{5000, SLOW_DOWN, REASON_EXPIRED, 0}}},
};

static enum reason play(struct device_schedule *schedule, const struct step *step)
{
	TOKEN_REPLY_AUTO(reply);

	if (step->status == FAILED)
		return device_schedule_failed(schedule, step->at);
	token_reply_parse(step->status, step->body, strlen(step->body), &reply);
	return device_schedule_reply(schedule, &reply, step->retry_after, step->at);
}

static void play_all(const struct transcript *transcript)
{
	const struct device_grant grant = {
		.interval = transcript->interval, .expires_in = transcript->expires_in};
	struct device_schedule schedule;
	enum reason verdict = REASON_UNSET;

	device_schedule_start(&schedule, &grant, transcript->start);
	if (schedule.next_ms != transcript->first)
		fail_msg("%s: first poll at %lld", transcript->name, (long long)schedule.next_ms);
	for (size_t i = 0; i < STEPS && verdict == REASON_UNSET; i++) {
		const struct step *step = &transcript->steps[i];

		verdict = play(&schedule, step);
		if (verdict != step->verdict)
			fail_msg("%s, step %zu: %s", transcript->name, i, reason_name(verdict));
		if (verdict == REASON_UNSET && schedule.next_ms != step->next)
			fail_msg("%s, step %zu: next poll at %lld", transcript->name, i,
				(long long)schedule.next_ms);
	}
	assert_int_not_equal(verdict, REASON_UNSET);
}

static void what_came_of_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(transcripts) / sizeof(transcripts[0]); i++)
		play_all(&transcripts[i]);
}

/* A poll that was due in time may be sent late. */
static void a_late_poll(void **state)
{
	static const struct {
		enum reason unanswered;
		int64_t at;
		enum reason verdict;
	} rows[] = {
		{REASON_UNSET, 6000, REASON_UNSET},
		{REASON_UNSET, 600999, REASON_UNSET},
		{REASON_UNSET, 601000, REASON_EXPIRED},
		{REASON_UNSET, INT64_MAX, REASON_EXPIRED},
		{REASON_UNREACHABLE, 600999, REASON_UNSET},
		{REASON_UNREACHABLE, 601000, REASON_UNREACHABLE},
		{REASON_IDP_ERROR, 601000, REASON_IDP_ERROR},
		{REASON_UNSET, -1, REASON_INTERNAL},
	};
	const struct device_grant grant = {.interval = 5, .expires_in = 600};
	struct device_schedule schedule;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		device_schedule_start(&schedule, &grant, 1000);
		schedule.unanswered = rows[i].unanswered;
		if (device_schedule_check(&schedule, rows[i].at) != rows[i].verdict)
			fail_msg("row %zu", i);
	}
}

/* A failure takes its reason from the reply; a reply that has none must not become a success. */
static void a_failure_is_never_a_success(void **state)
{
	static const enum reason none[] = {REASON_OK, REASON_UNSET};
	static const int outcomes[] = {TOKEN_UNUSABLE, TOKEN_REFUSED, -1, 99};
	const struct device_grant grant = {.interval = 5, .expires_in = 600};
	struct device_schedule schedule;

	(void)state;
	device_schedule_start(&schedule, &grant, 0);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		for (size_t k = 0; k < sizeof(outcomes) / sizeof(outcomes[0]); k++) {
			const struct token_reply reply = {
				.outcome = (enum token_outcome)outcomes[k], .reason = none[i]};

			assert_int_equal(device_schedule_reply(&schedule, &reply, -1, 5000),
				REASON_INTERNAL);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_came_of_it),
		cmocka_unit_test(a_late_poll),
		cmocka_unit_test(a_failure_is_never_a_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
