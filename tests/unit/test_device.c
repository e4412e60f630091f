#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device.h"

#define REPLY(codes, uri, times) "{" codes "," uri "," times "}"
#define CODES                    "\"device_code\":\"GmRhm_DnyEy\",\"user_code\":\"WDJB-MJHT\""
#define URI                      "\"verification_uri\":\"https://idp.example.com/device\""
#define TIMES                    "\"expires_in\":600,\"interval\":5"

static enum reason parse(
	long status, const char *body, struct device_grant *ret, char *detail, size_t detail_size)
{
	return device_parse(status, body, strlen(body), true, ret, detail, detail_size);
}

static void a_grant(void **state)
{
	DEVICE_GRANT_AUTO(grant);
	char detail[64] = "from before";

	(void)state;
	assert_int_equal(
		parse(200, REPLY(CODES, URI, TIMES), &grant, detail, sizeof(detail)), REASON_OK);
	assert_string_equal(secret_reveal(&grant.device_code), "GmRhm_DnyEy");
	assert_string_equal(grant.user_code, "WDJB-MJHT");
	assert_string_equal(grant.verification_uri, "https://idp.example.com/device");
	assert_null(grant.verification_uri_complete);
	assert_int_equal(grant.expires_in, 600);
	assert_int_equal(grant.interval, 5);
	assert_string_equal(detail, "");
}

static void the_link_with_the_code(void **state)
{
	static const char body[] = REPLY(CODES,
		URI ",\"verification_uri_complete\":\"https://idp.example.com/device?c=WDJB-MJHT\"",
		TIMES);
	DEVICE_GRANT_AUTO(grant);

	(void)state;
	assert_int_equal(parse(200, body, &grant, NULL, 0), REASON_OK);
	assert_string_equal(
		grant.verification_uri_complete, "https://idp.example.com/device?c=WDJB-MJHT");
}

/* A name of the drafts; beside it the name of the RFC counts, and it counts only where it is
 * expected. */
static void the_other_name_of_the_link(void **state)
{
	static const char other[] = REPLY(
		CODES, "\"verification_url\":\"https://idp.example.com/dev\"", TIMES);
	static const char both[] = REPLY(
		CODES, "\"verification_url\":\"https://a.example/\"," URI, TIMES);
	DEVICE_GRANT_AUTO(first);
	DEVICE_GRANT_AUTO(second);

	(void)state;
	assert_int_equal(parse(200, other, &first, NULL, 0), REASON_OK);
	assert_string_equal(first.verification_uri, "https://idp.example.com/dev");
	assert_int_equal(parse(200, both, &second, NULL, 0), REASON_OK);
	assert_string_equal(second.verification_uri, "https://idp.example.com/device");
	device_grant_free(&second);
	assert_int_equal(device_parse(200, other, strlen(other), false, &second, NULL, 0),
		REASON_REPLY_FORM);
	assert_int_equal(device_parse(200, both, strlen(both), false, &second, NULL, 0), REASON_OK);
	assert_string_equal(second.verification_uri, "https://idp.example.com/device");
}

static const struct {
	const char *times;
	int64_t expires_in; /* 0: the reply is refused */
	int64_t interval;
} times[] = {
	{"\"expires_in\":600", 600, 5},
	{"\"expires_in\":600,\"interval\":0", 600, 5},
	{"\"expires_in\":600,\"interval\":-7", 600, 5},
	{"\"expires_in\":600,\"interval\":1", 600, 1},
	{"\"expires_in\":600.0,\"interval\":2.0", 600, 2},
	{"\"expires_in\":600,\"interval\":599", 600, 599},
	{"\"expires_in\":2,\"interval\":1", 2, 1},
	{"\"expires_in\":3600", 3600, 5},
	{"\"expires_in\":3601", 3600, 5},
	{"\"expires_in\":1000000000", 3600, 5},
	/* no time for a poll */
	{"\"expires_in\":600,\"interval\":600", 0, 0},
	{"\"expires_in\":600,\"interval\":601", 0, 0},
	{"\"expires_in\":600,\"interval\":1000000000", 0, 0},
	{"\"expires_in\":9000,\"interval\":4000", 0, 0},
	{"\"expires_in\":5", 0, 0},
	{"\"expires_in\":1,\"interval\":1", 0, 0},
	/* not whole numbers */
	{"\"expires_in\":600,\"interval\":\"5\"", 0, 0},
	{"\"expires_in\":600,\"interval\":5.5", 0, 0},
	{"\"expires_in\":600,\"interval\":true", 0, 0},
	{"\"expires_in\":600,\"interval\":null", 0, 0},
	{"\"expires_in\":600,\"interval\":[5]", 0, 0},
	{"\"expires_in\":600,\"interval\":1e20", 0, 0},
	{"\"expires_in\":600,\"interval\":1e400", 0, 0},
	{"\"expires_in\":600,\"interval\":-1e400", 0, 0},
	{"\"expires_in\":600,\"interval\":5,\"interval\":1", 0, 0},
	{"\"interval\":5", 0, 0},
	{"\"expires_in\":0", 0, 0},
	{"\"expires_in\":-600", 0, 0},
	{"\"expires_in\":\"600\"", 0, 0},
	{"\"expires_in\":600.5", 0, 0},
	{"\"expires_in\":null", 0, 0},
	{"\"expires_in\":true", 0, 0},
	{"\"expires_in\":1e20", 0, 0},
	{"\"expires_in\":1e400", 0, 0},
};

static void times_of_a_grant(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		DEVICE_GRANT_AUTO(grant);
		char body[512];

		snprintf(body, sizeof(body), REPLY(CODES, URI, "%s"), times[i].times);
		enum reason reason = parse(200, body, &grant, NULL, 0);
		if (reason != (times[i].expires_in ? REASON_OK : REASON_REPLY_FORM))
			fail_msg("%s: %s", times[i].times, reason_name(reason));
		if (grant.expires_in != times[i].expires_in || grant.interval != times[i].interval)
			fail_msg("%s: %lld, %lld", times[i].times, (long long)grant.expires_in,
				(long long)grant.interval);
	}
}

#define CODE(user_code) "\"device_code\":\"d\",\"user_code\":\"" user_code "\""
#define CODE40          "ABCDEFGH-ABCDEFGH-ABCDEFGH-ABCDEFGH-ABCD"
#define DEVICE(code)    "\"device_code\":" code ",\"user_code\":\"A\""
#define LINK(uri)       "\"verification_uri\":\"" uri "\""

static const struct {
	enum reason reason;
	const char *body;
	const char *detail; /* a part of it */
} rows[] = {
	{REASON_OK, REPLY(CODE("A"), URI, TIMES), ""},
	{REASON_OK, REPLY(CODE("ABCD EFGH"), URI, TIMES), ""},
	{REASON_OK, REPLY(CODE(CODE40), URI, TIMES), ""},
	{REASON_OK, REPLY(CODES, LINK("https://idp.example.com/#/device"), TIMES), ""},
	/* codes */
	{REASON_REPLY_FORM, REPLY(CODE(CODE40 "B"), URI, TIMES), "user_code"},
	{REASON_REPLY_FORM, REPLY(CODE(""), URI, TIMES), "user_code"},
	{REASON_REPLY_FORM, REPLY(CODE(" "), URI, TIMES), "user_code"},
	{REASON_REPLY_FORM, REPLY(CODE(" A"), URI, TIMES), "user_code"},
	{REASON_REPLY_FORM, REPLY(CODE("A "), URI, TIMES), "user_code"},
	{REASON_REPLY_FORM, REPLY(CODE("A\\nB"), URI, TIMES), "user_code"},
	{REASON_REPLY_FORM, REPLY(CODE("\\u001b[2J"), URI, TIMES), "user_code"},
	{REASON_REPLY_FORM, REPLY(CODE("\xd0\x90"), URI, TIMES), "user_code"},
	{REASON_REPLY_FORM, REPLY("\"device_code\":\"d\"", URI, TIMES), "user_code"},
	{REASON_REPLY_FORM, REPLY("\"device_code\":\"d\",\"user_code\":12345678", URI, TIMES),
		"user_code"},
	{REASON_REPLY_FORM, REPLY("\"user_code\":\"A\"", URI, TIMES), "device_code"},
	{REASON_REPLY_FORM, REPLY(DEVICE("\"\""), URI, TIMES), "device_code"},
	{REASON_REPLY_FORM, REPLY(DEVICE("\"a b\""), URI, TIMES), "device_code"},
	{REASON_REPLY_FORM, REPLY(DEVICE("\"a\\r\\nb\""), URI, TIMES), "device_code"},
	{REASON_REPLY_FORM, REPLY(DEVICE("\"\\u00e9\""), URI, TIMES), "device_code"},
	{REASON_REPLY_FORM, REPLY(DEVICE("null"), URI, TIMES), "device_code"},
	{REASON_REPLY_FORM, REPLY(DEVICE("\"a\\u0000\""), URI, TIMES), "not a JSON object"},
	/* links */
	{REASON_REPLY_FORM, "{" CODES "," TIMES "}", "verification_uri"},
	{REASON_REPLY_FORM, REPLY(CODES, LINK("http://idp.example.com/"), TIMES),
		"verification_uri"},
	{REASON_REPLY_FORM, REPLY(CODES, LINK("https://u@idp.example.com/"), TIMES),
		"verification_uri"},
	{REASON_REPLY_FORM, REPLY(CODES, LINK("https://idp.example.com/\\n"), TIMES),
		"verification_uri"},
	{REASON_REPLY_FORM, REPLY(CODES, LINK("https://idp.example.com/`id`"), TIMES),
		"verification_uri"},
	{REASON_REPLY_FORM, REPLY(CODES, "\"verification_uri\":7", TIMES), "verification_uri"},
	{REASON_REPLY_FORM,
		REPLY(CODES, "\"verification_uri\":null,\"verification_url\":\"https://a.b/\"",
			TIMES),
		"verification_uri"},
	{REASON_REPLY_FORM, REPLY(CODES, "\"verification_url\":\"http://a.b/\"", TIMES),
		"verification_uri"},
	{REASON_REPLY_FORM,
		REPLY(CODES, URI ",\"verification_uri_complete\":\"http://a.b/\"", TIMES),
		"verification_uri_complete"},
	{REASON_REPLY_FORM, REPLY(CODES, URI ",\"verification_uri_complete\":null", TIMES),
		"verification_uri_complete"},
	/* form */
	{REASON_REPLY_FORM, "", "not a JSON object"},
	{REASON_REPLY_FORM, "<html></html>", "not a JSON object"},
	{REASON_REPLY_FORM, "[]", "not a JSON object"},
	{REASON_REPLY_FORM, "{}", "device_code"},
	{REASON_REPLY_FORM, REPLY(CODES "," CODES, URI, TIMES), "not a JSON object"},
	{REASON_REPLY_FORM, REPLY(CODES, URI, TIMES) "x", "not a JSON object"},
	{REASON_REPLY_FORM, REPLY(CODES, URI, TIMES ",\"error\":\"invalid_scope\""),
		"invalid_scope"},
	{REASON_REPLY_FORM, REPLY(CODES, URI, TIMES ",\"error\":null"), ""},
};

static void replies_with_status_200(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		DEVICE_GRANT_AUTO(grant);
		char detail[128] = "";
		enum reason reason = parse(200, rows[i].body, &grant, detail, sizeof(detail));

		if (reason != rows[i].reason || !strstr(detail, rows[i].detail))
			fail_msg("%s: %s, %s", rows[i].body, reason_name(reason), detail);
		assert_int_equal(secret_present(&grant.device_code), reason == REASON_OK);
	}
}

static const struct {
	long status;
	const char *body;
	enum reason reason;
	const char *detail;
} errors[] = {
	{401, "{\"error\":\"invalid_client\"}", REASON_CLIENT_REFUSED, "invalid_client"},
	{400, "{\"error\":\"unauthorized_client\",\"error_description\":\"no\\nway\"}",
		REASON_CLIENT_REFUSED, "unauthorized_client: no\\x0away"},
	{400, "{\"error\":\"unsupported_grant_type\"}", REASON_NO_DEVICE_FLOW,
		"unsupported_grant_type"},
	{404, "<html>Not Found</html>", REASON_NO_DEVICE_FLOW, "HTTP status 404"},
	{404, "{\"error\":\"not_found\"}", REASON_NO_DEVICE_FLOW, "not_found"},
	{404, "{\"error\":\"invalid_client\"}", REASON_CLIENT_REFUSED, "invalid_client"},
	{404, "{\"error\":\"invalid_request\"}", REASON_IDP_ERROR, "invalid_request"},
	{400, "{\"error\":\"invalid_request\"}", REASON_CLIENT_REFUSED, "invalid_request"},
	{400, "{\"error\":\"invalid_scope\"}", REASON_IDP_ERROR, "invalid_scope"},
	/* nobody has been asked yet, so nobody said no */
	{403, "{\"error\":\"access_denied\"}", REASON_IDP_ERROR, "access_denied"},
	{400, "{\"error\":\"expired_token\"}", REASON_IDP_ERROR, "expired_token"},
	{400, "{\"error\":\"authorization_pending\"}", REASON_IDP_ERROR, ""},
	{400, "{\"error\":\"out_of_cheese\"}", REASON_IDP_ERROR, "out_of_cheese"},
	{429, "", REASON_TOO_MANY, "HTTP status 429"},
	{429, "{\"error\":\"invalid_client\"}", REASON_TOO_MANY, "invalid_client"},
	/* a quota by its name */
	{403, "{\"error_code\":\"rate_limit_exceeded\"}", REASON_TOO_MANY, "rate_limit_exceeded"},
	{400, "{\"error\":\"slow_down\"}", REASON_TOO_MANY, "slow_down"},
	{200, "{\"error_code\":\"rate_limit_exceeded\"}", REASON_REPLY_FORM, "device_code"},
	{403, "{\"error_code\":7}", REASON_REPLY_FORM, "HTTP status 403"},
	{403, "{\"error_code\":\"other\"}", REASON_REPLY_FORM, "other"},
	{500, "<html></html>", REASON_IDP_ERROR, "HTTP status 500"},
	{503, "{\"error\":\"temporarily_unavailable\"}", REASON_IDP_ERROR, ""},
	{400, "", REASON_REPLY_FORM, "HTTP status 400"},
	{405, "{}", REASON_REPLY_FORM, "HTTP status 405"},
	{400, "{\"error\":\"\"}", REASON_IDP_ERROR, "HTTP status 400"},
	{302, "{\"error\":\"invalid_client\"}", REASON_REPLY_FORM, ""},
	/* a grant counts with status 200 alone */
	{201, REPLY(CODES, URI, TIMES), REASON_REPLY_FORM, "HTTP status 201"},
	{400, REPLY(CODES, URI, TIMES), REASON_REPLY_FORM, "HTTP status 400"},
	{500, REPLY(CODES, URI, TIMES), REASON_IDP_ERROR, "HTTP status 500"},
};

static void replies_with_another_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		DEVICE_GRANT_AUTO(grant);
		char detail[128] = "";
		enum reason reason = parse(
			errors[i].status, errors[i].body, &grant, detail, sizeof(detail));

		if (reason != errors[i].reason || !strstr(detail, errors[i].detail))
			fail_msg("%ld %s: %s, %s", errors[i].status, errors[i].body,
				reason_name(reason), detail);
		assert_null(grant.user_code);
		assert_false(secret_present(&grant.device_code));
	}
}

static void a_long_reply(void **state)
{
	static const char body[] = REPLY(CODES, URI, TIMES);
	char *longer = malloc(DEVICE_REPLY_MAX + 1);
	DEVICE_GRANT_AUTO(grant);

	(void)state;
	assert_non_null(longer);
	memset(longer, ' ', DEVICE_REPLY_MAX + 1);
	memcpy(longer, body, strlen(body));
	assert_int_equal(device_parse(200, longer, DEVICE_REPLY_MAX + 1, false, &grant, NULL, 0),
		REASON_REPLY_FORM);
	assert_int_equal(
		device_parse(200, longer, DEVICE_REPLY_MAX, false, &grant, NULL, 0), REASON_OK);
	free(longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_grant),
		cmocka_unit_test(the_link_with_the_code),
		cmocka_unit_test(the_other_name_of_the_link),
		cmocka_unit_test(times_of_a_grant),
		cmocka_unit_test(replies_with_status_200),
		cmocka_unit_test(replies_with_another_status),
		cmocka_unit_test(a_long_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
