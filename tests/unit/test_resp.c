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
#include "resp.h"

/* What a server says, and the verdict: the bytes of its first reply, 0 for more to come, or an
 * errno. */
struct row {
	const char *said;
	int result;
};

static const struct row rows[] = {
	{"+OK\r\n", 5},
	{"+\r\n", 3},
	{"-ERR no\r\n", 9},
	{":0\r\n", 4},
	{":-12\r\n", 6},
	{"$0\r\n\r\n", 6},
	{"$3\r\na\r\n\r\n", 9},
	{"$-1\r\n", 5},
	{"*-1\r\n", 5},
	{"*0\r\n", 4},
	{"*2\r\n+OK\r\n:1\r\n", 13},
	{"*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n", 22},
	{"*1\r\n*1\r\n:1\r\n", 12},
	/* one after the other */
	{"+OK\r\n+OK\r\n", 5},
	{"$-1\r\nhello", 5},
	/* not whole yet */
	{"", 0},
	{"+", 0},
	{"+OK", 0},
	{"+OK\r", 0},
	{"$3\r\n", 0},
	{"$3\r\nabc", 0},
	{"$3\r\nabc\r", 0},
	{"*2\r\n+OK\r\n", 0},
	{"*1\r\n", 0},
	/* none */
	{"\r\n", -EBADMSG},
	{"hello\r\n", -EBADMSG},
	{"+OK\rx", -EBADMSG},
	{":\r\n", -EBADMSG},
	{":-\r\n", -EBADMSG},
	{":1x\r\n", -EBADMSG},
	{":9999999999999999999\r\n", -EBADMSG},
	{"$\r\n", -EBADMSG},
	{"$-2\r\n", -EBADMSG},
	{"$01\r\n", -EBADMSG},
	{"$+1\r\n", -EBADMSG},
	{"$1x\r\n", -EBADMSG},
	{"$1\r\nabc", -EBADMSG},
	{"*-2\r\n", -EBADMSG},
	{"*1\r\nx\r\n", -EBADMSG},
	{"%1\r\n", -EBADMSG},
	{"_\r\n", -EBADMSG},
	/* too much, as soon as it is announced */
	{"$262145\r\n", -EMSGSIZE},
	{"$536870912\r\n", -EMSGSIZE},
	{"$18446744073709551617\r\n", -EMSGSIZE},
	{"*4097\r\n", -EMSGSIZE},
	{"*2147483647\r\n", -EMSGSIZE},
	{"*4294967297\r\n", -EMSGSIZE},
	{"*2\r\n*4000\r\n", 0},
	{"*97\r\n*4000\r\n", -EMSGSIZE},
	{"*1\r\n*1\r\n*1\r\n", -EMSGSIZE},
};

/* What is measured has no byte behind it that could be read. */
static int measure(const char *said, size_t len)
{
	char *exact = malloc(len ? len : 1);

	assert_non_null(exact);
	memcpy(exact, said, len);
	int r = resp_measure(exact, len);
	free(exact);
	return r;
}

static void replies_by_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int r = measure(rows[i].said, strlen(rows[i].said));

		if (r != rows[i].result)
			fail_msg("row %zu, %s: %d", i, rows[i].said, r);
	}
}

static void a_beginning_is_never_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int len = 0; len < rows[i].result; len++)
			assert_int_equal(measure(rows[i].said, (size_t)len), 0);
}

static void ceilings(void **state)
{
	size_t size = RESP_MAX + 100;
	char *said = malloc(size);

	(void)state;
	assert_non_null(said);
	memset(said, 'a', size);
	said[0] = '+';
	assert_int_equal(measure(said, RESP_LINE - 1), 0);
	assert_int_equal(measure(said, RESP_LINE), -EMSGSIZE);
	memcpy(said, "$262144\r\n", 9);
	assert_int_equal(measure(said, RESP_MAX - 1), 0);
	assert_int_equal(measure(said, RESP_MAX), -EMSGSIZE);
	memcpy(said, "$262133\r\n", 9);
	memcpy(said + RESP_MAX - 2, "\r\n", 2);
	assert_int_equal(measure(said, RESP_MAX), RESP_MAX);
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_by_replies),
		cmocka_unit_test(a_beginning_is_never_whole),
		cmocka_unit_test(ceilings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
