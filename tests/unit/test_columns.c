/* columns: what a terminal makes of a text. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "columns.h"
#include "message_table.h"

static void every_row_has_its_columns(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
	} rows[] = {
		{"", 0},
		{"User", 4},
		{"Für", 3},
		{"Código", 6},
		{"사용자", 6},
		{"ユーザー", 8},
		{"接続元: a", 9},
		{"、。！", 6},
		{"Co\u0301digo", 6},       /* an accent of its own */
		{"\u1112\u1161\u11ab", 2}, /* a syllable in its letters */
		{"\u304b\u3099", 2},       /* a Kana with its mark */
		{"\u2588\u2580 ", 3},
		{"\U0001f512", 2},
		{"\U00020000", 2},
		/* the ends of ranges */
		{"\u10ff\u1100\u115f\u1160", 5},
		{"\u303e\u303f\u3041", 5},
		{"\uabff\uac00\ud7a3\ud7a4", 6},
		{"\uff00\uff01\uff60\uff61", 6},
		/* what is not UTF-8: a column a byte */
		{"\xff", 1},
		{"\x80\x80", 2},
		{"\xed\x95", 2},
		{"\xed\x95x", 3},
		{"\xf0\x9f\x94", 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (columns_of(rows[i].text) != rows[i].columns)
			fail_msg("row %zu: %zu", i, columns_of(rows[i].text));
}

/* In another's judgement: libc's, which knows all of Unicode. */
static void check_letters(const char *text)
{
	mbstate_t mbs = {0};
	wchar_t letter;
	size_t len;

	for (; *text; text += len) {
		char one[8] = "";

		len = mbrtowc(&letter, text, strlen(text), &mbs);
		assert_in_range(len, 1, 4);
		memcpy(one, text, len);
		if (letter != L'\n' && (int)columns_of(one) != wcwidth(letter))
			fail_msg("U+%04X is %zu, not %d", (unsigned int)letter, columns_of(one),
				wcwidth(letter));
	}
}

static void every_letter_that_is_shown(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (size_t i = 0; i < message_row_count; i++)
		for (unsigned int l = LANGUAGE_DE; l < LANGUAGE_COUNT; l++)
			for (unsigned int form = 0; form < MESSAGE_FORMS; form++)
				if (message_rows[i].texts[l][form])
					check_letters(message_word(message_rows[i].texts[l][form]));
	check_letters("\u2580\u2584\u2588"); /* of QR codes */
	setlocale(LC_CTYPE, "C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_its_columns),
		cmocka_unit_test(every_letter_that_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
