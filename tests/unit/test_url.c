#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "url.h"

struct row {
	bool endpoint;
	bool verification_uri;
	const char *url;
};

static const struct row rows[] = {
	{true, true, "https://idp.example.com"},
	{true, true, "https://idp.example.com/"},
	{true, true, "https://idp.example.com/device?user_code=WDJB-MJHT"},
	{true, true, "https://idp.example.com?x=1"},
	{true, true, "https://localhost:8443/a"},
	{true, true, "https://a_b.example:65535/~x/%20"},
	{true, true, "https://192.0.2.7:1/"},
	{true, true, "https://[2001:db8::1]:443/device"},
	{true, true, "https://[::1]"},
	/* a user name behind the host is only a path */
	{true, true, "https://idp.example.com/@evil.example"},
	{true, true, "https://idp.example.com/a:b@c?d:e@f"},
	/* a page may have its route in the fragment, a request may not */
	{false, true, "https://idp.example.com/#/device"},
	{false, true, "https://idp.example.com#x"},
	/* what a terminal or a page that quotes the link could take for its end */
	{true, false, "https://idp.example.com/\"x"},
	{true, false, "https://idp.example.com/<b>"},
	{true, false, "https://idp.example.com/a\\b"},
	{true, false, "https://idp.example.com/a^b"},
	{true, false, "https://idp.example.com/`id`"},
	{true, false, "https://idp.example.com/{x}"},
	{true, false, "https://idp.example.com/a|b"},
	/* another scheme */
	{false, false, "http://idp.example.com/"},
	{false, false, "HTTPS://idp.example.com/"},
	{false, false, "file:///etc/passwd"},
	{false, false, "javascript:alert(1)"},
	{false, false, "//idp.example.com/"},
	{false, false, "https:/idp.example.com/"},
	{false, false, "https:idp.example.com"},
	{false, false, " https://idp.example.com/"},
	{false, false, ""},
	{false, false, NULL},
	/* no host, or none that is one */
	{false, false, "https://"},
	{false, false, "https:///device"},
	{false, false, "https://:443/"},
	{false, false, "https://?x"},
	{false, false, "https://.example.com/"},
	{false, false, "https://example.com./"},
	{false, false, "https://a..b/"},
	{false, false, "https://-a.example/"},
	{false, false, "https://a.example-/"},
	{false, false, "https://a%2eb/"},
	{false, false, "https://a,b/"},
	{false, false, "https://a;b/"},
	{false, false, "https://a&b/"},
	{false, false, "https://idp.example.com\\.evil.example/"},
	{false, false, "https://[2001:db8::1/"},
	{false, false, "https://2001:db8::1]/"},
	{false, false, "https://[]/"},
	{false, false, "https://[/]"},
	{false, false, "https://["},
	{false, false, "https://[::1]x/"},
	{false, false, "https://[fe80::1%25eth0]/"},
	{false, false, "https://[192.0.2.7]/"},
	{false, false, "https://[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]/"},
	/* userinfo: what stands before the host is not the host */
	{false, false, "https://user@idp.example.com/"},
	{false, false, "https://user:password@idp.example.com/"},
	{false, false, "https://idp.example.com@evil.example/"},
	{false, false, "https://idp.example.com:443@evil.example/"},
	{false, false, "https://@idp.example.com/"},
	/* no port that is one */
	{false, false, "https://idp.example.com:/"},
	{false, false, "https://idp.example.com:0/"},
	{false, false, "https://idp.example.com:65536/"},
	{false, false, "https://idp.example.com:000443/"},
	{false, false, "https://idp.example.com:44a/"},
	{false, false, "https://idp.example.com:-1/"},
	{false, false, "https://idp.example.com:443:444/"},
	/* other bytes */
	{false, false, "https://idp.example.com/a b"},
	{false, false, "https://idp.example.com/a\tb"},
	{false, false, "https://idp.example.com/a\r\nb"},
	{false, false, "https://idp.example.com/\x1b[2J"},
	{false, false, "https://idp.example.com/\x7f"},
	{false, false, "https://idp.example.com/\xc3\xa9"},
	{false, false, "https://idp\xd0\xb0.example.com/"},
};

static void addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (url_is_endpoint(rows[i].url) != rows[i].endpoint)
			fail_msg("endpoint: %s", rows[i].url);
		if (url_is_verification_uri(rows[i].url) != rows[i].verification_uri)
			fail_msg("verification URI: %s", rows[i].url);
	}
}

static void the_longest_is_512_bytes(void **state)
{
	char url[URL_MAX + 2] = "https://idp.example.com/";

	(void)state;
	memset(url + strlen(url), 'a', URL_MAX - strlen(url));
	assert_int_equal(strlen(url), 512);
	assert_true(url_is_endpoint(url));
	assert_true(url_is_verification_uri(url));
	url[URL_MAX] = 'a';
	assert_false(url_is_endpoint(url));
	assert_false(url_is_verification_uri(url));
}

static void what_may_be_sent_on(void **state)
{
	static const char *const sendable[] = {"a", "!", "~", "eyJ.eyJ.sig", "a+/=\"%&\\<"};
	static const char *const not_sendable[] = {
		"", " ", "a b", "a\r\nX: y", "a\n", "a\t", "\x7f", "\x1b", "\xc3\xa9", "a\x80"};

	(void)state;
	assert_false(url_is_sendable(NULL));
	for (size_t i = 0; i < sizeof(sendable) / sizeof(sendable[0]); i++)
		if (!url_is_sendable(sendable[i]))
			fail_msg("refused: %s", sendable[i]);
	for (size_t i = 0; i < sizeof(not_sendable) / sizeof(not_sendable[0]); i++)
		if (url_is_sendable(not_sendable[i]))
			fail_msg("accepted: %s", not_sendable[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(the_longest_is_512_bytes),
		cmocka_unit_test(what_may_be_sent_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
