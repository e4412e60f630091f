#include "escape.h"

#include <stdbool.h>
#include <string.h>

static bool stays(unsigned char c, bool quoted)
{
	if (c == '\\' || (c == '"' && quoted))
		return false;
	return c >= 0x20 && c <= 0x7e;
}

static int add_escaped(struct buf *out, const char *text, bool quoted)
{
	static const char hex[] = "0123456789abcdef";

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		const char escaped[] = {'\\', 'x', hex[c >> 4], hex[c & 0xf]};

		if (stays(c, quoted))
			buf_add(out, text, 1);
		else
			buf_add(out, escaped, sizeof(escaped));
	}
	return buf_error(out);
}

int escape_add(struct buf *out, const char *text)
{
	return text ? add_escaped(out, text, false) : buf_error(out);
}

int escape_add_value(struct buf *out, const char *text)
{
	if (!text)
		return buf_error(out);
	if (*text && !strpbrk(text, " \"="))
		return add_escaped(out, text, false);
	buf_puts(out, "\"");
	add_escaped(out, text, true);
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
