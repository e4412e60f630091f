/* What the command line of a sudo says about asking. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sudo.h"

static const struct {
	const char *words; /* each ends with \0; the last with that of the literal */
	size_t len;
	bool silent;
} rows[] = {
#define ROW(WORDS, SILENT) {WORDS, sizeof(WORDS), SILENT}
	ROW("sudo\0-n\0id", true),
	ROW("sudo\0-kn\0id", true),
	ROW("sudo\0-k\0-n\0id", true),
	ROW("sudo\0--non-interactive\0id", true),
	ROW("sudo\0-u\0root\0-n\0id", true),
	ROW("sudo\0-uroot\0-n\0id", true),
	ROW("sudo\0--user\0root\0-n\0id", true),
	ROW("sudo\0--user=root\0-n\0id", true),
	ROW("sudo\0A=b\0-n\0id", true),
	ROW("sudo\0-H\0-S\0-n\0-u\0root\0/bin/sh\0-c\0true", true),
	ROW("sudo\0id", false),
	ROW("sudo\0id\0-n", false),
	ROW("sudo\0--\0-n", false),
	ROW("sudo\0-u\0-n\0id", false),
	ROW("sudo\0-un\0id", false),
	ROW("sudo\0-k\0head\0-n\0001", false),
	ROW("sudo\0-", false),
	ROW("-n", false),
	ROW("", false),
};

static void command_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (sudo_is_silent(rows[i].words, rows[i].len) != rows[i].silent)
			fail_msg("row %zu", i);
	assert_false(sudo_is_silent(NULL, 0));
	assert_false(sudo_is_silent("sudo\0-nx", 7)); /* no NUL at its end */
	assert_false(sudo_running_silent());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
