/* What the configuration may add to the authorization request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "count.h"
#include "parameter.h"

#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16

static const struct {
	const char *text;
	bool valid;
} rows[] = {
	{"access_type=offline", true},
	{"kc_idp_hint=staff", true},
	{"audience=https://api.example.com/?a=b&c", true},
	{"domain_hint=example.com", true},
	{"ui_locales=de fr", true},
	{"x-y.z_1=", true},
	{A64 "=1", true},
	{"a=" A64 A64 A64 A16 A16 A16 "aaaaaaaaaaaaaaa", true},
	/* what is no name and value */
	{"", false},
	{"=", false},
	{"=offline", false},
	{"access_type", false},
	{"access type=offline", false},
	{"a&b=c", false},
	{"a#=c", false},
	{"a%20=c", false},
	{"\xc3\xa4=c", false},
	{A64 "a=1", false},
	{"a=" A64 A64 A64 A64, false},
	{"a=\x1f", false},
	{"a=\x7f", false},
	{"a=b\nc", false},
	{"a=\xc3\xa4", false},
	/* what would be another request */
	{"response_type=token", false},
	{"response_mode=form_post", false},
	{"client_id=other", false},
	{"client_secret=a", false},
	{"client_assertion=a", false},
	{"client_assertion_type=a", false},
	{"redirect_uri=https://elsewhere.example/", false},
	{"scope=openid", false},
	{"state=a", false},
	{"nonce=a", false},
	{"code_challenge=a", false},
	{"code_challenge_method=plain", false},
	{"prompt=none", false},
	{"login_hint=bob", false},
	{"acr_values=0", false},
	{"max_age=100000", false},
	{"request=e30.e30.", false},
	{"request_uri=https://elsewhere.example/", false},
	{"registration=a", false},
	/* some compare names without their case */
	{"Redirect_URI=https://elsewhere.example/", false},
	{"STATE=a", false},
	{"scope=", false},
	/* only begins so, or ends so */
	{"scopes=a", true},
	{"re-scope=a", true},
	{"statE_=a", true},
};

static void a_parameter(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (parameter_valid(rows[i].text) != rows[i].valid)
			fail_msg("%s", rows[i].text);
}

static void no_name_stands_twice(void **state)
{
	char a[] = "a=1", b[] = "b=1", ab[] = "ab=1", again[] = "A=2";
	const struct strlist none = {0};
	const struct strlist good = {.items = (char *[]){a, b, ab}, .n = 3};
	const struct strlist bad = {.items = (char *[]){a, b, again, b}, .n = 4};

	(void)state;
	assert_null(parameter_twice(&none));
	assert_null(parameter_twice(&good));
	assert_ptr_equal(parameter_twice(&bad), again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parameter),
		cmocka_unit_test(no_name_stands_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
