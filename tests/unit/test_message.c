/* message: a text in each language, and what every catalogue has to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "columns.h"
#include "message.h"
#include "message_table.h"
#include "reason.h"

enum { COLUMNS = 80, OUT_OF_RANGE = 99 };

static void a_text_in_each_language(void **state)
{
	static const struct {
		enum language language;
		const char *said;
	} rows[] = {
		{LANGUAGE_AUTO, "The sign-in was refused."},
		{LANGUAGE_EN, "The sign-in was refused."},
		{LANGUAGE_DE, "Die Anmeldung wurde abgelehnt."},
		{LANGUAGE_ES, "El inicio de sesión fue rechazado."},
		{LANGUAGE_FR, "La connexion a été refusée."},
		{LANGUAGE_JA, "サインインは拒否されました。"},
		{LANGUAGE_KO, "로그인이 거부되었습니다."},
		{(enum language)OUT_OF_RANGE, "The sign-in was refused."},
		{(enum language) - 1, "The sign-in was refused."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
			message(rows[i].language, "The sign-in was refused."), rows[i].said);
}

static void what_no_catalogue_has_stays_as_it_is(void **state)
{
	static const char text[] = "Nobody translated this.";

	(void)state;
	for (unsigned int i = 0; i < LANGUAGE_COUNT; i++) {
		assert_ptr_equal(message((enum language)i, text), text);
		assert_string_equal(message_plural((enum language)i, "1 x", "2 x", 1), "1 x");
		assert_string_equal(message_plural((enum language)i, "1 x", "2 x", 2), "2 x");
	}
}

static void numbers_have_their_forms(void **state)
{
	static const struct {
		enum language language;
		long long n;
		const char *said;
	} rows[] = {
		{LANGUAGE_EN, 0, "0 seconds"},
		{LANGUAGE_EN, 1, "1 second"},
		{LANGUAGE_EN, 2, "2 seconds"},
		{LANGUAGE_DE, 0, "0 Sekunden"},
		{LANGUAGE_DE, 1, "1 Sekunde"},
		{LANGUAGE_DE, 2, "2 Sekunden"},
		{LANGUAGE_ES, 0, "0 segundos"},
		{LANGUAGE_ES, 1, "1 segundo"},
		{LANGUAGE_ES, 119, "119 segundos"},
		{LANGUAGE_FR, 0, "0 seconde"},
		{LANGUAGE_FR, 1, "1 seconde"},
		{LANGUAGE_FR, 2, "2 secondes"},
		{LANGUAGE_JA, 1, "1 秒"},
		{LANGUAGE_JA, 2, "2 秒"},
		{LANGUAGE_KO, 1, "1초"},
		{LANGUAGE_KO, 2, "2초"},
		{(enum language)OUT_OF_RANGE, 1, "1 second"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64];

		snprintf(text, sizeof(text),
			message_plural(rows[i].language, "%lld second", "%lld seconds",
				(unsigned long long)rows[i].n),
			rows[i].n);
		assert_string_equal(text, rows[i].said);
	}
}

/* The sentence of each reason, in every language and in a line of its own. */
static void every_reason_is_told_in_every_language(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		const char *text = reason_text((enum reason)i);

		for (unsigned int l = LANGUAGE_EN; text && l < LANGUAGE_COUNT; l++) {
			const char *said = message((enum language)l, text);

			if (l != LANGUAGE_EN && said == text)
				fail_msg("%s in language %u", text, l);
			assert_null(strchr(said, '\n'));
			assert_in_range(columns_of(said), 1, COLUMNS);
		}
	}
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	(void)state;
	for (size_t i = 0; i < message_row_count; i++)
		for (unsigned int l = LANGUAGE_DE; l < LANGUAGE_COUNT; l++) {
			const char *text = message_word(message_rows[i].texts[l][0]);
			char copy[2048], *rest = NULL;

			assert_non_null(text);
			snprintf(copy, sizeof(copy), "%s", text);
			for (char *line = strtok_r(copy, "\n", &rest); line;
				line = strtok_r(NULL, "\n", &rest))
				if (columns_of(line) > COLUMNS)
					fail_msg("%zu columns: %s", columns_of(line), line);
		}
}

/* No catalogue moves a cursor, turns a text around or hides a letter. */
static void no_catalogue_says_what_is_not_seen(void **state)
{
	static const char *const unseen[] = {"\x1b", "\r", "\t", "\x7f", "\xc2\x85", "\xc2\x9b",
		"\u00a0", "\u200b", "\u200e", "\u202a", "\u202e", "\u2066", "\u2028", "\ufeff"};

	(void)state;
	for (size_t i = 0; i < message_row_count; i++)
		for (unsigned int l = LANGUAGE_DE; l < LANGUAGE_COUNT; l++)
			for (size_t u = 0; u < sizeof(unseen) / sizeof(unseen[0]); u++)
				assert_null(strstr(
					message_word(message_rows[i].texts[l][0]), unseen[u]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_in_each_language),
		cmocka_unit_test(what_no_catalogue_has_stays_as_it_is),
		cmocka_unit_test(numbers_have_their_forms),
		cmocka_unit_test(every_reason_is_told_in_every_language),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(no_catalogue_says_what_is_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
