#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "record.h"
#include "wiped.h"

static const struct record_key vocabulary[] = {
	{"event", false},
	{"sub", false},
	{"group", true},
	{NULL, false},
};

/* What is read, and the verdict: the bytes taken, 0 for more to come, or an errno. */
struct parse_row {
	const char *bytes;
	int result;
};

static const struct parse_row parses[] = {
	{"event=result\n\n", 14},
	{"event=result\nsub=24\ngroup=a\ngroup=b\n\n", 37},
	{"\n", 1},
	{"\nevent=x\n\n", 1},
	{"sub=\n\n", 6},
	{"sub==\n\n", 7},
	{"sub=a=b c \"d\" \\\n\n", 17},
	{"sub=\xe2\x96\x80\xff\x80\n\n", 11},
	{"sub=1\n\nevent=next\n\n", 7},
	{"sub=1\n\n\n", 7},
	/* the beginning of one */
	{"", 0},
	{"e", 0},
	{"event=result", 0},
	{"event=result\n", 0},
	{"event=result\nsub=1\n", 0},
	/* keys: rules 1 and 2 */
	{"other=1\n\n", -EBADMSG},
	{"events=1\n\n", -EBADMSG},
	{"even=1\n\n", -EBADMSG},
	{"Event=1\n\n", -EBADMSG},
	{" event=1\n\n", -EBADMSG},
	{"event =1\n\n", -EBADMSG},
	{"=1\n\n", -EBADMSG},
	{"event\n\n", -EBADMSG},
	{"sub=1\nsub=1\n\n", -EBADMSG},
	{"sub=\nsub=1\n\n", -EBADMSG},
	{"sub=1\ngroup=a\nsub=2\n\n", -EBADMSG},
	/* values: rule 3 */
	{"sub=1\r\n\r\n\n", -EBADMSG},
	{"sub=1\t\n\n", -EBADMSG},
	{"sub=\x1b[2J\n\n", -EBADMSG},
	{"sub=\x7f\n\n", -EBADMSG},
	{"sub=\x01\n\n", -EBADMSG},
};

static void a_record_is_read_by_the_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(parses) / sizeof(*parses); i++) {
		RECORD_AUTO(record);
		int r = record_parse(parses[i].bytes, strlen(parses[i].bytes), vocabulary, &record);

		if (r != parses[i].result)
			fail_msg("%d instead of %d: %s", r, parses[i].result, parses[i].bytes);
		assert_int_equal(record != NULL, r > 0);
	}
}

/* In the place of a newline too, but for the two that are the end. */
static void a_nul_is_refused_wherever_it_stands(void **state)
{
	static const char whole[] = "event=result\nsub=24\n\n";

	(void)state;
	for (size_t at = 0; at < strlen(whole) - 2; at++) {
		char bytes[sizeof(whole)];
		RECORD_AUTO(record);

		memcpy(bytes, whole, sizeof(whole));
		bytes[at] = '\0';
		assert_int_equal(record_parse(bytes, strlen(whole), vocabulary, &record), -EBADMSG);
	}
}

static void its_fields_are_found(void **state)
{
	static const char bytes[] = "sub=24\ngroup=b\nevent=result\ngroup=a\ngroup=b\n\n";
	RECORD_AUTO(record);

	(void)state;
	assert_int_equal(record_parse(bytes, strlen(bytes), vocabulary, &record), strlen(bytes));
	assert_string_equal(record_get(record, "event"), "result");
	assert_string_equal(record_get(record, "group"), "b");
	assert_int_equal(record_count(record, "group"), 3);
	assert_string_equal(record_nth(record, "group", 0), "b");
	assert_string_equal(record_nth(record, "group", 1), "a");
	assert_string_equal(record_nth(record, "group", 2), "b");
	assert_null(record_nth(record, "group", 3));
	assert_null(record_get(record, "grou"));
	assert_int_equal(record_count(record, "other"), 0);
}

/* A field that a writer adds, and the verdict. */
struct add_row {
	const char *key;
	const char *value;
	int result;
};

static const struct add_row adds[] = {
	{"event", "prompt", 0},
	{"event", "result", -EINVAL},
	{"group", "a", 0},
	{"group", "a", 0},
	{"group", "", 0},
	{"other", "x", -EINVAL},
	{"", "x", -EINVAL},
	{"sub", "1\n\nevent=result", -EINVAL},
	{"sub", "\n", -EINVAL},
	{"sub", "\r", -EINVAL},
	{"sub", "\x7f", -EINVAL},
	{"sub", "\xc2\x80 = \xff", 0},
};

static void a_writer_keeps_the_rules_too(void **state)
{
	RECORD_AUTO(record);
	BUF_AUTO(out, RECORD_MAX);

	(void)state;
	record = record_new(vocabulary);
	for (size_t i = 0; i < sizeof(adds) / sizeof(*adds); i++)
		assert_int_equal(record_add(record, adds[i].key, adds[i].value), adds[i].result);
	assert_int_equal(record_format(record, &out), 0);
	assert_string_equal(
		buf_str(&out), "event=prompt\ngroup=a\ngroup=a\ngroup=\nsub=\xc2\x80 = \xff\n\n");
}

static void a_secret_cannot_end_its_line_either(void **state)
{
	RECORD_AUTO(record);
	SECRET_AUTO(in);
	SECRET_AUTO(out);

	(void)state;
	record = record_new(vocabulary);
	assert_int_equal(secret_set(&in, "a\0b", 3), 0);
	assert_int_equal(record_add_secret(record, "sub", &in), -EINVAL);
	assert_int_equal(record_get_secret(record, "sub", &out), -ENOENT);
	assert_int_equal(secret_set(&in, "hunter2", 7), 0);
	assert_int_equal(record_add_secret(record, "sub", &in), 0);
	assert_int_equal(record_get_secret(record, "sub", &out), 0);
	assert_string_equal(secret_reveal(&out), "hunter2");
}

static void it_is_wiped_when_freed(void **state)
{
	static const char bytes[] = "sub=from-the-wire\n\n";
	struct record *record = record_new(vocabulary);

	(void)state;
	wiped_forget();
	assert_int_equal(record_add(record, "sub", "from-a-writer"), 0);
	record_free(record);
	assert_true(wiped_has("from-a-writer"));
	assert_int_equal(record_parse(bytes, strlen(bytes), vocabulary, &record), strlen(bytes));
	record_free(record);
	assert_true(wiped_has("from-the-wire"));
	record_free(NULL);
}

struct number_row {
	const char *value;
	int result;
	int64_t number;
};

static const struct number_row numbers[] = {
	{"0", 0, 0}, {"1", 0, 1}, {"100", 0, 100}, {"-5", 0, -5}, {"101", -ERANGE, 0},
	{"-6", -ERANGE, 0}, {"9223372036854775808", -ERANGE, 0},
	{"-9223372036854775809", -ERANGE, 0}, {"99999999999999999999999999", -ERANGE, 0},
	{"", -EINVAL, 0}, {"-", -EINVAL, 0}, {"+1", -EINVAL, 0}, {"-0", -EINVAL, 0},
	{"--1", -EINVAL, 0}, {"00", -EINVAL, 0}, {"01", -EINVAL, 0}, {"-01", -EINVAL, 0},
	{" 1", -EINVAL, 0}, {"1 ", -EINVAL, 0}, {"1.0", -EINVAL, 0}, {"1e1", -EINVAL, 0},
	{"0x10", -EINVAL, 0}, {"1,000", -EINVAL, 0},
	{"\xd9\xa1", -EINVAL, 0}, /* an Arabic-Indic 1 */
};

static void a_number_has_one_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		RECORD_AUTO(record);
		int64_t number = 77;

		record = record_new(vocabulary);
		assert_int_equal(record_get_int(record, "sub", -5, 100, &number), -ENOENT);
		assert_int_equal(record_add(record, "sub", numbers[i].value), 0);
		int r = record_get_int(record, "sub", -5, 100, &number);
		if (r != numbers[i].result)
			fail_msg("%d instead of %d: %s", r, numbers[i].result, numbers[i].value);
		assert_int_equal(number, r == 0 ? numbers[i].number : 77);
	}
}

static void a_number_comes_back_as_it_was(void **state)
{
	static const int64_t values[] = {INT64_MIN, -1, 0, 1, 1700000000, INT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		RECORD_AUTO(record);
		int64_t back = 77;

		record = record_new(vocabulary);
		assert_int_equal(record_add_int(record, "sub", values[i]), 0);
		assert_int_equal(record_get_int(record, "sub", INT64_MIN, INT64_MAX, &back), 0);
		assert_true(back == values[i]);
	}
}

/* LINES lines of `group=xxx` with LEN bytes of value, and the end if END. The caller frees it. */
static char *make_bytes(size_t lines, size_t len, bool end, size_t *ret_len)
{
	BUF_AUTO(out, 4 * RECORD_MAX);
	char *value = calloc(1, len + 1);

	memset(value, 'x', len);
	for (size_t i = 0; i < lines; i++)
		assert_int_equal(buf_printf(&out, "group=%s\n", value), 0);
	if (end)
		assert_int_equal(buf_puts(&out, "\n"), 0);
	free(value);
	*ret_len = out.len;
	return buf_steal(&out);
}

enum {
	EDGE = sizeof("group=\n") - 1, /* what a line has beside its value */
	LONGEST = RECORD_LINE - EDGE,  /* of a value */
};

struct ceiling_row {
	size_t lines;
	size_t len; /* of each value */
	bool end;
	int result; /* 1: all of it was taken */
};

static const struct ceiling_row ceilings[] = {
	{1, LONGEST, true, 1},
	{1, LONGEST, false, 0},
	{1, LONGEST + 1, true, -EMSGSIZE},
	{1, LONGEST + 1, false, -EMSGSIZE},
	{1, RECORD_MAX, false, -EMSGSIZE},
	{RECORD_FIELDS, 0, true, 1},
	{RECORD_FIELDS, 0, false, 0},
	{RECORD_FIELDS + 1, 0, true, -EMSGSIZE},
	{RECORD_FIELDS + 1, 0, false, -EMSGSIZE},
	/* two halves leave no room for the empty line */
	{2, LONGEST, true, -EMSGSIZE},
	{2, LONGEST, false, -EMSGSIZE},
	{2, LONGEST - 1, true, 1},
	{3, LONGEST - 1, false, -EMSGSIZE},
	{RECORD_MAX / 128, 128 - EDGE, true, -EMSGSIZE},
};

static void a_reader_has_ceilings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ceilings) / sizeof(*ceilings); i++) {
		const struct ceiling_row *row = &ceilings[i];
		RECORD_AUTO(record);
		size_t len;
		char *bytes = make_bytes(row->lines, row->len, row->end, &len);

		assert_int_equal(record_parse(bytes, len, vocabulary, &record),
			row->result == 1 ? (int)len : row->result);
		free(bytes);
	}
}

static void a_writer_has_the_same_ceilings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ceilings) / sizeof(*ceilings); i++) {
		const struct ceiling_row *row = &ceilings[i];
		RECORD_AUTO(record);
		char *value = calloc(1, row->len + 1);
		int r = 0;

		memset(value, 'x', row->len);
		record = record_new(vocabulary);
		for (size_t line = 0; line < row->lines && r == 0; line++)
			r = record_add(record, "group", value);
		free(value);
		if (row->end)
			assert_int_equal(r, row->result == 1 ? 0 : row->result);
	}
}

/* Every prefix is a beginning, and the whole says the same as it was written. */
static void what_is_written_is_read_back(void **state)
{
	RECORD_AUTO(record);
	RECORD_AUTO(back);
	BUF_AUTO(out, RECORD_MAX);
	BUF_AUTO(again, RECORD_MAX);

	(void)state;
	record = record_new(vocabulary);
	assert_int_equal(record_add(record, "group", "first"), 0);
	assert_int_equal(record_add(record, "sub", "248289761001"), 0);
	assert_int_equal(record_add(record, "group", "=\"second\"="), 0);
	assert_int_equal(record_format(record, &out), 0);
	for (size_t len = 0; len < out.len; len++)
		assert_int_equal(record_parse(out.data, len, vocabulary, &back), 0);
	assert_int_equal(record_parse(out.data, out.len, vocabulary, &back), out.len);
	assert_int_equal(record_format(back, &again), 0);
	assert_string_equal(buf_str(&again), buf_str(&out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_read_by_the_rules),
		cmocka_unit_test(a_nul_is_refused_wherever_it_stands),
		cmocka_unit_test(its_fields_are_found),
		cmocka_unit_test(a_writer_keeps_the_rules_too),
		cmocka_unit_test(a_secret_cannot_end_its_line_either),
		cmocka_unit_test(it_is_wiped_when_freed),
		cmocka_unit_test(a_number_has_one_form),
		cmocka_unit_test(a_number_comes_back_as_it_was),
		cmocka_unit_test(a_reader_has_ceilings),
		cmocka_unit_test(a_writer_has_the_same_ceilings),
		cmocka_unit_test(what_is_written_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
