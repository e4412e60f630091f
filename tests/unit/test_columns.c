/* columns: what a terminal makes of a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "columns.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_row_has_its_columns)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
