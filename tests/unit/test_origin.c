/* Which addresses count as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "origin.h"

static const struct {
	const char *a, *b;
	bool same;
} rows[] = {
	{"192.0.2.1", "192.0.2.1", true},
	{"192.0.2.1", "192.0.2.2", false},
	{"192.0.2.1", "::ffff:192.0.2.1", true},
	{"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
	{"::192.0.2.1", "::ffff:192.0.2.1", false},
	{"2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true},
	{"2001:db8:0:1::1", "2001:DB8::1:0:0:0:2", true},
	{"2001:db8:0:1::1", "2001:db8:0:2::1", false},
	{"fe80::1%eth0", "fe80::2%eth1", true},
	{"fe80::1%eth0", "fe80::1", true},
	{"::1", "127.0.0.1", false},
	{"127.0.0.1", "127.255.255.254", true}, /* ssh -b 127.255.255.254 localhost */
	{"127.0.0.1", "::ffff:127.0.0.2", true},
	{"127.0.0.1", "128.0.0.1", false},
	{"126.255.255.255", "127.0.0.1", false},
	{"64:ff9b::192.0.2.1", "64:ff9b::192.0.2.2", false}, /* all of IPv4 is in that /64 */
	{"64:ff9b::192.0.2.1", "192.0.2.1", true},
	{"64:ff9b::1:192.0.2.1", "64:ff9b::1:192.0.2.2", true},
	{"64:ff9b:1::192.0.2.1", "64:ff9b:1::192.0.2.2", true},
	{"host.example", "HOST.example", true},
	{"host.example", "host.example.org", false},
	{"host.example", "host\xc3\xa9.example", false},
	{"192.0.2.1 ", "192.0.2.1", false}, /* no address: a name */
	{"192.0.2.01", "192.0.2.1", false},
	{"192.0.2", "192.0.0.2", false},
	{"2001:db8::g", "2001:db8::h", false},
	{"4", "n4", false},
	{"", "a", false},
	{"", "%eth0", false},
};

static void pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char a[ORIGIN_MAX], b[ORIGIN_MAX];
		size_t len_a = origin_read(rows[i].a, a);
		size_t len_b = origin_read(rows[i].b, b);
		bool same = len_a == len_b && memcmp(a, b, len_a) == 0;

		if (same != rows[i].same || len_a == 0)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
	}
}

static void a_name_is_as_long_as_names_are(void **state)
{
	char name[1000];
	unsigned char origin[ORIGIN_MAX];

	(void)state;
	memset(name, 'a', sizeof(name));
	for (size_t len = ORIGIN_NAME - 1; len <= ORIGIN_NAME + 1; len++) {
		name[len] = '\0';
		assert_int_equal(
			origin_read(name, origin), len < ORIGIN_NAME ? ORIGIN_MAX - 1 : ORIGIN_MAX);
		name[len] = 'a';
	}
	/* what looks like an address for longer than one can be */
	memcpy(name, "1:2:3:4:5:6:7:8:", 16);
	memset(name + 16, ':', sizeof(name) - 17);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(origin_read(name, origin), ORIGIN_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs),
		cmocka_unit_test(a_name_is_as_long_as_names_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
