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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_subject),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_subject_of_no_bytes_is_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
