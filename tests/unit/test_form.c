#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "form.h"

enum { ROOM = 256 };

static const struct {
	const char *value;
	const char *encoded;
} rows[] = {
	{"", ""},
	{"AZaz09-._*", "AZaz09-._*"},
	{"openid profile  email", "openid+profile++email"},
	{"urn:ietf:params:oauth:grant-type:device_code",
		"urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"},
	/* RFC 6749 appendix B */
	{" %&+\xc2\xa3\xe2\x82\xac", "+%25%26%2B%C2%A3%E2%82%AC"},
	{"a=b&c=d", "a%3Db%26c%3Dd"},
	{"~/?#@:\"'", "%7E%2F%3F%23%40%3A%22%27"},
	{"\r\n\t\x01\x7f\xff", "%0D%0A%09%01%7F%FF"},
};

static void values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		BUF_AUTO(out, ROOM);

		assert_int_equal(form_encode(&out, rows[i].value, strlen(rows[i].value)), 0);
		assert_string_equal(buf_str(&out), rows[i].encoded);
	}
}

static void a_row_of_parameters(void **state)
{
	BUF_AUTO(form, ROOM);
	SECRET_AUTO(secret);
	SECRET_AUTO(none);

	(void)state;
	assert_int_equal(secret_set(&secret, "a\0&b", 4), 0);
	assert_int_equal(form_add(&form, "not there", NULL), 0);
	assert_int_equal(form_add_secret(&form, "nor this", &none), 0);
	assert_int_equal(form.len, 0);
	assert_int_equal(form_add(&form, "client_id", "my client"), 0);
	assert_int_equal(form_add(&form, "empty", ""), 0);
	assert_int_equal(form_add(&form, "a&b", "1"), 0);
	assert_int_equal(form_add_secret(&form, "client_secret", &secret), 0);
	assert_string_equal(
		buf_str(&form), "client_id=my+client&empty=&a%26b=1&client_secret=a%00%26b");
}

static void no_room(void **state)
{
	BUF_AUTO(form, 8);
	SECRET_AUTO(secret);

	(void)state;
	assert_int_equal(secret_set(&secret, "x", 1), 0);
	assert_int_equal(form_add(&form, "name", "&&"), -EMSGSIZE);
	assert_int_equal(form_add(&form, "a", "b"), -EMSGSIZE);
	assert_int_equal(form_add(&form, "a", NULL), -EMSGSIZE);
	assert_int_equal(form_add_secret(&form, "a", &secret), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(a_row_of_parameters),
		cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
