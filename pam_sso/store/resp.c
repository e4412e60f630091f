#include "resp.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* What is measured, and how far that came. */
struct ruler {
	const char *bytes;
	size_t len;
	size_t at;
	size_t elements;
};

/* Takes a line without its CR LF. Returns 1 and sets both, 0 where it is not whole, or an errno. */
static int take_line(struct ruler *ruler, const char **ret_line, size_t *ret_len)
{
	const char *line = ruler->bytes + ruler->at;
	size_t there = ruler->len - ruler->at;
	const char *end = memchr(line, '\r', there < RESP_LINE ? there : RESP_LINE);

	if (!end)
		return there < RESP_LINE ? 0 : -EMSGSIZE;
	if ((size_t)(end - line) + 1 == there)
		return 0;
	if (end[1] != '\n')
		return -EBADMSG;
	*ret_line = line;
	*ret_len = (size_t)(end - line);
	ruler->at += *ret_len + 2;
	return 1;
}

/* -1, or a number without sign and leading zeros, at most MAX. Returns 0 or an errno. */
static int read_count(const char *digits, size_t len, long max, long *ret)
{
	long value = 0;

	if (len == 2 && memcmp(digits, "-1", 2) == 0) {
		*ret = -1;
		return 0;
	}
	if (len == 0 || (len > 1 && digits[0] == '0'))
		return -EBADMSG;
	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return -EBADMSG;
		value = value * 10 + (digits[i] - '0');
		if (value > max)
			return -EMSGSIZE;
	}
	*ret = value;
	return 0;
}

/* An int64_t has at most 19 digits, and a sign. */
static bool is_integer(const char *digits, size_t len)
{
	size_t sign = len && digits[0] == '-';

	if (len == sign || len - sign > 18)
		return false;
	for (size_t i = sign; i < len; i++)
		if (digits[i] < '0' || digits[i] > '9')
			return false;
	return true;
}

/* The bytes of a string, behind its header. */
static int take_string(struct ruler *ruler, long size)
{
	size_t there = ruler->len - ruler->at;

	if (size < 0)
		return 1;
	if (there < (size_t)size + 2)
		return 0;
	if (memcmp(ruler->bytes + ruler->at + size, "\r\n", 2) != 0)
		return -EBADMSG;
	ruler->at += (size_t)size + 2;
	return 1;
}

/* One reply, and those in it: at most RESP_DEPTH calls inside each other, since each array counts
 * DEPTH up. Returns 1, 0 where it is not whole, or an errno. */
static int take_reply(struct ruler *ruler, int depth)
{
	const char *line;
	size_t len;
	long count;
	int r = take_line(ruler, &line, &len);

	if (r <= 0)
		return r;
	if (len == 0)
		return -EBADMSG;
	switch (line[0]) {
	case '+':
	case '-': return 1;
	case ':': return is_integer(line + 1, len - 1) ? 1 : -EBADMSG;
	case '$':
		r = read_count(line + 1, len - 1, RESP_MAX, &count);
		return r < 0 ? r : take_string(ruler, count);
	case '*': r = read_count(line + 1, len - 1, RESP_ELEMENTS, &count); break;
	default: return -EBADMSG;
	}
	if (r < 0)
		return r;
	if (depth == RESP_DEPTH ||
		(count > 0 && (ruler->elements += (size_t)count) > RESP_ELEMENTS))
		return -EMSGSIZE;
	for (r = 1; r > 0 && count > 0; count--)
		r = take_reply(ruler, depth + 1);
	return r;
}

int resp_measure(const char *bytes, size_t len)
{
	struct ruler ruler = {.bytes = bytes, .len = len < RESP_MAX ? len : RESP_MAX};
	int r = take_reply(&ruler, 0);

	if (r < 0)
		return r;
	if (r > 0)
		return (int)ruler.at;
	return len < RESP_MAX ? 0 : -EMSGSIZE;
}
