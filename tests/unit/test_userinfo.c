#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "userinfo.h"

static enum reason parse(long status, const char *reply, cJSON **ret)
{
	return userinfo_parse(status, reply, strlen(reply), "248289761001", ret);
}

static void the_same_subject(void **state)
{
	JSON_AUTO(claims);

	(void)state;
	assert_int_equal(
		parse(200, "{\"sub\":\"248289761001\",\"groups\":[\"ops\"]}", &claims), REASON_OK);
	assert_non_null(json_member(claims, "groups"));
}

static const struct {
	long status;
	const char *reply;
} refused[] = {
	{200, "{\"sub\":\"248289761002\"}"},
	{200, "{\"sub\":\"24828976100\"}"},
	{200, "{\"sub\":\"248289761001 \"}"},
	{200, "{\"sub\":\"\"}"},
	{200, "{\"sub\":null}"},
	{200, "{\"sub\":248289761001}"},
	{200, "{\"sub\":[\"248289761001\"]}"},
	{200, "{\"SUB\":\"248289761001\"}"},
	{200, "{\"sub\":\"x\",\"sub\":\"248289761001\"}"},
	{200, "{\"sub\":\"248289761001\\u0000x\"}"},
	{200, "{\"groups\":[\"ops\"]}"},
	{200, "{}"},
	{200, ""},
	{200, "\"248289761001\""},
	{200, "[{\"sub\":\"248289761001\"}]"},
	/* a signed reply */
	{200, "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIyNDgyODk3NjEwMDEifQ.c2ln"},
	{200, "<html></html>"},
	{201, "{\"sub\":\"248289761001\"}"},
	{302, "{\"sub\":\"248289761001\"}"},
	{401, "{\"sub\":\"248289761001\"}"},
	{500, "{\"sub\":\"248289761001\"}"},
	{0, "{\"sub\":\"248289761001\"}"},
};

static void anything_else_is_refused(void **state)
{
	cJSON *claims = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (parse(refused[i].status, refused[i].reply, &claims) != REASON_USERINFO)
			fail_msg("%ld %s", refused[i].status, refused[i].reply);
		assert_null(claims);
	}
}

static void a_subject_of_no_bytes_is_nobody(void **state)
{
	static const char reply[] = "{\"sub\":\"\"}";
	cJSON *claims = NULL;

	(void)state;
	assert_int_equal(userinfo_parse(200, reply, strlen(reply), "", &claims), REASON_USERINFO);
	assert_null(claims);
}

/* What the endpoint says about whoever the token is for. */
static const struct {
	long status;
	const char *reply;
	enum reason reason;
	const char *line; /* or what was wrong */
} lines[] = {
	{200, "{ \"sub\" : \"a b\" ,\r\n\t\"n\": [ 1.50, true ] }\n", REASON_OK,
		"{\"sub\":\"a b\",\"n\":[1.50,true]}"},
	{200, "{\"sub\":\"a\\\"{ \\\\\", \"b\":\" \"}", REASON_OK,
		"{\"sub\":\"a\\\"{ \\\\\",\"b\":\" \"}"},
	{200, "{\"sub\":\"\x7f\xc2\x80\xc2\x9f\xc2\xa0\"}", REASON_OK,
		"{\"sub\":\"\\u007f\\u0080\\u009f\xc2\xa0\"}"},
	{200, "{\"sub\":\"\xe2\x82\xac\"}", REASON_OK, "{\"sub\":\"\xe2\x82\xac\"}"},
	{200, "{\"sub\":\"a\",\"n\":12345678901234567890}", REASON_OK,
		"{\"sub\":\"a\",\"n\":12345678901234567890}"},
	{200, "{\"sub\":\"0123456789012345678901234567890123456789012345678901234567890\"}",
		REASON_REPLY_SIZE, "the claims are more than one line holds"},
	{401, "{\"sub\":\"a\"}", REASON_USERINFO, "HTTP status 401"},
	{200, "{\"sub\":\"\"}", REASON_USERINFO, "the claims have no sub"},
	{200, "{\"sub\":7}", REASON_USERINFO, "the claims have no sub"},
	{200, "{\"Sub\":\"a\"}", REASON_USERINFO, "the claims have no sub"},
	{200, "{\"sub\":\"a\",\"sub\":\"b\"}", REASON_USERINFO, "not a JSON object"},
	{200, "{\"sub\":\"a\"}{}", REASON_USERINFO, "not a JSON object"},
	{200, "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", REASON_USERINFO, "not a JSON object"},
};

static void whoever_it_is_about_stands_in_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		BUF_AUTO(line, 64);
		char detail[64] = "";
		const char *reply = lines[i].reply;
		enum reason reason = userinfo_line(
			lines[i].status, reply, strlen(reply), &line, detail, sizeof(detail));

		assert_int_equal(reason, lines[i].reason);
		assert_string_equal(reason == REASON_OK ? buf_str(&line) : detail, lines[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_subject),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_subject_of_no_bytes_is_nobody),
		cmocka_unit_test(whoever_it_is_about_stands_in_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
