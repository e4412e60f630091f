#include <string.h>

#include "answer.h"

/* Reads a number of 1 to ANSWER_PARTS without leading zeros, up to the byte END. Returns what
 * follows that, or NULL. */
static const char *read_number(const char *at, const char *limit, char end, unsigned int *ret)
{
	unsigned int number = 0;

	if (at == limit || *at == '0')
		return NULL;
	for (; at < limit && *at >= '0' && *at <= '9' && number <= ANSWER_PARTS; at++)
		number = number * 10 + (unsigned int)(*at - '0');
	if (at == limit || *at != end || number == 0 || number > ANSWER_PARTS)
		return NULL;
	*ret = number;
	return at + 1;
}

static unsigned int first_missing(const struct answer_parts *parts)
{
	for (unsigned int i = 0; i < parts->total; i++)
		if (!parts->parts[i].len)
			return i + 1;
	return 0;
}

static enum answer_part forget(struct answer_parts *parts)
{
	answer_parts_free(parts);
	return PART_BAD;
}

static enum answer_part join(struct answer_parts *parts, struct buf *ret_text)
{
	for (unsigned int i = 0; i < parts->total; i++)
		buf_add(ret_text, buf_str(&parts->parts[i]), parts->parts[i].len);
	answer_parts_free(parts);
	return buf_error(ret_text) < 0 ? PART_BAD : PART_WHOLE;
}

static enum answer_part take_part(struct answer_parts *parts, unsigned int number,
	unsigned int total, const char *text, size_t len)
{
	struct buf *part = &parts->parts[number - 1];

	if (len == 0 || number > total || (parts->total && parts->total != total))
		return forget(parts);
	parts->total = total;
	buf_free(part);
	*part = (struct buf){.max = ANSWER_PART_MAX};
	return buf_add(part, text, len) < 0 ? forget(parts) : PART_MORE;
}

enum answer_part answer_add_part(struct answer_parts *parts, const char *text, size_t len,
	struct buf *ret_text, unsigned int *ret_missing)
{
	unsigned int number, total;
	const char *end = text + len;

	while (text < end && (*text == ' ' || *text == '\t'))
		text++;
	const char *at = read_number(text, end, '/', &number);
	if (at)
		at = read_number(at, end, ':', &total);
	if (!at) {
		answer_parts_free(parts);
		return buf_add(ret_text, text, (size_t)(end - text)) < 0 ? PART_BAD : PART_WHOLE;
	}
	if (take_part(parts, number, total, at, (size_t)(end - at)) == PART_BAD)
		return PART_BAD;
	*ret_missing = first_missing(parts);
	return *ret_missing ? PART_MORE : join(parts, ret_text);
}

void answer_parts_free(struct answer_parts *parts)
{
	for (unsigned int i = 0; i < ANSWER_PARTS; i++)
		buf_free(&parts->parts[i]);
	*parts = (struct answer_parts){0};
}
