#include "qr.h"

#include <errno.h>
#include <qrencode.h>
#include <stdbool.h>

#include "buf.h"

/* Modules of light around the code. The standard wants four; scanners do with two, and rows are
 * dear. */
enum { QUIET = 2 };

static void code_free(QRcode **code)
{
	QRcode_free(*code);
}

/* Whether a module is light; the quiet zone is, what lies below it is not. */
static bool is_light(const QRcode *code, int row, int column)
{
	if (row >= code->width + QUIET)
		return false;
	if (row < 0 || row >= code->width || column < 0 || column >= code->width)
		return true;
	return !(code->data[row * code->width + column] & 1);
}

static int add_line(const QRcode *code, int row, struct strlist *ret)
{
	/* by upper and lower half */
	static const char *const cell[2][2] = {{" ", "\u2584"}, {"\u2580", "\u2588"}};
	BUF_AUTO(line, 4 * QR_COLUMNS);

	for (int column = -QUIET; column < code->width + QUIET; column++)
		buf_puts(&line, cell[is_light(code, row, column)][is_light(code, row + 1, column)]);
	return buf_error(&line) < 0 ? buf_error(&line) : strlist_add(ret, buf_str(&line));
}

int qr_lines(const char *text, struct strlist *ret)
{
	__attribute__((cleanup(code_free)))
	QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
	int r = 0;

	if (!code)
		return errno == ERANGE ? -EMSGSIZE : -ENOMEM;
	if (code->width + 2 * QUIET > QR_COLUMNS)
		return -EMSGSIZE;
	for (int row = -QUIET; r == 0 && row < code->width + QUIET; row += 2)
		r = add_line(code, row, ret);
	return r;
}
