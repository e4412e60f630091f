#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "redact.h"

static void free_redact(struct redact *redact)
{
	redact_free(redact);
}

#define REDACT_AUTO(name) __attribute__((cleanup(free_redact))) struct redact name = {0}

static int know(struct redact *redact, const char *text)
{
	SECRET_AUTO(secret);

	assert_int_equal(secret_set(&secret, text, strlen(text)), 0);
	return redact_know(redact, &secret);
}

/* What is secret, what was said, and what of it is told. */
static const struct {
	const char *secrets[2];
	const char *said;
	const char *told;
} rows[] = {
	{{"canary"}, "", ""},
	{{"canary"}, "invalid_grant: no such code", "invalid_grant: no such code"},
	{{"canary"}, "canary", "******"},
	{{"canary"}, "code canary is not known", "code ****** is not known"},
	{{"canary"}, "canarycanary,canary", "************,******"},
	{{"canary"}, "Canary", "Canary"},
	{{"canary", "device-code"}, "canary and device-code", "****** and ***********"},
	{{"canary", "canary-2"}, "canary", "******"},
	/* within each other, and within itself */
	{{"canary", "canary-2"}, "canary-2 is not known", "******** is not known"},
	{{"nary", "canary-2"}, "canary-2 is not known", "******** is not known"},
	{{"canary", "aryl"}, "a canaryl", "a *******"},
	{{"canary", "nary-2"}, "a canary-", "a *******"},
	{{"abcabc"}, "abcabcabc", "*********"},
	/* as a form, and as the log has it */
	{{"s&c ret"}, "client_secret=s%26c+ret", "client_secret=*********"},
	{{"s&c ret"}, "secret s&c ret", "secret *******"},
	{{"a\\b\xc3\xa9"}, "got a\\x5cb\\xc3\\xa9.", "got **************."},
	{{"a\\b\xc3\xa9"}, "got a%5Cb%C3%A9.", "got ***********."},
	/* cut */
	{{"canary"}, "no such code: canar", "no such code: *****"},
	{{"canary"}, "no such code: cana", "no such code: ****"},
	{{"canary"}, "no such code: can", "no such code: can"},
	{{"canary"}, "cana", "****"},
	/* short */
	{{"can"}, "who can tell", "who can tell"},
	{{""}, "nothing", "nothing"},
};

static void what_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		REDACT_AUTO(redact);
		char text[128];

		for (size_t k = 0; k < 2 && rows[i].secrets[k]; k++)
			assert_int_equal(know(&redact, rows[i].secrets[k]), 0);
		snprintf(text, sizeof(text), "%s", rows[i].said);
		redact_text(&redact, text);
		assert_string_equal(text, rows[i].told);
	}
}

static void known_ones_take_no_room(void **state)
{
	REDACT_AUTO(redact);
	char text[] = "secret-00";

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(know(&redact, "canary"), 0);
	assert_int_equal(redact.n, 1);
	for (size_t i = 1; i < REDACT_FORMS; i++) {
		text[sizeof(text) - 2] = (char)('a' + i);
		assert_int_equal(know(&redact, text), 0);
	}
	assert_int_equal(know(&redact, "one more"), -ENOSPC);
	assert_int_equal(know(&redact, "canary"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told),
		cmocka_unit_test(known_ones_take_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
