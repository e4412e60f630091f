#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <syslog.h>

#include "buf.h"
#include "log.h"

struct heard {
	int lines;
	int priority;
	char line[2 * LOG_LINE];
};

static void hear(void *context, int priority, const char *line)
{
	struct heard *heard = context;

	heard->lines++;
	heard->priority = priority;
	snprintf(heard->line, sizeof(heard->line), "%s", line);
}

static void an_event_is_one_line(void **state)
{
	struct heard heard = {0};
	const struct log log = {.sink = hear, .context = &heard};

	(void)state;
	LOG_EVENT(&log, LOG_NOTICE, "verdict", {"user", "alice"}, {"reason", "ok"},
		LOG_INT("seconds", 12));
	assert_int_equal(heard.lines, 1);
	assert_int_equal(heard.priority, LOG_NOTICE);
	assert_string_equal(heard.line, "event=verdict user=alice reason=ok seconds=12");
}

struct value_row {
	const char *value;
	const char *line;
};

static const struct value_row values[] = {
	{"plain", "event=e before=1 key=plain after=2"},
	{NULL, "event=e before=1 after=2"},
	{"", "event=e before=1 key=\"\" after=2"},
	{"x user=root", "event=e before=1 key=\"x user=root\" after=2"},
	{"x\nevent=verdict reason=ok",
		"event=e before=1 key=\"x\\x0aevent=verdict reason=ok\" after=2"},
	{"\" reason=ok", "event=e before=1 key=\"\\x22 reason=ok\" after=2"},
	{"%s%n", "event=e before=1 key=%s%n after=2"},
};

static void a_value_stays_inside_its_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct heard heard = {0};
		const struct log log = {.sink = hear, .context = &heard};

		LOG_EVENT(&log, LOG_INFO, "e", {"before", "1"}, {"key", values[i].value},
			{"after", "2"});
		assert_string_equal(heard.line, values[i].line);
	}
}

/* What stands before the field that is made longer and longer, which alone fills no line. */
#define X50   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X250  X50 X50 X50 X50 X50
#define FRONT "event=e a=" X250 " b=" X250 " c=" X250
#define HEAD  FRONT " detail="
#define LOG_BEHIND_FRONT(LOG, ...)                                                                 \
	LOG_EVENT((LOG), LOG_INFO, "e", {"a", X250}, {"b", X250}, {"c", X250}, __VA_ARGS__)

static void a_line_that_fits_is_not_cut(void **state)
{
	struct heard heard = {0};
	const struct log log = {.sink = hear, .context = &heard};
	char detail[LOG_LINE + 1] = {0};

	(void)state;
	memset(detail, 'x', LOG_LINE - strlen(HEAD));
	LOG_BEHIND_FRONT(&log, {"detail", detail});
	assert_int_equal(strlen(heard.line), LOG_LINE);
	assert_memory_equal(heard.line, HEAD, strlen(HEAD));
}

static void a_longer_line_is_cut_behind_a_field_and_says_so(void **state)
{
	(void)state;
	for (size_t over = 1; LOG_LINE - strlen(HEAD) + over <= LOG_VALUE; over++) {
		struct heard heard = {0};
		const struct log log = {.sink = hear, .context = &heard};
		char detail[2 * LOG_LINE] = {0};

		memset(detail, 'x', LOG_LINE - strlen(HEAD) + over);
		LOG_BEHIND_FRONT(&log, {"detail", detail}, {"d", "2"});
		assert_int_equal(heard.lines, 1);
		assert_string_equal(heard.line, FRONT " cut=yes");
	}
}

/* A field may fit where the word that the line was cut would not: then it goes with the rest. */
static void the_word_that_it_was_cut_always_has_room(void **state)
{
	const char end[] = " cut=yes";
	const size_t room = LOG_LINE - strlen(HEAD);

	(void)state;
	for (size_t len = room - 2 * strlen(end); len <= room; len++) {
		struct heard heard = {0};
		const struct log log = {.sink = hear, .context = &heard};
		char detail[LOG_LINE + 1] = {0};
		size_t line = strlen(HEAD) + len;

		memset(detail, 'x', len);
		LOG_BEHIND_FRONT(&log, {"detail", detail}, {"more", "0123456789abcdef"});
		assert_in_range(strlen(heard.line), 1, LOG_LINE);
		assert_string_equal(heard.line + strlen(heard.line) - strlen(end), end);
		assert_int_equal(
			strstr(heard.line, "detail") != NULL, line + strlen(end) <= LOG_LINE);
	}
}

/* Else a name that somebody chose would leave no room for who it was. */
static void a_long_value_is_cut_and_the_rest_stays(void **state)
{
	static const struct {
		char byte;
		const char *escaped;
		size_t most; /* of them in a line */
	} rows[] = {
		{'x', "x", LOG_VALUE},
		{'\n', "\\x0a", LOG_VALUE / 4},
		{'"', "\\x22", LOG_VALUE / 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (size_t over = 0; over < 4 * LOG_LINE; over += 4 * LOG_LINE - 1) {
			struct heard heard = {0};
			const struct log log = {.sink = hear, .context = &heard};
			char user[LOG_VALUE + 4 * LOG_LINE] = {0};
			BUF_AUTO(line, LOG_LINE);

			memset(user, rows[i].byte, rows[i].most + over);
			LOG_EVENT(&log, LOG_INFO, "e", {"user", user}, {"sub", "s-1"});
			const char *quote = rows[i].byte == '"' ? "\"" : "";
			buf_printf(&line, "event=e user=%s", quote);
			for (size_t n = 0; n < rows[i].most; n++)
				buf_puts(&line, rows[i].escaped);
			buf_printf(&line, "%s sub=s-1%s", quote, over ? " cut=yes" : "");
			assert_string_equal(heard.line, buf_str(&line));
		}
	}
}

static void debug_is_written_where_it_is_asked_for(void **state)
{
	struct heard heard = {0};
	struct log log = {.sink = hear, .context = &heard};

	(void)state;
	LOG_EVENT(&log, LOG_DEBUG, "poll", {"n", "1"});
	assert_int_equal(heard.lines, 0);
	log.debug = true;
	LOG_EVENT(&log, LOG_DEBUG, "poll", {"n", "1"});
	assert_int_equal(heard.lines, 1);
	assert_int_equal(heard.priority, LOG_DEBUG);
	LOG_EVENT(NULL, LOG_ERR, "nobody", {"n", "1"});
	assert_int_equal(heard.lines, 1);
}

static void as_json(char *line, size_t size, const struct log_field *fields)
{
	struct heard heard = {0};
	const struct log log = {.sink = hear, .context = &heard, .format = LOG_FORMAT_JSON};

	log_event(&log, LOG_INFO, "e", fields);
	assert_int_equal(heard.lines, 1);
	assert_in_range(strlen(heard.line), 1, LOG_LINE);
	snprintf(line, size, "%s", heard.line);
}

static void as_json_a_value_stays_inside_its_string(void **state)
{
	static const struct value_row rows[] = {
		{"plain", "{\"event\":\"e\",\"key\":\"plain\",\"after\":\"2\"}"},
		{NULL, "{\"event\":\"e\",\"after\":\"2\"}"},
		{"", "{\"event\":\"e\",\"key\":\"\",\"after\":\"2\"}"},
		{"a b=c", "{\"event\":\"e\",\"key\":\"a b=c\",\"after\":\"2\"}"},
		{"x\n", "{\"event\":\"e\",\"key\":\"x\\\\x0a\",\"after\":\"2\"}"},
		{"\",\"reason\":\"ok",
			"{\"event\":\"e\",\"key\":\"\\\\x22,\\\\x22reason\\\\x22:\\\\x22ok\","
			"\"after\":\"2\"}"},
		{"\\", "{\"event\":\"e\",\"key\":\"\\\\x5c\",\"after\":\"2\"}"},
		{"\xff", "{\"event\":\"e\",\"key\":\"\\\\xff\",\"after\":\"2\"}"},
		{"%s%n", "{\"event\":\"e\",\"key\":\"%s%n\",\"after\":\"2\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char line[LOG_LINE + 1];

		as_json(line, sizeof(line),
			(const struct log_field[]){
				{"key", rows[i].value}, {"after", "2"}, {NULL, NULL}});
		assert_string_equal(line, rows[i].line);
	}
}

/* Whatever its length, it ends as an object does, and says where something of it is missing. */
static void as_json_a_line_is_whole_or_says_so(void **state)
{
	static const char end[] = ",\"cut\":\"yes\"}";
	const char front[] = "{\"event\":\"e\",\"a\":\"" X250 "\",\"b\":\"" X250 "\",\"c\":\"" X250
			     "\"";
	const size_t most = LOG_LINE - strlen(front) - strlen(",\"d\":\"\"}");

	(void)state;
	for (size_t len = 0; len <= LOG_VALUE; len++) {
		char line[LOG_LINE + 1], detail[LOG_VALUE + 1] = {0};

		memset(detail, 'x', len);
		as_json(line, sizeof(line),
			(const struct log_field[]){{"a", X250}, {"b", X250}, {"c", X250},
				{"d", detail}, {NULL, NULL}});
		assert_memory_equal(line, front, strlen(front));
		if (len <= most)
			assert_int_equal(strlen(line), LOG_LINE - (most - len));
		else
			assert_string_equal(line + strlen(front), end);
	}
}

static void as_json_a_long_value_is_cut_where_text_is(void **state)
{
	char line[LOG_LINE + 1], user[2 * LOG_LINE] = {0};
	BUF_AUTO(wanted, LOG_LINE);

	(void)state;
	memset(user, '\n', sizeof(user) - 1);
	as_json(line, sizeof(line),
		(const struct log_field[]){{"user", user}, {"sub", "s-1"}, {NULL, NULL}});
	buf_puts(&wanted, "{\"event\":\"e\",\"user\":\"");
	for (size_t n = 0; n < LOG_VALUE / 4; n++)
		buf_puts(&wanted, "\\\\x0a");
	buf_puts(&wanted, "\",\"sub\":\"s-1\",\"cut\":\"yes\"}");
	assert_string_equal(line, buf_str(&wanted));
}

static void numbers_are_written_whole(void **state)
{
	char buffer[24];

	(void)state;
	assert_string_equal(log_int_text(buffer, 0), "0");
	assert_string_equal(log_int_text(buffer, -7), "-7");
	assert_string_equal(log_int_text(buffer, INT64_MIN), "-9223372036854775808");
	assert_string_equal(log_int_text(buffer, INT64_MAX), "9223372036854775807");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_one_line),
		cmocka_unit_test(a_value_stays_inside_its_field),
		cmocka_unit_test(a_line_that_fits_is_not_cut),
		cmocka_unit_test(a_longer_line_is_cut_behind_a_field_and_says_so),
		cmocka_unit_test(the_word_that_it_was_cut_always_has_room),
		cmocka_unit_test(a_long_value_is_cut_and_the_rest_stays),
		cmocka_unit_test(debug_is_written_where_it_is_asked_for),
		cmocka_unit_test(as_json_a_value_stays_inside_its_string),
		cmocka_unit_test(as_json_a_line_is_whole_or_says_so),
		cmocka_unit_test(as_json_a_long_value_is_cut_where_text_is),
		cmocka_unit_test(numbers_are_written_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
