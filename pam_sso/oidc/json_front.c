/*
 * 1. The text MUST be one object, with white space around it and nothing else.
 * 2. It MUST be UTF-8 in its shortest form, without surrogates, and without a byte order mark.
 * 3. A string MUST NOT hold a raw control character, an escape that RFC 8259 does not know, \u0000,
 *    or a \u surrogate without its other half.
 * 4. A number MUST follow the grammar (no leading zero, plus sign, or bare point) within
 *    JSON_NUMBER_MAX bytes.
 * 5. Objects and arrays MUST NOT be nested deeper than JSON_DEPTH, and there MUST NOT be more than
 *    JSON_VALUES values.
 */
#include "json_front.h"

#include <stdint.h>
#include <string.h>

#include "count.h"
#include "json.h"

struct scan {
	const unsigned char *at;
	const unsigned char *end;
	unsigned int depth;
	unsigned int values;
};

static bool scan_value(struct scan *scan);

/* The next byte, or -1 at the end. */
static int peek(const struct scan *scan)
{
	return scan->at < scan->end ? *scan->at : -1;
}

static bool take(struct scan *scan, int byte)
{
	if (peek(scan) != byte)
		return false;
	scan->at++;
	return true;
}

static void skip_space(struct scan *scan)
{
	while (take(scan, ' ') || take(scan, '\t') || take(scan, '\n') || take(scan, '\r'))
		;
}

static bool scan_literal(struct scan *scan, const char *literal)
{
	size_t len = strlen(literal);

	if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, literal, len) != 0)
		return false;
	scan->at += len;
	return true;
}

static bool is_digit(int byte)
{
	return byte >= '0' && byte <= '9';
}

/* One digit or more. */
static bool scan_digits(struct scan *scan)
{
	if (!is_digit(peek(scan)))
		return false;
	while (is_digit(peek(scan)))
		scan->at++;
	return true;
}

static bool scan_number(struct scan *scan)
{
	const unsigned char *start = scan->at;

	take(scan, '-');
	if (!take(scan, '0') && !scan_digits(scan))
		return false;
	if (take(scan, '.') && !scan_digits(scan))
		return false;
	if (take(scan, 'e') || take(scan, 'E')) {
		if (!take(scan, '+'))
			take(scan, '-');
		if (!scan_digits(scan))
			return false;
	}
	return scan->at - start <= JSON_NUMBER_MAX;
}

static int hex_value(int byte)
{
	if (is_digit(byte))
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

/* Four hexadecimal digits. */
static bool scan_hex4(struct scan *scan, unsigned int *ret)
{
	unsigned int value = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_value(peek(scan));
		if (digit < 0)
			return false;
		value = value << 4 | (unsigned int)digit;
		scan->at++;
	}
	*ret = value;
	return true;
}

static bool is_surrogate(uint32_t code)
{
	return code >= 0xd800 && code <= 0xdfff;
}

/* What follows `\u`: one character, of one escape or of two surrogates. */
static bool scan_unicode_escape(struct scan *scan)
{
	unsigned int first = 0;
	unsigned int second = 0;

	if (!scan_hex4(scan, &first) || first == 0)
		return false;
	if (!is_surrogate(first))
		return true;
	return first <= 0xdbff && take(scan, '\\') && take(scan, 'u') && scan_hex4(scan, &second) &&
	       second >= 0xdc00 && second <= 0xdfff;
}

/* What follows a backslash. */
static bool scan_escape(struct scan *scan)
{
	if (take(scan, 'u'))
		return scan_unicode_escape(scan);
	int byte = peek(scan);
	if (byte <= 0 || !strchr("\"\\/bfnrt", byte))
		return false;
	scan->at++;
	return true;
}

/* One character of two to four bytes (RFC 3629). */
static bool scan_utf8(struct scan *scan)
{
	static const struct {
		unsigned char mask, lead;
		int more;
		uint32_t least;
	} forms[] = {
		{0xe0, 0xc0, 1, 0x80},
		{0xf0, 0xe0, 2, 0x800},
		{0xf8, 0xf0, 3, 0x10000},
	};
	unsigned int lead = *scan->at++;

	for (size_t i = 0; i < COUNT(forms); i++) {
		if ((lead & forms[i].mask) != forms[i].lead)
			continue;
		uint32_t code = lead & (unsigned char)~forms[i].mask;
		for (int n = 0; n < forms[i].more; n++) {
			int byte = peek(scan);
			if (byte < 0 || (byte & 0xc0) != 0x80)
				return false;
			code = code << 6 | (byte & 0x3f);
			scan->at++;
		}
		return code >= forms[i].least && code <= 0x10ffff && !is_surrogate(code);
	}
	return false;
}

static bool scan_string(struct scan *scan)
{
	if (!take(scan, '"'))
		return false;
	for (;;) {
		int byte = peek(scan);
		if (byte < 0x20) /* the end of the text too */
			return false;
		if (byte >= 0x80) {
			if (!scan_utf8(scan))
				return false;
			continue;
		}
		scan->at++;
		if (byte == '"')
			return true;
		if (byte == '\\' && !scan_escape(scan))
			return false;
	}
}

static bool scan_member(struct scan *scan)
{
	skip_space(scan);
	if (!scan_string(scan))
		return false;
	skip_space(scan);
	return take(scan, ':') && scan_value(scan);
}

/* An object or array behind its opening bracket, up to and with CLOSE. */
static bool scan_items(struct scan *scan, bool (*scan_item)(struct scan *), int close)
{
	if (++scan->depth > JSON_DEPTH)
		return false;
	skip_space(scan);
	if (!take(scan, close)) {
		do {
			if (!scan_item(scan))
				return false;
		} while (take(scan, ','));
		if (!take(scan, close))
			return false;
	}
	scan->depth--;
	return true;
}

static bool scan_bare_value(struct scan *scan)
{
	switch (peek(scan)) {
	case '"': return scan_string(scan);
	case '{': scan->at++; return scan_items(scan, scan_member, '}');
	case '[': scan->at++; return scan_items(scan, scan_value, ']');
	case 't': return scan_literal(scan, "true");
	case 'f': return scan_literal(scan, "false");
	case 'n': return scan_literal(scan, "null");
	default: return scan_number(scan);
	}
}

/* A value with the white space around it. */
static bool scan_value(struct scan *scan)
{
	skip_space(scan);
	if (++scan->values > JSON_VALUES || !scan_bare_value(scan))
		return false;
	skip_space(scan);
	return true;
}

bool json_front(const char *bytes, size_t len)
{
	const unsigned char *text = (const unsigned char *)bytes;
	struct scan scan = {.at = text, .end = text + len};

	skip_space(&scan);
	return peek(&scan) == '{' && scan_value(&scan) && scan.at == scan.end;
}
