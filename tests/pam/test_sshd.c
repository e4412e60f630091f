/* sshd: versions in bytes, and which peer is the client. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sshd.h"

static void finds_the_highest_version(void **state)
{
	static const struct {
		const char *bytes;
		int major, minor;
	} rows[] = {
		{"", 0, 0},
		{"OpenSSH_", 0, 0},
		{"OpenSSH_9", 0, 0},
		{"OpenSSH_9.", 0, 0},
		{"OpenSSH_.2", 0, 0},
		{"OpenSSH_9.2p1 Debian-2+deb12u3", 9, 2},
		{"OpenSSH_2.*,OpenSSH_3.0* OpenSSH_6.6.1* OpenSSH_5* OpenSSH_10.0p2", 10, 0},
		{"OpenSSH_10.3p1 OpenSSH_7.7*", 10, 3},
		{"OpenSSH_99999999999999.1", 0, 0},
		{"OpenSSH_9OpenSSH_8.4", 8, 4},
		{"openssh_9.9", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sshd_version version = {0};

		sshd_version_find(rows[i].bytes, strlen(rows[i].bytes), &version);
		assert_int_equal(version.major, rows[i].major);
		assert_int_equal(version.minor, rows[i].minor);
	}
}

static void text_is_shown_from_10_3_on(void **state)
{
	(void)state;
	assert_false(sshd_shows_text((struct sshd_version){0, 0}));
	assert_false(sshd_shows_text((struct sshd_version){9, 9}));
	assert_false(sshd_shows_text((struct sshd_version){10, 2}));
	assert_true(sshd_shows_text((struct sshd_version){10, 3}));
	assert_true(sshd_shows_text((struct sshd_version){11, 0}));
}

/* This program holds the versions of the table above, and no higher ones. */
static void reads_the_running_binary(void **state)
{
	struct sshd_version version = sshd_version_running();

	(void)state;
	assert_int_equal(version.major, 10);
	assert_int_equal(version.minor, 3);
}

static socklen_t address_of(const char *text, unsigned int port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		return sizeof(*in);
	}
	assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((uint16_t)port);
	return sizeof(*in6);
}

static void knows_the_client(void **state)
{
	static const struct {
		const char *connection, *peer;
		unsigned int port;
		bool is;
	} rows[] = {
		{"192.0.2.1 51234 192.0.2.9 22", "192.0.2.1", 51234, true},
		{"192.0.2.1 51234 192.0.2.9 22", "::ffff:192.0.2.1", 51234, true},
		{"192.0.2.1 51234 192.0.2.9 22", "192.0.2.1", 51235, false},
		{"192.0.2.1 51234 192.0.2.9 22", "192.0.2.9", 22, false},
		{"2001:db8::1 51234 2001:db8::9 22", "2001:db8::1", 51234, true},
		{"2001:db8::1 51234 2001:db8::9 22", "2001:db8::2", 51234, false},
		{"fe80::1%eth0 51234 fe80::2%eth0 22", "fe80::1", 51234, true},
		{"UNKNOWN 65535 UNKNOWN 65535", "192.0.2.1", 65535, false},
		{"192.0.2.1", "192.0.2.1", 0, false},
		{"192.0.2.1 99999 x 1", "192.0.2.1", 34463, false},
		{"", "192.0.2.1", 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sockaddr_storage peer;
		socklen_t len = address_of(rows[i].peer, rows[i].port, &peer);

		assert_int_equal(sshd_is_client((struct sockaddr *)&peer, len, rows[i].connection),
			rows[i].is);
		assert_false(sshd_is_client((struct sockaddr *)&peer, 1, rows[i].connection));
	}
}

static void other_sockets_are_not_the_client(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(sshd_client_fd("192.0.2.1 51234 192.0.2.9 22"), -1);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_highest_version),
		cmocka_unit_test(text_is_shown_from_10_3_on),
		cmocka_unit_test(reads_the_running_binary),
		cmocka_unit_test(knows_the_client),
		cmocka_unit_test(other_sockets_are_not_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
