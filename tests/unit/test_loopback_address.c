/* Redirect addresses on this machine: which are, and what is made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "count.h"
#include "loopback_address.h"
#include "url.h"

enum { CHOSEN = 4711 };

static void addresses_of_this_machine(void **state)
{
	static const struct {
		const char *uri;
		bool ipv6;
		unsigned int port;
		const char *rest, *host, *path; /* the host with CHOSEN */
	} rows[] = {
		{"http://127.0.0.1", false, 0, "", "127.0.0.1:4711", "/"},
		{"http://127.0.0.1/", false, 0, "/", "127.0.0.1:4711", "/"},
		{"http://127.0.0.1/cb", false, 0, "/cb", "127.0.0.1:4711", "/cb"},
		{"http://127.0.0.1/a/b?c=d?e", false, 0, "/a/b?c=d?e", "127.0.0.1:4711", "/a/b"},
		{"http://127.0.0.1?c=d", false, 0, "?c=d", "127.0.0.1:4711", "/"},
		{"http://127.0.0.1:1/cb", false, 1, "/cb", "127.0.0.1:4711", "/cb"},
		{"http://127.0.0.1:80/", false, 80, "/", "127.0.0.1:4711", "/"},
		{"http://127.0.0.1:65535", false, 65535, "", "127.0.0.1:4711", "/"},
		{"http://[::1]", true, 0, "", "[::1]:4711", "/"},
		{"http://[::1]:8080/cb", true, 8080, "/cb", "[::1]:4711", "/cb"},
		{"http://127.0.0.1/user@host:1", false, 0, "/user@host:1", "127.0.0.1:4711",
			"/user@host:1"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct loopback_address address;
		BUF_AUTO(host, URL_MAX);
		BUF_AUTO(path, URL_MAX);

		assert_true(loopback_address_read(rows[i].uri, &address));
		assert_int_equal(address.ipv6, rows[i].ipv6);
		assert_int_equal(address.port, rows[i].port);
		assert_string_equal(address.rest, rows[i].rest);
		assert_int_equal(loopback_address_add_host(&address, CHOSEN, &host), 0);
		assert_string_equal(buf_str(&host), rows[i].host);
		assert_int_equal(loopback_address_add_path(&address, &path), 0);
		assert_string_equal(buf_str(&path), rows[i].path);
	}
}

static void the_port_of_http_is_not_named(void **state)
{
	struct loopback_address address;
	BUF_AUTO(host, URL_MAX);

	(void)state;
	assert_true(loopback_address_read("http://[::1]:80/", &address));
	assert_int_equal(loopback_address_add_host(&address, 80, &host), 0);
	assert_string_equal(buf_str(&host), "[::1]");
}

static void anything_else_is_none(void **state)
{
	static const char *const rows[] = {
		"",
		"http://",
		"http:///cb",
		"127.0.0.1/cb",
		"https://127.0.0.1/cb",
		"HTTP://127.0.0.1/cb",
		"http://localhost/cb",
		"http://127.0.0.2/cb",
		"http://127.1/cb",
		"http://2130706433/cb",
		"http://0177.0.0.1/cb",
		"http://127.0.0.1.evil.example/cb",
		"http://127.0.0.11/cb",
		"http://127.0.0.1@evil.example/cb",
		"http://user@127.0.0.1/cb",
		"http://127.0.0.1\\@evil.example/",
		"http://127.0.0.1:@evil.example/",
		"http://127.0.0.1:80@evil.example/",
		"http://[::1].evil.example/",
		"http://[::1/cb",
		"http://[0::1]/cb",
		"http://[::ffff:127.0.0.1]/cb",
		"http://::1/cb",
		"http://127.0.0.1:/cb",
		"http://127.0.0.1:0/cb",
		"http://127.0.0.1:080/cb",
		"http://127.0.0.1:+80/cb",
		"http://127.0.0.1:-1/cb",
		"http://127.0.0.1:65536/cb",
		"http://127.0.0.1:4294967376/cb",
		"http://127.0.0.1:80x/cb",
		"http://127.0.0.1:80:81/cb",
		"http://127.0.0.1/cb#fragment",
		"http://127.0.0.1#fragment",
		"http://127.0.0.1/c b",
		"http://127.0.0.1/c\tb",
		"http://127.0.0.1/c\r\nb",
		"http://127.0.0.1/c\x7f",
		"http://127.0.0.1/\xc3\xa4",
		" http://127.0.0.1/",
	};
	struct loopback_address address = {.port = 1};

	(void)state;
	assert_false(loopback_address_read(NULL, &address));
	for (size_t i = 0; i < COUNT(rows); i++)
		if (loopback_address_read(rows[i], &address))
			fail_msg("accepted: %s", rows[i]);
	assert_int_equal(address.port, 1);
}

static void it_ends_at_its_limit(void **state)
{
	char uri[URL_MAX + 2] = "http://127.0.0.1/";
	struct loopback_address address;

	(void)state;
	memset(uri + strlen(uri), 'x', URL_MAX - strlen(uri));
	assert_true(loopback_address_read(uri, &address));
	uri[URL_MAX] = 'x';
	assert_false(loopback_address_read(uri, &address));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_this_machine),
		cmocka_unit_test(the_port_of_http_is_not_named),
		cmocka_unit_test(anything_else_is_none),
		cmocka_unit_test(it_ends_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
