/* asking and paste: what becomes of a line that was typed, and how often another is asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "asking.h"
#include "converse.h"
#include "paste.h"
#include "wire.h"

#define PAGE "https://login.example/callback.html"

static const struct {
	const char *typed;
	enum paste judged;
	const char *sent; /* NULL: nothing is */
} lines[] = {
	{"code=a&state=b", PASTE_FIT, "code=a&state=b"},
	{"1/2:code=a", PASTE_FIT, "1/2:code=a"},
	{PAGE "?code=a&state=b", PASTE_FIT, PAGE "?code=a&state=b"},
	{"http://127.0.0.1/?error=access_denied&state=b", PASTE_FIT,
		"http://127.0.0.1/?error=access_denied&state=b"},
	{"hunter2", PASTE_FIT, "hunter2"},
	{"\xc3\xbc", PASTE_FIT, "\xc3\xbc"},
	/* what broken lines leave */
	{" code=a&\tstate=b\r\n", PASTE_FIT, " code=a&state=b"},
	{"code=a\v\f&state=b", PASTE_FIT, "code=a&state=b"},
	/* what a terminal puts around it */
	{"\x1b[200~code=a&state=b\x1b[201~", PASTE_FIT, "code=a&state=b"},
	{"\x1b[200~code=a\x1b[201~\x1b[200~&state=b\x1b[201~", PASTE_FIT, "code=a&state=b"},
	{"\x1b[200~" PAGE "?code=abc\x1b[201~", PASTE_CUT, NULL},
	{"\x1b[200~\x1b[201~", PASTE_EMPTY, NULL},
	/* nothing */
	{"", PASTE_EMPTY, NULL},
	{" \t \r\n", PASTE_EMPTY, NULL},
	/* no record carries it */
	{"\x1b[20~code=a&state=b", PASTE_WRONG, NULL},
	{"code=a&state=b\x1b[201", PASTE_WRONG, NULL},
	{"code=a&state=b\x1b", PASTE_WRONG, NULL},
	{"code=a\x01", PASTE_WRONG, NULL},
	{"code=a\x7f", PASTE_WRONG, NULL},
	{"\x16", PASTE_WRONG, NULL},
	/* an address that ends too early, or is another one */
	{PAGE, PASTE_CUT, NULL},
	{PAGE "?code=abc", PASTE_CUT, NULL},
	{PAGE "?code=abc&stat", PASTE_CUT, NULL},
	{"  \t" PAGE "?code=abc", PASTE_CUT, NULL},
	{"http://127.0.0.1/?code=a", PASTE_CUT, NULL},
};

static void a_line_is_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		SECRET_AUTO(line);

		assert_int_equal(secret_set(&line, lines[i].typed, strlen(lines[i].typed)), 0);
		enum paste judged = paste_judge(&line, HOST_SSHD);
		if (judged != lines[i].judged)
			fail_msg("row %zu: %d", i, judged);
		if (lines[i].sent) {
			assert_string_equal(secret_reveal(&line), lines[i].sent);
			assert_int_equal(line.len, strlen(lines[i].sent));
		}
	}
}

/* Nothing was typed at all: there is not even a value. */
static void no_line_is_empty(void **state)
{
	SECRET_AUTO(line);

	(void)state;
	assert_int_equal(paste_judge(&line, HOST_OTHER), PASTE_EMPTY);
}

/* A line of the length at which its way cuts one, whatever stands in it. */
static void a_cut_line_is_not_sent(void **state)
{
	static const struct {
		size_t len;
		enum host_kind kind;
		enum paste judged;
	} rows[] = {
		{1022, HOST_SSHD, PASTE_FIT},
		{1023, HOST_SSHD, PASTE_CUT},
		{1024, HOST_SSHD, PASTE_FIT}, /* another client */
		{1023, HOST_OTHER, PASTE_FIT},
		{1023, HOST_SUDO, PASTE_FIT},
		{4094, HOST_OTHER, PASTE_FIT},
		{4095, HOST_OTHER, PASTE_CUT},
		{4095, HOST_SSHD, PASTE_CUT},
		{4096, HOST_SSHD, PASTE_FIT},
		{4097, HOST_SSHD, PASTE_CUT},
		{CONVERSE_ANSWER_MAX, HOST_SSHD, PASTE_CUT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char typed[CONVERSE_ANSWER_MAX];
		SECRET_AUTO(line);

		memset(typed, 'a', sizeof(typed));
		memcpy(typed, "state=b&code=", 13);
		assert_int_equal(secret_set(&line, typed, rows[i].len), 0);
		if (paste_judge(&line, rows[i].kind) != rows[i].judged)
			fail_msg("row %zu", i);
	}
}

/*
 * What happens, a letter each: e an empty line, f a line fit to send, c one that was cut, w one that
 * cannot be it; x the conversation fails; a the worker says that it was not the answer, p that it
 * needs another part. And what comes of it, a letter each: s sent, q another question, . a wait;
 * the last may be a reason.
 */
static const struct {
	enum host_kind kind;
	enum answer_place place;
	const char *happens;
	const char *comes;
	enum reason end; /* REASON_OK: it goes on */
} plays[] = {
	{HOST_SSHD, ANSWER_ON_PAGE, "f", "s", REASON_OK},
	{HOST_SSHD, ANSWER_ON_PAGE, "fafaf", "sqsqs", REASON_OK},
	{HOST_SSHD, ANSWER_ON_PAGE, "fafafa", "sqsqs", REASON_ANSWER},
	{HOST_SSHD, ANSWER_ON_PAGE, "wcw", "qq", REASON_ANSWER},
	{HOST_SSHD, ANSWER_ON_PAGE, "ewf", "qqs", REASON_OK},
	{HOST_SSHD, ANSWER_ON_PAGE, "ewfa", "qqs", REASON_ANSWER},
	{HOST_SSHD, ANSWER_ON_PAGE, "cfae", "qsq", REASON_ANSWER},
	/* nobody is there */
	{HOST_SSHD, ANSWER_ON_PAGE, "eee", "qq", REASON_NO_TERMINAL},
	{HOST_OTHER, ANSWER_IN_ADDRESS, "eee", "qq", REASON_NO_TERMINAL},
	{HOST_OTHER, ANSWER_IN_ADDRESS, "eew", "qq", REASON_ANSWER},
	/* the browser brings it */
	{HOST_OTHER, ANSWER_COMES, "e", ".", REASON_OK},
	{HOST_OTHER, ANSWER_COMES, "fae", "sq.", REASON_OK},
	{HOST_OTHER, ANSWER_COMES, "www", "qq", REASON_ANSWER},
	/* parts are not wrong, and not without end */
	{HOST_SSHD, ANSWER_ON_PAGE, "fpfpf", "sqsqs", REASON_OK},
	{HOST_SSHD, ANSWER_ON_PAGE, "fpefpcf", "sqqsqqs", REASON_OK},
	{HOST_SSHD, ANSWER_ON_PAGE, "fpfpfpfpfpfpfpfpfpfpfpfpfpfpfpfpf",
		"sqsqsqsqsqsqsqsqsqsqsqsqsqsqsqsqs", REASON_OK},
	{HOST_SSHD, ANSWER_ON_PAGE, "fpfpfpfpfpfpfpfpfpfpfpfpfpfpfpfpfp",
		"sqsqsqsqsqsqsqsqsqsqsqsqsqsqsqsqs", REASON_ANSWER},
	/* a conversation that fails */
	{HOST_SSHD, ANSWER_ON_PAGE, "x", "", REASON_NO_CONVERSATION},
	{HOST_OTHER, ANSWER_IN_ADDRESS, "wx", "q", REASON_NO_CONVERSATION},
	{HOST_SUDO, ANSWER_IN_ADDRESS, "xxx", "qq", REASON_NO_CONVERSATION},
	{HOST_SUDO, ANSWER_IN_ADDRESS, "xfpf", "qsqs", REASON_OK},
	{HOST_SUDO, ANSWER_IN_ADDRESS, "xexw", "qq", REASON_NO_CONVERSATION},
	{HOST_SUDO, ANSWER_IN_ADDRESS, "xfax", "qsq", REASON_ANSWER},
	{HOST_SUDO, ANSWER_COMES, "xe", "q.", REASON_OK},
};

static enum reason type(struct asking *asking, const char *text, char *ret)
{
	SECRET_AUTO(line);
	bool send = false;

	assert_int_equal(secret_set(&line, text, strlen(text)), 0);
	enum reason reason = asking_take(asking, &line, &send);
	*ret = send ? 's' : asking->note == NOTE_NONE ? '.' : 'q';
	return reason;
}

static enum reason hear(struct asking *asking, const char *key, const char *value)
{
	RECORD_AUTO(again);

	again = record_new(wire_event);
	assert_int_equal(record_add(again, "event", WIRE_EVENT_AGAIN), 0);
	assert_int_equal(record_add(again, key, value), 0);
	return asking_hear(asking, again);
}

static enum reason happen(struct asking *asking, char what, char *ret)
{
	*ret = 'q';
	switch (what) {
	case 'e': return type(asking, "", ret);
	case 'f': return type(asking, "code=a&state=b", ret);
	case 'c': return type(asking, PAGE, ret);
	case 'w': return type(asking, "\x01", ret);
	case 'x': return asking_failed(asking);
	case 'a': return hear(asking, "reason", "answer");
	case 'p': return hear(asking, "part", "2");
	default: fail_msg("%c", what);
	}
	return REASON_UNSET;
}

static void questions_are_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plays) / sizeof(plays[0]); i++) {
		struct asking asking = {.kind = plays[i].kind, .place = plays[i].place};
		enum reason reason = REASON_OK;
		char comes[64] = "";

		for (size_t at = 0; plays[i].happens[at] && reason == REASON_OK; at++) {
			reason = happen(&asking, plays[i].happens[at], &comes[at]);
			if (reason != REASON_OK)
				comes[at] = '\0';
		}
		if (reason != plays[i].end || strcmp(comes, plays[i].comes) != 0)
			fail_msg("row %zu: %s %s", i, comes, reason_name(reason));
	}
}

static void why_another_line_is_asked_for(void **state)
{
	static const struct {
		char happens;
		enum note note;
	} rows[] = {{'e', NOTE_EMPTY}, {'c', NOTE_CUT}, {'w', NOTE_WRONG}, {'x', NOTE_CUT},
		{'a', NOTE_WRONG}, {'p', NOTE_PART}, {'f', NOTE_NONE}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct asking asking = {.kind = HOST_SUDO, .note = NOTE_PART};
		char comes;

		assert_int_equal(happen(&asking, rows[i].happens, &comes), REASON_OK);
		assert_int_equal(asking.note, rows[i].note);
	}
}

static void a_part_has_a_number_that_parts_have(void **state)
{
	static const struct {
		const char *part;
		enum reason reason;
	} rows[] = {{"1", REASON_OK}, {"16", REASON_OK}, {"0", REASON_WORKER},
		{"17", REASON_WORKER}, {"-1", REASON_WORKER}, {"", REASON_WORKER},
		{"two", REASON_WORKER}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct asking asking = {.kind = HOST_SSHD};

		assert_int_equal(hear(&asking, "part", rows[i].part), rows[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_judged),
		cmocka_unit_test(no_line_is_empty),
		cmocka_unit_test(a_cut_line_is_not_sent),
		cmocka_unit_test(questions_are_bounded),
		cmocka_unit_test(why_another_line_is_asked_for),
		cmocka_unit_test(a_part_has_a_number_that_parts_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
