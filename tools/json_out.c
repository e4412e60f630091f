#include "json_out.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "count.h"

enum { REPLACEMENT = 0xfffd };

/* How many bytes the sequence has that begins with LEAD, 0 for none, and the bits LEAD gives. */
static size_t sequence(unsigned char lead, uint32_t *ret_bits)
{
	static const struct {
		unsigned char mask, lead;
		size_t len;
	} forms[] = {{0x80, 0x00, 1}, {0xe0, 0xc0, 2}, {0xf0, 0xe0, 3}, {0xf8, 0xf0, 4}};

	for (size_t i = 0; i < COUNT(forms); i++) {
		if ((lead & forms[i].mask) != forms[i].lead)
			continue;
		*ret_bits = lead & (unsigned char)~forms[i].mask;
		return forms[i].len;
	}
	return 0;
}

/* Not a surrogate, not past the last, and not written longer than it must be: RFC 3629. */
static bool is_scalar(uint32_t code, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	return code >= least[len] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/* The character that *AT begins with; moves *AT behind it, or over one byte that is in none. */
static uint32_t next_character(const char **at)
{
	const char *text = *at;
	uint32_t code = 0;
	size_t len = sequence((unsigned char)text[0], &code);

	*at = text + 1;
	if (len == 0)
		return REPLACEMENT;
	for (size_t i = 1; i < len; i++) {
		unsigned char byte = (unsigned char)text[i];

		if ((byte & 0xc0) != 0x80)
			return REPLACEMENT;
		code = code << 6 | (byte & 0x3f);
	}
	if (!is_scalar(code, len))
		return REPLACEMENT;
	*at = text + len;
	return code;
}

static void add_character(struct buf *out, uint32_t code)
{
	if (code == '"' || code == '\\')
		buf_printf(out, "\\%c", (char)code);
	else if (code >= ' ' && code <= '~')
		buf_printf(out, "%c", (char)code);
	else if (code < 0x10000)
		buf_printf(out, "\\u%04x", code);
	else
		buf_printf(out, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
			0xdc00 + ((code - 0x10000) & 0x3ff));
}

int json_out_string(struct buf *out, const char *text)
{
	if (!text)
		return buf_puts(out, "null");
	buf_puts(out, "\"");
	while (*text)
		add_character(out, next_character(&text));
	return buf_puts(out, "\"");
}

/* Adds a string, or what of it is there, from its first quote on; returns what is behind it. What
 * is ASCII stays as it is written. */
static const char *copy_string(struct buf *out, const char *at)
{
	bool escaped = true; /* the first quote ends nothing */

	while (*at) {
		bool ends = *at == '"' && !escaped;

		escaped = *at == '\\' && !escaped;
		if (*at > 0 && *at < 0x7f)
			buf_add(out, at++, 1);
		else
			add_character(out, next_character(&at));
		if (ends)
			break;
	}
	return at;
}

static void add_break(struct buf *out, unsigned int depth)
{
	buf_puts(out, "\n");
	while (depth-- > 0)
		buf_puts(out, "  ");
}

/* Adds one character that is in no string. */
static void copy_mark(struct buf *out, const char *at, unsigned int *depth)
{
	bool closes = *depth > 0 && (*at == '}' || *at == ']');
	bool opens = *at == '{' || *at == '[';

	if (closes)
		--*depth;
	/* Nothing is in `{}`. */
	if (closes && at[-1] != '{' && at[-1] != '[')
		add_break(out, *depth);
	buf_add(out, at, 1);
	if (opens)
		++*depth;
	if ((opens && at[1] != '}' && at[1] != ']') || *at == ',')
		add_break(out, *depth);
	if (*at == ':')
		buf_puts(out, " ");
}

int json_out_document(struct buf *out, const char *json, bool indented)
{
	unsigned int depth = 0;

	while (*json) {
		if (*json == '"')
			json = copy_string(out, json);
		else if (*json <= ' ' || *json == 0x7f)
			json++;
		else if (indented)
			copy_mark(out, json++, &depth);
		else
			buf_add(out, json++, 1);
	}
	return buf_error(out);
}
