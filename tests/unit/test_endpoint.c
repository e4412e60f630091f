#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "count.h"
#include "endpoint.h"

struct row {
	const char *url;
	bool tls;
	const char *host; /* NULL: refused */
	uint16_t port;
	uint16_t database;
};

static const struct row rows[] = {
	{"rediss://redis.example.com:6380/3", true, "redis.example.com", 6380, 3},
	{"rediss://redis.example.com", true, "redis.example.com", 6379, 0},
	{"rediss://redis.example.com/", true, "redis.example.com", 6379, 0},
	{"redis://127.0.0.1:6379/0", false, "127.0.0.1", 6379, 0},
	{"rediss://[2001:db8::1]:1/65535", true, "2001:db8::1", 1, 65535},
	{"rediss://[::ffff:192.0.2.1]", true, "::ffff:192.0.2.1", 6379, 0},
	{"rediss://a_b-c", true, "a_b-c", 6379, 0},
	{.url = ""},
	{.url = "redis.example.com"},
	{.url = "http://redis.example.com"},
	{.url = "REDISS://redis.example.com"},
	{.url = "redisss://redis.example.com"},
	{.url = "rediss:/redis.example.com"},
	{.url = "rediss://"},
	{.url = "rediss://:6379"},
	{.url = "rediss:///0"},
	{.url = "rediss://user@redis.example.com"},
	{.url = "rediss://user:pass@redis.example.com"},
	{.url = "rediss://redis.example.com:"},
	{.url = "rediss://redis.example.com:0"},
	{.url = "rediss://redis.example.com:65536"},
	{.url = "rediss://redis.example.com:99999999999999999999"},
	{.url = "rediss://redis.example.com:06379"},
	{.url = "rediss://redis.example.com:+1"},
	{.url = "rediss://redis.example.com:6379x"},
	{.url = "rediss://redis.example.com/65536"},
	{.url = "rediss://redis.example.com/01"},
	{.url = "rediss://redis.example.com/-1"},
	{.url = "rediss://redis.example.com/a"},
	{.url = "rediss://redis.example.com/0/"},
	{.url = "rediss://redis.example.com/0?x"},
	{.url = "rediss://redis.example.com#x"},
	{.url = "rediss://redis example.com"},
	{.url = "rediss://[::1"},
	{.url = "rediss://::1"},
	{.url = "rediss://[]"},
	{.url = "rediss://[::1]x"},
	{.url = "rediss://[redis]"},
	{.url = "rediss://r\xc3\xa9"},
};

static void urls_are_read_to_the_letter(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct endpoint endpoint = {0};
		int r = endpoint_parse(rows[i].url, &endpoint);

		if (r != (rows[i].host ? 0 : -EINVAL))
			fail_msg("%s: %d", rows[i].url, r);
		if (r < 0)
			continue;
		assert_int_equal(endpoint.tls, rows[i].tls);
		assert_string_equal(endpoint.host, rows[i].host);
		assert_int_equal(endpoint.port, rows[i].port);
		assert_int_equal(endpoint.database, rows[i].database);
	}
}

static void the_longest_host_has_253_characters(void **state)
{
	char url[300] = "rediss://";
	struct endpoint endpoint;

	(void)state;
	memset(url + 9, 'a', ENDPOINT_HOST);
	assert_int_equal(endpoint_parse(url, &endpoint), 0);
	assert_int_equal(strlen(endpoint.host), ENDPOINT_HOST);
	url[9 + ENDPOINT_HOST] = 'a';
	assert_int_equal(endpoint_parse(url, &endpoint), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_read_to_the_letter),
		cmocka_unit_test(the_longest_host_has_253_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
