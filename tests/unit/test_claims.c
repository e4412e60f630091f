#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "claims.h"
#include "json.h"

enum { MAX = 1 << 20 };

static cJSON *parsed(const char *text)
{
	cJSON *claims = json_parse_object(text, strlen(text), MAX);

	if (!claims)
		fail_msg("no object: %s", text);
	return claims;
}

/* A path, and the value that is found there as JSON, or NULL. */
static const struct {
	const char *claims;
	const char *path;
	const char *found;
} paths[] = {
	{"{\"a\":1}", "a", "1"},
	{"{\"a\":1}", "A", NULL},
	{"{\"a\":1}", "b", NULL},
	{"{\"a\":1}", "", NULL},
	{"{\"a\":1}", "a.b", NULL},
	{"{\"a\":1}", ".a", NULL},
	{"{\"a\":1}", "a.", NULL},
	{"{\"a\":null}", "a", "null"},
	{"{\"a\":{\"b\":{\"c\":1}}}", "a.b.c", "1"},
	{"{\"a\":{\"b\":{\"c\":1}}}", "a.b", "{\"c\":1}"},
	{"{\"a\":{\"b\":{\"c\":1}}}", "a.c", NULL},
	{"{\"a\":{\"b\":{\"c\":1}}}", "a..b", NULL},
	{"{\"a\":[{\"b\":1}]}", "a.b", NULL},
	{"{\"ab\":{\"c\":1}}", "a.c", NULL},
	{"{\"a\":{\"b\":1}}", "ab", NULL},
	{"{\"resource_access\":{\"my-client\":{\"roles\":[\"ops\"]}}}",
		"resource_access.my-client.roles", "[\"ops\"]"},
	{"{\"https://example.com/groups\":[\"ops\"]}", "https://example.com/groups", "[\"ops\"]"},
	{"{\"resource_access\":{\"grafana.example.com\":{\"roles\":[\"ops\"]}}}",
		"resource_access.grafana.example.com.roles", "[\"ops\"]"},
	/* of several readings, the longest first name */
	{"{\"a.b\":1,\"a\":{\"b\":2}}", "a.b", "1"},
	{"{\"a.b\":{\"c\":1},\"a\":{\"b.c\":2}}", "a.b.c", "1"},
	{"{\"a.b\":{\"x\":1},\"a\":{\"b\":{\"c\":2}}}", "a.b.c", "2"},
	{"{\"a.b\":3,\"a\":{\"b\":{\"c\":2}}}", "a.b.c", "2"},
};

static void paths_lead_to_their_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		JSON_AUTO(claims);

		claims = parsed(paths[i].claims);
		const cJSON *value = claims_find(claims, paths[i].path);
		if (!value != !paths[i].found)
			fail_msg("%s in %s", paths[i].path, paths[i].claims);
		if (!value)
			continue;
		char *text = cJSON_PrintUnformatted(value);
		assert_string_equal(text, paths[i].found);
		free(text);
	}
	assert_null(claims_find(NULL, "a"));
	assert_null(claims_find(NULL, "a.b"));
}

/* 40 dots would be 2^40 readings, were every one of them tried. */
static void a_path_of_many_dots_ends_soon(void **state)
{
	static const char path[] = "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a."
				   "a.a.a.a.a.a.a.a.a.a";
	JSON_AUTO(claims);

	(void)state;
	claims = parsed("{\"a\":{\"a\":{\"a\":{\"a\":1,\"a.a\":{},\"a.a.a\":{}},\"a.a\":{}}}}");
	assert_null(claims_find(claims, path));
}

static const struct {
	const char *value;
	int result;
} strings[] = {
	{"\"alice\"", 0},
	{"\"J\\u00fcrgen\"", 0},
	{"\"a b\"", 0},
	{"\"\"", -EINVAL},
	{"\"a\\nb\"", -EINVAL},
	{"\"\\u001b[2J\"", -EINVAL},
	{"\"a\\u007f\"", -EINVAL},
	{"1", -EINVAL},
	{"true", -EINVAL},
	{"null", -EINVAL},
	{"[\"alice\"]", -EINVAL},
	{"{}", -EINVAL},
};

static void strings_are_plain(void **state)
{
	const char *value = "before";

	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		BUF_AUTO(text, MAX);
		JSON_AUTO(claims);

		value = "before";
		assert_int_equal(buf_printf(&text, "{\"c\":%s}", strings[i].value), 0);
		claims = parsed(text.data);
		int result = claims_string(claims, "c", &value);
		if (result != strings[i].result)
			fail_msg("%s: %d", strings[i].value, result);
		assert_int_equal(strcmp(value, "before") == 0, result != 0);
	}
	assert_int_equal(claims_string(NULL, "c", &value), -ENOENT);
}

static int length_result(size_t len)
{
	BUF_AUTO(text, MAX);
	JSON_AUTO(claims);
	const char *value = NULL;

	buf_puts(&text, "{\"c\":\"");
	while (len--)
		buf_puts(&text, "x");
	buf_puts(&text, "\"}");
	claims = parsed(text.data);
	return claims_string(claims, "c", &value);
}

static void strings_end_at_their_limit(void **state)
{
	(void)state;
	assert_int_equal(length_result(CLAIMS_VALUE_MAX), 0);
	assert_int_equal(length_result(CLAIMS_VALUE_MAX + 1), -EINVAL);
}

static const struct {
	const char *value;
	const char *words;
	bool has;
} matches[] = {
	{"\"mfa\"", "mfa", true},
	{"\"mfa\"", "MFA", false},
	{"\"mfa\"", "mf", false},
	{"\"mfa,pwd\"", "mfa", false},
	{"[\"pwd\",\"mfa\"]", "mfa", true},
	{"[\"pwd\",\"mfax\"]", "mfa", false},
	{"[]", "mfa", false},
	{"[[\"mfa\"]]", "mfa", false},
	{"{\"mfa\":true}", "mfa", false},
	{"true", "true", true},
	{"false", "true", false},
	{"false", "false", true},
	{"\"true\"", "true", true},
	{"null", "null", false},
	{"5", "5", true},
	{"5.0", "5", true},
	{"5.5", "5", false},
	{"5.5", "5.5", false},
	{"-5", "-5", true},
	{"9007199254740993", "9007199254740993", false},
	{"[1,2]", "2", true},
	{"\"\"", "", true},
	{"\"x\"", "", false},
};

static void values_are_matched_as_a_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		BUF_AUTO(text, MAX);
		JSON_AUTO(claims);

		assert_int_equal(buf_printf(&text, "{\"c\":%s}", matches[i].value), 0);
		claims = parsed(text.data);
		if (claims_has(claims, "c", matches[i].words) != matches[i].has)
			fail_msg("%s and %s", matches[i].value, matches[i].words);
		assert_false(claims_has(claims, "d", matches[i].words));
	}
}

/* Claims, the path of groups, what comes of it, and the groups joined by commas. */
static const struct {
	const char *claims;
	int result;
	const char *groups;
} groups[] = {
	{"{\"g\":[\"a\",\"b\"]}", 0, "a,b"},
	{"{\"g\":[\"/ops\",\"a b\"]}", 0, "/ops,a b"},
	{"{\"g\":\"a\"}", 0, "a"},
	{"{\"g\":\"a,b\"}", 0, "a,b"},
	{"{\"g\":{\"admin\":{\"1\":\"x\"},\"user\":true}}", 0, "admin,user"},
	{"{\"g\":{\"admin\":false,\"root\":null,\"user\":{}}}", 0, "user"},
	{"{\"g\":{\"admin\":false}}", 0, ""},
	{"{\"g\":[]}", 0, ""},
	{"{\"g\":{}}", 0, ""},
	{"{\"x\":[\"a\"]}", -ENOENT, NULL},
	{"{\"G\":[\"a\"]}", -ENOENT, NULL},
	{"{\"_claim_names\":{\"g\":\"src1\"},\"_claim_sources\":{\"src1\":"
	 "{\"endpoint\":\"https://graph.example/users/1/getMemberObjects\"}}}",
		-ENOENT, NULL},
	{"{\"hasgroups\":true}", -ENOENT, NULL},
	{"{\"g\":null}", -EINVAL, NULL},
	{"{\"g\":1}", -EINVAL, NULL},
	{"{\"g\":true}", -EINVAL, NULL},
	{"{\"g\":\"\"}", -EINVAL, NULL},
	{"{\"g\":[\"a\",1]}", -EINVAL, NULL},
	{"{\"g\":[\"a\",null]}", -EINVAL, NULL},
	{"{\"g\":[\"a\",[\"b\"]]}", -EINVAL, NULL},
	{"{\"g\":[\"a\",\"\"]}", -EINVAL, NULL},
	{"{\"g\":[\"a\\nb\"]}", -EINVAL, NULL},
	{"{\"g\":{\"a\\u001b\":true}}", -EINVAL, NULL},
	{"{\"g\":{\"a\":true,\"b\":1}}", -EINVAL, NULL},
	{"{\"g\":{\"a\":true,\"b\":0}}", -EINVAL, NULL},
	{"{\"g\":{\"a\":true,\"b\":\"false\"}}", -EINVAL, NULL},
	{"{\"g\":{\"a\":true,\"b\":[]}}", -EINVAL, NULL},
};

static void groups_come_in_their_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		STRLIST_AUTO(got);
		BUF_AUTO(joined, MAX);
		JSON_AUTO(claims);

		assert_int_equal(strlist_add(&got, "before"), 0);
		claims = parsed(groups[i].claims);
		int result = claims_groups(claims, "g", &got);
		if (result != groups[i].result)
			fail_msg("%s: %d", groups[i].claims, result);
		for (size_t n = 0; n < got.n; n++)
			assert_int_equal(
				buf_printf(&joined, "%s%s", n ? "," : "", got.items[n]), 0);
		assert_string_equal(buf_str(&joined), result == 0 ? groups[i].groups : "before");
	}
}

/* Only a pointer, and to this very claim. */
static void a_pointer_to_a_claim_is_told(void **state)
{
	static const struct {
		const char *claims;
		bool points;
	} rows[] = {
		{"{\"_claim_names\":{\"g\":\"src1\"}}", true},
		{"{\"_claim_names\":{\"g\":null}}", true},
		{"{\"_claim_names\":{\"g\":\"src1\"},\"g\":[]}", false},
		{"{\"_claim_names\":{\"x\":\"src1\"}}", false},
		{"{\"_claim_names\":{\"G\":\"src1\"}}", false},
		{"{\"_claim_names\":\"g\"}", false},
		{"{\"_claim_names\":[\"g\"]}", false},
		{"{\"_claim_sources\":{\"g\":\"src1\"}}", false},
		{"{}", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		JSON_AUTO(claims);

		claims = parsed(rows[i].claims);
		if (claims_points(claims, "g") != rows[i].points)
			fail_msg("%s", rows[i].claims);
	}
}

static int group_count_result(unsigned int n)
{
	BUF_AUTO(text, MAX);
	STRLIST_AUTO(got);
	JSON_AUTO(claims);

	buf_puts(&text, "{\"g\":[\"0\"");
	for (unsigned int i = 1; i < n; i++)
		buf_printf(&text, ",\"%u\"", i);
	buf_puts(&text, "]}");
	claims = parsed(text.data);
	return claims_groups(claims, "g", &got);
}

static void groups_end_at_their_limit(void **state)
{
	(void)state;
	assert_int_equal(group_count_result(CLAIMS_GROUPS_MAX), 0);
	assert_int_equal(group_count_result(CLAIMS_GROUPS_MAX + 1), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_lead_to_their_value),
		cmocka_unit_test(a_path_of_many_dots_ends_soon),
		cmocka_unit_test(strings_are_plain),
		cmocka_unit_test(strings_end_at_their_limit),
		cmocka_unit_test(values_are_matched_as_a_whole),
		cmocka_unit_test(groups_come_in_their_shapes),
		cmocka_unit_test(a_pointer_to_a_claim_is_told),
		cmocka_unit_test(groups_end_at_their_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
