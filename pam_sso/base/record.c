#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct field {
	const struct record_key *key; /* in the vocabulary */
	char *value;
};

struct record {
	const struct record_key *vocabulary;
	struct field *fields;
	size_t n;
	size_t room; /* fields that memory is there for */
	size_t size; /* bytes when written, the final empty line included */
};

struct record *record_new(const struct record_key *vocabulary)
{
	struct record *record = calloc(1, sizeof(*record));

	if (!record)
		return NULL;
	record->vocabulary = vocabulary;
	record->size = 1;
	return record;
}

void record_free(struct record *record)
{
	if (!record)
		return;
	for (size_t i = 0; i < record->n; i++)
		secret_wipe_string(record->fields[i].value);
	free(record->fields);
	free(record);
}

void record_free_p(struct record **record)
{
	record_free(*record);
}

static const struct record_key *find_key(
	const struct record_key *vocabulary, const char *name, size_t len)
{
	for (const struct record_key *key = vocabulary; key->name; key++)
		if (strlen(key->name) == len && memcmp(key->name, name, len) == 0)
			return key;
	return NULL;
}

/* Rule 3. */
static bool value_is_clean(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c < 0x20 || c == 0x7f)
			return false;
	}
	return true;
}

static int make_room(struct record *record)
{
	size_t room = record->room ? 2 * record->room : 16;

	if (record->n < record->room)
		return 0;
	struct field *fields = reallocarray(record->fields, room, sizeof(*fields));
	if (!fields)
		return -ENOMEM;
	record->fields = fields;
	record->room = room;
	return 0;
}

/* The one place where a field comes in, from a caller or from the wire: rules 1 to 4. */
static int add(struct record *record, const char *name, size_t name_len, const char *value,
	size_t value_len)
{
	const struct record_key *key = find_key(record->vocabulary, name, name_len);
	size_t line = name_len + 1 + value_len + 1;

	if (!key || (!key->list && record_get(record, key->name)))
		return -EINVAL;
	if (!value_is_clean(value, value_len))
		return -EINVAL;
	if (line > RECORD_LINE || line > RECORD_MAX - record->size || record->n == RECORD_FIELDS)
		return -EMSGSIZE;
	if (make_room(record) < 0)
		return -ENOMEM;
	char *copy = strndup(value, value_len);
	if (!copy)
		return -ENOMEM;
	record->fields[record->n++] = (struct field){.key = key, .value = copy};
	record->size += line;
	return 0;
}

int record_add(struct record *record, const char *key, const char *value)
{
	return add(record, key, strlen(key), value, strlen(value));
}

int record_add_int(struct record *record, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return record_add(record, key, text);
}

int record_add_secret(struct record *record, const char *key, const struct secret *value)
{
	return add(record, key, strlen(key), secret_reveal(value), value->len);
}

const char *record_get(const struct record *record, const char *key)
{
	return record_nth(record, key, 0);
}

size_t record_count(const struct record *record, const char *key)
{
	size_t count = 0;

	for (size_t i = 0; i < record->n; i++)
		if (strcmp(record->fields[i].key->name, key) == 0)
			count++;
	return count;
}

const char *record_nth(const struct record *record, const char *key, size_t index)
{
	for (size_t i = 0; i < record->n; i++) {
		if (strcmp(record->fields[i].key->name, key) != 0)
			continue;
		if (index-- == 0)
			return record->fields[i].value;
	}
	return NULL;
}

/* 0, or a digit from 1 to 9 and more digits; a minus sign before anything but 0. */
static bool is_plain_number(const char *text)
{
	bool minus = *text == '-';
	const char *digits = text + minus;

	if (*digits == '0')
		return !minus && digits[1] == '\0';
	return *digits != '\0' && strspn(digits, "0123456789") == strlen(digits);
}

int record_get_int(
	const struct record *record, const char *key, int64_t min, int64_t max, int64_t *ret_value)
{
	const char *text = record_get(record, key);

	if (!text)
		return -ENOENT;
	if (!is_plain_number(text))
		return -EINVAL;
	errno = 0;
	intmax_t value = strtoimax(text, NULL, 10);
	if (errno == ERANGE || value < min || value > max)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int record_get_secret(const struct record *record, const char *key, struct secret *ret_value)
{
	const char *value = record_get(record, key);

	return value ? secret_set(ret_value, value, strlen(value)) : -ENOENT;
}

int record_format(const struct record *record, struct buf *out)
{
	for (size_t i = 0; i < record->n; i++) {
		buf_puts(out, record->fields[i].key->name);
		buf_puts(out, "=");
		buf_puts(out, record->fields[i].value);
		buf_puts(out, "\n");
	}
	return buf_puts(out, "\n");
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The bytes of the record at the front, 0 where its end is not there yet, -EMSGSIZE past a ceiling.
 * It reads no further than the ceilings allow, however much there is. */
static int measure(const char *bytes, size_t len)
{
	size_t at = 0;

	for (size_t fields = 0;; fields++) {
		size_t there = len - at;
		size_t most = smaller(RECORD_MAX - at, RECORD_LINE);
		const char *end = memchr(bytes + at, '\n', smaller(there, most));

		if (!end)
			return there < most ? 0 : -EMSGSIZE;
		if (end == bytes + at)
			return (int)at + 1;
		if (fields == RECORD_FIELDS)
			return -EMSGSIZE;
		at = (size_t)(end - bytes) + 1;
	}
}

/* LINE goes up to its newline, which is there. */
static int parse_line(struct record *record, const char *line, size_t len)
{
	const char *equals = memchr(line, '=', len);

	if (!equals)
		return -EBADMSG;
	size_t name_len = (size_t)(equals - line);
	int r = add(record, line, name_len, equals + 1, len - name_len - 1);
	return r == -EINVAL ? -EBADMSG : r;
}

/* BYTES go up to the empty line, which is there. */
static int parse_lines(struct record *record, const char *bytes)
{
	for (const char *line = bytes; *line != '\n';) {
		const char *end = rawmemchr(line, '\n');
		int r = parse_line(record, line, (size_t)(end - line));

		if (r < 0)
			return r;
		line = end + 1;
	}
	return 0;
}

int record_parse(const char *bytes, size_t len, const struct record_key *vocabulary,
	struct record **ret_record)
{
	int size = measure(bytes, len);

	if (size <= 0)
		return size;
	struct record *record = record_new(vocabulary);
	if (!record)
		return -ENOMEM;
	int r = parse_lines(record, bytes);
	if (r < 0) {
		record_free(record);
		return r;
	}
	*ret_record = record;
	return size;
}
