#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "json.h"
#include "json_front.h"

enum { MAX = 1 << 20 };

/* A text that may hold a NUL, and the number of its bytes. */
#define TEXT(literal) (literal), sizeof(literal) - 1

struct text {
	const char *bytes;
	size_t len;
};

static const struct text refused[] = {
	/* not one object */
	{TEXT("")},
	{TEXT(" ")},
	{TEXT("[]")},
	{TEXT("[{}]")},
	{TEXT("\"a\"")},
	{TEXT("1")},
	{TEXT("null")},
	{TEXT("{} {}")},
	{TEXT("{}x")},
	{TEXT("{}\0")},
	{TEXT("{} \0 ")},
	{TEXT("\xef\xbb\xbf{}")},
	{TEXT("{}\xef\xbb\xbf")},
	{TEXT("\v{}")},
	{TEXT("\f{}")},
	{TEXT("\xc2\xa0{}")},
	/* grammar */
	{TEXT("{")},
	{TEXT("}")},
	{TEXT("{\"a\"")},
	{TEXT("{\"a\":")},
	{TEXT("{\"a\":1")},
	{TEXT("{\"a\":1,")},
	{TEXT("{\"a\":1,}")},
	{TEXT("{,\"a\":1}")},
	{TEXT("{\"a\" 1}")},
	{TEXT("{\"a\"::1}")},
	{TEXT("{\"a\":1 \"b\":2}")},
	{TEXT("{\"a\":1;\"b\":2}")},
	{TEXT("{a:1}")},
	{TEXT("{'a':1}")},
	{TEXT("{1:1}")},
	{TEXT("{\"a\":}")},
	{TEXT("{\"a\":[1,]}")},
	{TEXT("{\"a\":[,1]}")},
	{TEXT("{\"a\":[1 2]}")},
	{TEXT("{\"a\":[1}")},
	{TEXT("{\"a\":[1}]")},
	{TEXT("{\"a\":1/**/}")},
	{TEXT("{\"a\":1}//")},
	{TEXT("{\"a\":True}")},
	{TEXT("{\"a\":tru}")},
	{TEXT("{\"a\":nulL}")},
	{TEXT("{\"a\":undefined}")},
	/* numbers */
	{TEXT("{\"a\":01}")},
	{TEXT("{\"a\":-01}")},
	{TEXT("{\"a\":+1}")},
	{TEXT("{\"a\":.5}")},
	{TEXT("{\"a\":1.}")},
	{TEXT("{\"a\":1.e1}")},
	{TEXT("{\"a\":1e}")},
	{TEXT("{\"a\":1e+}")},
	{TEXT("{\"a\":1e+-1}")},
	{TEXT("{\"a\":--1}")},
	{TEXT("{\"a\":-}")},
	{TEXT("{\"a\":0x10}")},
	{TEXT("{\"a\":1,5}")},
	{TEXT("{\"a\":NaN}")},
	{TEXT("{\"a\":Infinity}")},
	{TEXT("{\"a\":-Infinity}")},
	{TEXT("{\"a\":1e400}")},
	{TEXT("{\"a\":-1e400}")},
	{TEXT("{\"a\":[0,1e999]}")},
	{TEXT("{\"a\":1000000000000000000000000000000000000000000000000000000000000000}")},
	/* strings */
	{TEXT("{\"a\":\"b}")},
	{TEXT("{\"a\":\"b\0\"}")},
	{TEXT("{\"a\0\":1}")},
	{TEXT("{\"a\":\"\\u0000\"}")},
	{TEXT("{\"a\\u0000\":1}")},
	{TEXT("{\"a\":\"\n\"}")},
	{TEXT("{\"a\":\"\t\"}")},
	{TEXT("{\"a\":\"\x1b\"}")},
	{TEXT("{\"a\":\"\x1f\"}")},
	{TEXT("{\"\r\":1}")},
	{TEXT("{\"a\":\"\\x41\"}")},
	{TEXT("{\"a\":\"\\'\"}")},
	{TEXT("{\"a\":\"\\\0\"}")},
	{TEXT("{\"a\":\"\\")},
	{TEXT("{\"a\":\"\\u")},
	{TEXT("{\"a\":\"\\u12\"}")},
	{TEXT("{\"a\":\"\\u12g4\"}")},
	{TEXT("{\"a\":\"\\U0041\"}")},
	/* surrogates */
	{TEXT("{\"a\":\"\\ud800\"}")},
	{TEXT("{\"a\":\"\\udc00\"}")},
	{TEXT("{\"a\":\"\\udfff\\ud800\"}")},
	{TEXT("{\"a\":\"\\ud800\\ud800\"}")},
	{TEXT("{\"a\":\"\\ud800x\"}")},
	{TEXT("{\"a\":\"\\ud800\\n\"}")},
	{TEXT("{\"a\":\"\\ud800\\u0041\"}")},
	{TEXT("{\"\\udbff\":1}")},
	/* UTF-8 */
	{TEXT("{\"a\":\"\x80\"}")},
	{TEXT("{\"a\":\"\xbf\"}")},
	{TEXT("{\"a\":\"\xc0\x80\"}")},
	{TEXT("{\"a\":\"\xc1\xbf\"}")},
	{TEXT("{\"a\":\"\xc3\"}")},
	{TEXT("{\"a\":\"\xc3(\"}")},
	{TEXT("{\"a\":\"\xe0\x80\xaf\"}")},
	{TEXT("{\"a\":\"\xe0\x9f\xbf\"}")},
	{TEXT("{\"a\":\"\xe2\x82\"}")},
	{TEXT("{\"a\":\"\xed\xa0\x80\"}")},
	{TEXT("{\"a\":\"\xed\xbf\xbf\"}")},
	{TEXT("{\"a\":\"\xf0\x80\x80\x80\"}")},
	{TEXT("{\"a\":\"\xf0\x8f\xbf\xbf\"}")},
	{TEXT("{\"a\":\"\xf4\x90\x80\x80\"}")},
	{TEXT("{\"a\":\"\xf5\x80\x80\x80\"}")},
	{TEXT("{\"a\":\"\xf8\x88\x80\x80\x80\"}")},
	{TEXT("{\"a\":\"\xfe\"}")},
	{TEXT("{\"a\":\"\xff\"}")},
	{TEXT("{\"a\":\"\xf0\x9f\x98")},
	{TEXT("\xff\xfe{\0}\0")},
	{TEXT("{\"\xe9\":1}")},
	/* duplicates */
	{TEXT("{\"a\":1,\"a\":1}")},
	{TEXT("{\"a\":1,\"b\":2,\"a\":3}")},
	{TEXT("{\"a\":1,\"\\u0061\":2}")},
	{TEXT("{\"\\/\":1,\"/\":2}")},
	{TEXT("{\"\\u00e9\":1,\"\xc3\xa9\":2}")},
	{TEXT("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}")},
	{TEXT("{\"\":1,\"\":2}")},
	{TEXT("{\"x\":{\"a\":1,\"a\":2}}")},
	{TEXT("{\"x\":[{\"a\":1},{\"a\":1,\"a\":2}]}")},
};

static void what_breaks_a_rule_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		JSON_AUTO(object);

		object = json_parse_object(refused[i].bytes, refused[i].len, MAX);
		if (object)
			fail_msg("row %zu accepted: %s", i, refused[i].bytes);
	}
}

/* An object and what cJSON makes of it, written out again. */
static const struct {
	const char *text;
	const char *read;
} accepted[] = {
	{"{}", "{}"},
	{" \t\r\n{ \n} \r\t ", "{}"},
	{"{ \"a\" : 1 , \"b\" : [ 1 , 2 ] }", "{\"a\":1,\"b\":[1,2]}"},
	{"{\"a\":true,\"b\":false,\"c\":null}", "{\"a\":true,\"b\":false,\"c\":null}"},
	{"{\"a\":[],\"b\":{},\"c\":\"\"}", "{\"a\":[],\"b\":{},\"c\":\"\"}"},
	{"{\"a\":0,\"b\":0.5,\"c\":1E2,\"d\":1e-2,\"e\":1e+2}",
		"{\"a\":0,\"b\":0.5,\"c\":100,\"d\":0.01,\"e\":100}"},
	{"{\"a\":1e308}", "{\"a\":1e+308}"},
	{"{\"a\":1e-400}", "{\"a\":0}"},
	{"{\"a\":100000000000000000000000000000000000000000000000000000000000000}",
		"{\"a\":1e+62}"},
	{"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "{\"a\":\"\\\"\\\\/\\b\\f\\n\\r\\t\"}"},
	{"{\"a\":\"\\u0041\\u00e9\\u20ac\"}", "{\"a\":\"A\xc3\xa9\xe2\x82\xac\"}"},
	{"{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"\xf0\x9f\x98\x80\"}"},
	{"{\"a\":\"\\uD83D\\uDE00\"}", "{\"a\":\"\xf0\x9f\x98\x80\"}"},
	{"{\"a\":\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"}",
		"{\"a\":\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"}"},
	{"{\"a\":\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}",
		"{\"a\":\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}"},
	{"{\"sub\":1,\"SUB\":2,\"Sub\":3}", "{\"sub\":1,\"SUB\":2,\"Sub\":3}"},
	{"{\"a\":{\"a\":{\"a\":1}}}", "{\"a\":{\"a\":{\"a\":1}}}"},
	{"{\"\":1,\"a\":2}", "{\"\":1,\"a\":2}"},
};

static void the_rest_reads_to_its_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		JSON_AUTO(object);

		object = json_parse_object(accepted[i].text, strlen(accepted[i].text), MAX);
		if (!object)
			fail_msg("refused: %s", accepted[i].text);
		char *read = cJSON_PrintUnformatted(object);
		assert_string_equal(read, accepted[i].read);
		free(read);
	}
}

static void add_times(struct buf *out, const char *text, unsigned int times)
{
	while (times--)
		assert_int_equal(buf_puts(out, text), 0);
}

/* An object of DEPTH levels in all, by arrays or by objects. */
static bool depth_accepted(unsigned int depth, const char *open, const char *close)
{
	BUF_AUTO(text, MAX);
	JSON_AUTO(object);

	add_times(&text, "{\"a\":", 1);
	add_times(&text, open, depth - 1);
	add_times(&text, "1", 1);
	add_times(&text, close, depth - 1);
	add_times(&text, "}", 1);
	object = json_parse_object(text.data, text.len, MAX);
	return object != NULL;
}

static void depth_ends_at_its_limit(void **state)
{
	(void)state;
	assert_true(depth_accepted(JSON_DEPTH, "[", "]"));
	assert_false(depth_accepted(JSON_DEPTH + 1, "[", "]"));
	assert_false(depth_accepted(100000, "[", "]"));
	assert_true(depth_accepted(JSON_DEPTH, "{\"a\":", "}"));
	assert_false(depth_accepted(JSON_DEPTH + 1, "{\"a\":", "}"));
	assert_false(depth_accepted(100000, "{\"a\":", "}"));
}

/* Siblings do not add up to depth. */
static void many_shallow_arrays_are_accepted(void **state)
{
	BUF_AUTO(text, MAX);
	JSON_AUTO(object);

	(void)state;
	add_times(&text, "{\"a\":[[]", 1);
	add_times(&text, ",[]", 1000);
	add_times(&text, "]}", 1);
	object = json_parse_object(text.data, text.len, MAX);
	assert_non_null(object);
}

static bool values_accepted(unsigned int values)
{
	BUF_AUTO(text, MAX);
	JSON_AUTO(object);

	add_times(&text, "{\"a\":[0", 1);
	add_times(&text, ",0", values - 3);
	add_times(&text, "]}", 1);
	object = json_parse_object(text.data, text.len, MAX);
	return object != NULL;
}

static void values_end_at_their_limit(void **state)
{
	(void)state;
	assert_true(values_accepted(JSON_VALUES));
	assert_false(values_accepted(JSON_VALUES + 1));
}

/* As many members as values allow, the first name once more at the end: found, however many. */
static void a_duplicate_among_many_is_found(void **state)
{
	BUF_AUTO(text, MAX);
	JSON_AUTO(distinct);
	JSON_AUTO(duplicate);

	(void)state;
	add_times(&text, "{\"0\":0", 1);
	for (unsigned int i = 1; i < JSON_VALUES - 2; i++)
		assert_int_equal(buf_printf(&text, ",\"%u\":0", i), 0);
	size_t len = text.len;
	add_times(&text, "}", 1);
	distinct = json_parse_object(text.data, text.len, MAX);
	assert_non_null(distinct);
	text.len = len;
	add_times(&text, ",\"0\":0}", 1);
	duplicate = json_parse_object(text.data, text.len, MAX);
	assert_null(duplicate);
}

static void size_ends_at_its_limit(void **state)
{
	JSON_AUTO(fits);
	JSON_AUTO(over);

	(void)state;
	fits = json_parse_object("{\"a\":1}", 7, 7);
	over = json_parse_object("{\"a\":1} ", 8, 7);
	assert_non_null(fits);
	assert_null(over);
}

static const char sample[] =
	"{\"a\\u00e9\\ud83d\\ude00\":[-1.5e+3,true,false,null,\"\\n\xc3\xa9\"],"
	"\"b\":{\"c\":\"\xf0\x9f\x98\x80\"}}";

/* Reads from a block of its own, so that a sanitizer sees a read behind the end. */
static void front_and_cjson_agree(const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, len);
	if (json_front(copy, len)) {
		cJSON *value = cJSON_ParseWithLength(copy, len);
		assert_non_null(value);
		cJSON_Delete(value);
	}
	json_free(json_parse_object(copy, len, MAX));
	free(copy);
}

static void no_cut_sample_is_accepted(void **state)
{
	(void)state;
	assert_true(json_front(sample, sizeof(sample) - 1));
	for (size_t len = 0; len < sizeof(sample) - 1; len++) {
		assert_false(json_front(sample, len));
		front_and_cjson_agree(sample, len);
	}
}

static void what_the_front_accepts_cjson_reads(void **state)
{
	char text[sizeof(sample)];

	(void)state;
	for (size_t i = 0; i < sizeof(sample) - 1; i++) {
		memcpy(text, sample, sizeof(sample));
		for (int byte = 0; byte < 256; byte++) {
			text[i] = (char)byte;
			front_and_cjson_agree(text, sizeof(sample) - 1);
		}
	}
}

static void members_are_found_by_their_very_name(void **state)
{
	static const char text[] = "{\"SUB\":\"x\",\"sub\":\"y\",\"n\":1}";
	JSON_AUTO(object);

	(void)state;
	object = json_parse_object(text, sizeof(text) - 1, MAX);
	assert_non_null(object);
	assert_string_equal(json_string(object, "sub"), "y");
	assert_string_equal(json_string(object, "SUB"), "x");
	assert_null(json_string(object, "Sub"));
	assert_null(json_string(object, "n"));
	assert_null(json_string(NULL, "sub"));
	assert_null(json_member(json_member(object, "sub"), "sub"));
}

static void only_true_is_true(void **state)
{
	static const char text[] =
		"{\"yes\":true,\"no\":false,\"word\":\"true\",\"one\":1,\"null\":null,"
		"\"list\":[true]}";
	static const char *const untrue[] = {"no", "word", "one", "null", "list", "missing", "YES"};
	JSON_AUTO(object);

	(void)state;
	object = json_parse_object(text, sizeof(text) - 1, MAX);
	assert_non_null(object);
	assert_true(json_is_true(object, "yes"));
	for (size_t i = 0; i < sizeof(untrue) / sizeof(untrue[0]); i++)
		assert_false(json_is_true(object, untrue[i]));
	assert_false(json_is_true(NULL, "yes"));
}

static const struct {
	const char *value;
	bool whole;
	int64_t is;
} integers[] = {
	{"0", true, 0},
	{"-0", true, 0},
	{"5", true, 5},
	{"1e2", true, 100},
	{"100.0", true, 100},
	{"3600", true, 3600},
	{"5.5", false, 0},
	{"3600.5", false, 0},
	{"3601", false, 0},
	{"-10", true, -10},
	{"-11", false, 0},
	{"1e20", false, 0},
	{"1e300", false, 0},
	{"-1e300", false, 0},
	{"\"5\"", false, 0},
	{"true", false, 0},
	{"null", false, 0},
	{"[5]", false, 0},
};

static void integers_are_whole_and_in_range(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
		JSON_AUTO(object);
		char text[64];
		int64_t got = 77;

		snprintf(text, sizeof(text), "{\"n\":%s}", integers[i].value);
		object = json_parse_object(text, strlen(text), MAX);
		assert_non_null(object);
		bool whole = json_integer(json_member(object, "n"), -10, 3600, &got);
		if (whole != integers[i].whole)
			fail_msg("%s", integers[i].value);
		assert_int_equal(got, whole ? integers[i].is : 77);
	}
	assert_false(json_integer(NULL, 0, 1, &(int64_t){0}));
}

/* cJSON's own valueint ends at 2^31 - 1. */
static void large_integers_are_exact(void **state)
{
	const int64_t most = (int64_t)1 << 53;
	static const char text[] = "{\"n\":9007199254740991}";
	JSON_AUTO(object);
	int64_t got = 0;

	(void)state;
	object = json_parse_object(text, sizeof(text) - 1, MAX);
	assert_true(json_integer(json_member(object, "n"), -most, most, &got));
	assert_int_equal(got, most - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_breaks_a_rule_is_refused),
		cmocka_unit_test(the_rest_reads_to_its_value),
		cmocka_unit_test(depth_ends_at_its_limit),
		cmocka_unit_test(many_shallow_arrays_are_accepted),
		cmocka_unit_test(values_end_at_their_limit),
		cmocka_unit_test(a_duplicate_among_many_is_found),
		cmocka_unit_test(size_ends_at_its_limit),
		cmocka_unit_test(no_cut_sample_is_accepted),
		cmocka_unit_test(what_the_front_accepts_cjson_reads),
		cmocka_unit_test(members_are_found_by_their_very_name),
		cmocka_unit_test(only_true_is_true),
		cmocka_unit_test(integers_are_whole_and_in_range),
		cmocka_unit_test(large_integers_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
