/* What a connection to the loopback address says: each rule as rows of bytes and verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "count.h"
#include "loopback_request.h"

#define HOST   "Host: 127.0.0.1:4711\r\n"
#define LINE   "GET /cb?code=a&state=b HTTP/1.1\r\n"
#define TARGET "/cb?code=a&state=b"
#define END    "\r\n"

static const struct loopback_expect expect = {.host = "127.0.0.1:4711", .path = "/cb"};

/* The bytes in memory of just their size, where a sanitizer sees a read beyond them. */
static enum loopback_request read_bytes(
	const char *bytes, size_t len, char *target, size_t target_size)
{
	char *copy = malloc(len ? len : 1);
	const char *found = NULL;
	size_t found_len = 0;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	enum loopback_request verdict = loopback_request_read(
		copy, len, &expect, &found, &found_len);
	if (verdict == LOOPBACK_ANSWER) {
		assert_true(found >= copy && found + found_len <= copy + len);
		assert_true(found_len < target_size);
		memcpy(target, found, found_len);
		target[found_len] = '\0';
	} else {
		assert_null(found);
	}
	free(copy);
	return verdict;
}

static void requests_of_a_browser(void **state)
{
	static const struct {
		const char *request;
		const char *target;
	} rows[] = {
		{LINE HOST END, TARGET},
		{LINE "HOST:127.0.0.1:4711\r\n" END, TARGET},
		{LINE "host: \t 127.0.0.1:4711 \t\r\n" END, TARGET},
		{LINE "Accept: */*\r\n" HOST "Connection: keep-alive\r\n" END, TARGET},
		{LINE HOST "X-Empty:\r\n" END, TARGET},
		{LINE HOST "X-Text: \xc3\xa4\tb: c\r\n" END, TARGET},
		{LINE HOST "!#$%&'*+-.^_`|~09azAZ: x\r\n" END, TARGET},
		{"GET /cb HTTP/1.1\r\n" HOST END, "/cb"},
		{"GET /cb? HTTP/1.1\r\n" HOST END, "/cb?"},
		{"GET /cb?a?b/c%20d HTTP/1.1\r\n" HOST END, "/cb?a?b/c%20d"},
	};
	char target[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(read_bytes(rows[i].request, strlen(rows[i].request), target,
					 sizeof(target)),
			LOOPBACK_ANSWER);
		assert_string_equal(target, rows[i].target);
	}
}

static void anything_else_is_refused(void **state)
{
	static const char *const rows[] = {
		/* rule 1 */
		LINE HOST END "x",
		LINE HOST END END,
		LINE HOST END LINE HOST END,
		/* rule 2 */
		LINE "X-A: b\nX-C: d\r\n" HOST END,
		LINE "X-A: b\rc\r\n" HOST END,
		LINE "X-A: b\x7f\r\n" HOST END,
		LINE "X-A: \x1b[2J\r\n" HOST END,
		END LINE HOST END,
		/* rule 3 */
		"POST /cb?state=b HTTP/1.1\r\n" HOST END,
		"HEAD /cb?state=b HTTP/1.1\r\n" HOST END,
		"get /cb?state=b HTTP/1.1\r\n" HOST END,
		"GET  /cb?state=b HTTP/1.1\r\n" HOST END,
		"GET\t/cb?state=b HTTP/1.1\r\n" HOST END,
		"GET /cb?state=b  HTTP/1.1\r\n" HOST END,
		"GET /cb?state=b HTTP/1.0\r\n" HOST END,
		"GET /cb?state=b HTTP/1.11\r\n" HOST END,
		"GET /cb?state=b HTTP/2\r\n" HOST END,
		"GET /cb?state=b http/1.1\r\n" HOST END,
		"GET /cb?state=b\r\n" HOST END,
		"GET /cb?state=b HTTP/1.1 \r\n" HOST END,
		"GET HTTP/1.1\r\n" HOST END,
		"GET  HTTP/1.1\r\n" HOST END,
		"GET /?state=b HTTP/1.1\r\n" HOST END,
		"GET / HTTP/1.1\r\n" HOST END,
		"GET /c?state=b HTTP/1.1\r\n" HOST END,
		"GET /cb/?state=b HTTP/1.1\r\n" HOST END,
		"GET /cbx?state=b HTTP/1.1\r\n" HOST END,
		"GET /CB?state=b HTTP/1.1\r\n" HOST END,
		"GET //cb?state=b HTTP/1.1\r\n" HOST END,
		"GET /x/../cb?state=b HTTP/1.1\r\n" HOST END,
		"GET /%63b?state=b HTTP/1.1\r\n" HOST END,
		"GET /cb#state=b HTTP/1.1\r\n" HOST END,
		"GET /cb?state=b#c HTTP/1.1\r\n" HOST END,
		"GET /cb?a b HTTP/1.1\r\n" HOST END,
		"GET /cb?\xc3\xa4 HTTP/1.1\r\n" HOST END,
		"GET /cb?\x01 HTTP/1.1\r\n" HOST END,
		"GET http://127.0.0.1:4711/cb?state=b HTTP/1.1\r\n" HOST END,
		"GET http:/cb HTTP/1.1\r\n" HOST END,
		"GET * HTTP/1.1\r\n" HOST END,
		"PRI * HTTP/2.0\r\n\r\n",
		/* rule 4 */
		LINE HOST "X-A\r\n" END,
		LINE HOST ": b\r\n" END,
		LINE HOST "X-A : b\r\n" END,
		LINE HOST " X-A: b\r\n" END,
		LINE HOST "X-A: b\r\n\tc\r\n" END,
		LINE HOST "X-A: b\r\n c: d\r\n" END,
		LINE HOST "X\xc3\xa4: b\r\n" END,
		LINE HOST "X(A): b\r\n" END,
		/* rule 5 */
		LINE END,
		LINE "Accept: */*\r\n" END,
		LINE HOST HOST END,
		LINE HOST "Host: evil.example\r\n" END,
		LINE "Host:\r\n" END,
		LINE "Host: 127.0.0.1\r\n" END,
		LINE "Host: 127.0.0.1:471\r\n" END,
		LINE "Host: 127.0.0.1:47110\r\n" END,
		LINE "Host: 127.0.0.1:04711\r\n" END,
		LINE "Host: localhost:4711\r\n" END,
		LINE "Host: [::1]:4711\r\n" END,
		LINE "Host: evil.example:4711\r\n" END,
		LINE "Host: 127.0.0.1:4711.evil.example\r\n" END,
		LINE "Host: 127.0.0.1:4711,evil.example\r\n" END,
		LINE "X-Host: 127.0.0.1:4711\r\n" END,
		/* rule 6 */
		LINE HOST "Content-Length: 0\r\n" END,
		LINE HOST "content-length: 5\r\n" END,
		LINE HOST "Transfer-Encoding: chunked\r\n" END,
		LINE HOST "TRANSFER-ENCODING: identity\r\n" END,
		/* other protocols */
		"SSH-2.0-OpenSSH_9.2\r\n",
		"\x16\x03\x01\x02",
		"\r\n",
		"g",
		"GEX",
	};
	char target[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (read_bytes(rows[i], strlen(rows[i]), target, sizeof(target)) != LOOPBACK_OTHER)
			fail_msg("row %zu: %s", i, rows[i]);
}

static void a_nul_is_refused_wherever_it_stands(void **state)
{
	static const char good[] = LINE "X-A: b\r\n" HOST END;
	const size_t len = sizeof(good) - 1;
	char target[64];

	(void)state;
	/* Within its last four bytes it keeps the request from having an end. */
	for (size_t i = 0; i < len; i++) {
		char bytes[sizeof(good)];

		memcpy(bytes, good, sizeof(good));
		bytes[i] = '\0';
		assert_int_equal(read_bytes(bytes, len, target, sizeof(target)),
			i < len - 4 ? LOOPBACK_OTHER : LOOPBACK_MORE);
	}
}

static void a_part_of_a_request_is_waited_for(void **state)
{
	static const char good[] = LINE "Accept: */*\r\n" HOST END;
	char target[64];

	(void)state;
	for (size_t len = 0; len < sizeof(good) - 1; len++)
		assert_int_equal(read_bytes(good, len, target, sizeof(target)), LOOPBACK_MORE);
	assert_int_equal(
		read_bytes(good, sizeof(good) - 1, target, sizeof(target)), LOOPBACK_ANSWER);
}

/* A request of just this length. */
static void fill(char *bytes, size_t len)
{
	static const char begin[] = LINE HOST "X-Long: ", end[] = "\r\n\r\n";

	memset(bytes, 'x', len);
	memcpy(bytes, begin, sizeof(begin) - 1);
	memcpy(bytes + len - (sizeof(end) - 1), end, sizeof(end) - 1);
}

static void it_ends_at_its_limit(void **state)
{
	static char bytes[LOOPBACK_REQUEST_MAX + 1];
	char target[64];

	(void)state;
	fill(bytes, LOOPBACK_REQUEST_MAX);
	assert_int_equal(
		read_bytes(bytes, LOOPBACK_REQUEST_MAX, target, sizeof(target)), LOOPBACK_ANSWER);
	assert_int_equal(
		read_bytes(bytes, LOOPBACK_REQUEST_MAX - 1, target, sizeof(target)), LOOPBACK_MORE);
	fill(bytes, LOOPBACK_REQUEST_MAX + 1);
	assert_int_equal(read_bytes(bytes, LOOPBACK_REQUEST_MAX + 1, target, sizeof(target)),
		LOOPBACK_OTHER);
	/* One that has no end by then will not have one. */
	assert_int_equal(
		read_bytes(bytes, LOOPBACK_REQUEST_MAX, target, sizeof(target)), LOOPBACK_OTHER);
}

/* Whatever byte is changed to whatever other: what is accepted has the path and the host all the
 * same. */
static void no_changed_byte_leads_elsewhere(void **state)
{
	static const char good[] = LINE HOST END;
	const size_t len = sizeof(good) - 1;
	char target[64];

	(void)state;
	for (size_t i = 0; i < len; i++)
		for (int byte = 0; byte < 256; byte++) {
			char bytes[sizeof(good)];

			memcpy(bytes, good, sizeof(good));
			bytes[i] = (char)byte;
			if (read_bytes(bytes, len, target, sizeof(target)) != LOOPBACK_ANSWER)
				continue;
			assert_memory_equal(target, "/cb?", 4);
			assert_non_null(strstr(bytes, "127.0.0.1:4711\r\n"));
			assert_memory_equal(bytes, "GET /cb?", 8);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_of_a_browser),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_nul_is_refused_wherever_it_stands),
		cmocka_unit_test(a_part_of_a_request_is_waited_for),
		cmocka_unit_test(it_ends_at_its_limit),
		cmocka_unit_test(no_changed_byte_leads_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
