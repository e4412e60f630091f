/*
 * JSON from outside (json.h), beside a reader that shares nothing with cJSON but the text: what the
 * front accepts, cJSON reads to the same value, to its last byte. And the compact form is the same
 * value again.
 */
#include "fuzz.h"

#include <math.h>

#include "json.h"

enum { MAX = 64 * 1024 };

struct reader {
	const char *at;
	const char *end;
};

static void check_value(struct reader *reader, const cJSON *value);

static void skip_space(struct reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at)
		reader->at++;
}

static char next(struct reader *reader)
{
	MUST(reader->at < reader->end);
	return *reader->at++;
}

static unsigned int hex4(struct reader *reader)
{
	char digits[5] = "";
	char *end = NULL;

	for (int i = 0; i < 4; i++)
		digits[i] = next(reader);
	unsigned long value = strtoul(digits, &end, 16);
	MUST(end == digits + 4);
	return (unsigned int)value;
}

/* Writes one character as UTF-8. */
static char *put(char *to, unsigned int code)
{
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	int len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (int i = len - 1; i > 0; i--, code >>= 6)
		to[i] = (char)(0x80 | (code & 0x3f));
	to[0] = (char)(leads[len] | code);
	return to + len;
}

static char *put_escape(struct reader *reader, char *to)
{
	static const char names[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	char name = next(reader);

	if (name != 'u') {
		const char *place = strchr(names, name);

		MUST(name && place);
		*to = meant[place - names];
		return to + 1;
	}
	unsigned int code = hex4(reader);
	if (code >= 0xd800 && code < 0xdc00) {
		MUST(next(reader) == '\\' && next(reader) == 'u');
		code = 0x10000 + ((code - 0xd800) << 10) + (hex4(reader) - 0xdc00);
	}
	return put(to, code);
}

/* Reads a string, and compares it. */
static void check_string(struct reader *reader, const char *string)
{
	char *read = malloc((size_t)(reader->end - reader->at) + 1);
	char *to = read;

	MUST(read && string && next(reader) == '"');
	for (char byte; (byte = next(reader)) != '"';) {
		if (byte == '\\')
			to = put_escape(reader, to);
		else
			*to++ = byte;
	}
	*to = '\0';
	MUST(strlen(read) == (size_t)(to - read));
	MUST(strcmp(read, string) == 0);
	free(read);
}

static void check_number(struct reader *reader, const cJSON *value)
{
	char digits[64] = "";
	size_t n = 0;

	MUST(cJSON_IsNumber(value));
	while (reader->at < reader->end && strchr("+-.eE0123456789", *reader->at) && *reader->at) {
		MUST(n < sizeof(digits) - 1);
		digits[n++] = *reader->at++;
	}
	MUST(n > 0);
	double number = strtod(digits, NULL);
	MUST(isfinite(number) && number == value->valuedouble);
}

static void check_literal(struct reader *reader, const char *literal, const cJSON *value,
	cJSON_bool (*is)(const cJSON *))
{
	for (; *literal; literal++)
		MUST(next(reader) == *literal);
	MUST(is(value));
}

/* The items of an array, or the members of an object. */
static void check_items(struct reader *reader, const cJSON *value, char close)
{
	const cJSON *item = value->child;

	reader->at++;
	skip_space(reader);
	for (; item; item = item->next) {
		skip_space(reader);
		if (close == '}') {
			check_string(reader, item->string);
			skip_space(reader);
			MUST(next(reader) == ':');
		}
		check_value(reader, item);
		if (item->next)
			MUST(next(reader) == ',');
	}
	MUST(next(reader) == close);
}

static void check_value(struct reader *reader, const cJSON *value)
{
	skip_space(reader);
	MUST(reader->at < reader->end);
	switch (*reader->at) {
	case '"':
		MUST(cJSON_IsString(value));
		check_string(reader, value->valuestring);
		break;
	case '{':
		MUST(cJSON_IsObject(value));
		check_items(reader, value, '}');
		break;
	case '[':
		MUST(cJSON_IsArray(value));
		check_items(reader, value, ']');
		break;
	case 't': check_literal(reader, "true", value, cJSON_IsTrue); break;
	case 'f': check_literal(reader, "false", value, cJSON_IsFalse); break;
	case 'n': check_literal(reader, "null", value, cJSON_IsNull); break;
	default: check_number(reader, value);
	}
	skip_space(reader);
}

/* One line without control characters, which is the same value. */
static void check_compact(const char *bytes, size_t len, const cJSON *object)
{
	BUF_AUTO(line, 6 * MAX);
	BUF_AUTO(again, 6 * MAX);
	JSON_AUTO(read);

	MUST(json_compact(bytes, len, &line) == 0);
	for (size_t i = 0; i < line.len; i++)
		MUST((unsigned char)line.data[i] >= 0x20 && line.data[i] != 0x7f);
	read = json_parse_object(line.data, line.len, line.len);
	MUST(read && cJSON_Compare(object, read, true));
	MUST(json_compact(line.data, line.len, &again) == 0);
	MUST(strcmp(line.data, again.data) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	struct reader reader = {text, text + len};
	JSON_AUTO(object);

	object = json_parse_object(text, len, MAX);
	if (!object)
		return 0;
	check_value(&reader, object);
	MUST(reader.at == reader.end);
	check_compact(text, len, object);
	return 0;
}
