#include "escape.h"

#include <stdbool.h>
#include <string.h>

static bool stays(unsigned char c, bool quoted)
{
	if (c == '\\' || (c == '"' && quoted))
		return false;
	return c >= 0x20 && c <= 0x7e;
}

/* START is what stands before the two digits. */
static int add_escaped(struct buf *out, const char *text, bool quoted, const char *start)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (stays(c, quoted))
			buf_add(out, text, 1);
		else
			buf_printf(out, "%s%02x", start, c);
	}
	return buf_error(out);
}

int escape_add(struct buf *out, const char *text)
{
	return text ? add_escaped(out, text, false, "\\x") : buf_error(out);
}

int escape_add_value(struct buf *out, const char *text)
{
	if (!text)
		return buf_error(out);
	if (*text && !strpbrk(text, " \"="))
		return add_escaped(out, text, false, "\\x");
	buf_puts(out, "\"");
	add_escaped(out, text, true, "\\x");
	return buf_puts(out, "\"");
}

int escape_add_json(struct buf *out, const char *text)
{
	if (!text)
		return buf_error(out);
	buf_puts(out, "\"");
	add_escaped(out, text, true, "\\\\x");
	return buf_puts(out, "\"");
}

size_t escape_fits(const char *text, size_t max)
{
	size_t n = 0, len = 0;

	for (; text[n]; n++) {
		len += stays((unsigned char)text[n], true) ? 1 : strlen("\\xNN");
		if (len > max)
			break;
	}
	return n;
}
