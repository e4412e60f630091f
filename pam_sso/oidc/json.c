#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_front.h"

static void wipe_string(char *string)
{
	if (string)
		explicit_bzero(string, strlen(string));
}

/* A row of siblings and all below them; as deep as JSON_DEPTH at most. */
static void wipe(cJSON *value)
{
	for (; value; value = value->next) {
		wipe_string(value->valuestring);
		wipe_string(value->string);
		wipe(value->child);
	}
}

void json_free(cJSON *value)
{
	wipe(value);
	cJSON_Delete(value);
}

void json_free_p(cJSON **value)
{
	json_free(*value);
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Whether the N members of OBJECT have N names. Sorted, as a hostile object has thousands. */
static bool names_differ(const cJSON *object, size_t n)
{
	bool differ = true;
	size_t i = 0;

	const char **names = malloc(n * sizeof(*names));
	if (!names)
		return false;
	for (const cJSON *member = object->child; member; member = member->next)
		names[i++] = member->string;
	qsort(names, n, sizeof(*names), compare_names);
	for (i = 1; i < n && differ; i++)
		differ = strcmp(names[i - 1], names[i]) != 0;
	free(names);
	return differ;
}

/* What only the read values can tell: no number is infinite, and no name stands twice. */
static bool values_sound(const cJSON *value)
{
	size_t n = 0;

	if (cJSON_IsNumber(value))
		return isfinite(value->valuedouble);
	for (const cJSON *child = value->child; child; child = child->next, n++)
		if (!values_sound(child))
			return false;
	return n < 2 || !cJSON_IsObject(value) || names_differ(value, n);
}

cJSON *json_parse_object(const char *bytes, size_t len, size_t max)
{
	if (len > max || !json_front(bytes, len))
		return NULL;
	cJSON *object = cJSON_ParseWithLength(bytes, len);
	if (object && !values_sound(object)) {
		json_free(object);
		return NULL;
	}
	return object;
}

const cJSON *json_member(const cJSON *object, const char *name)
{
	return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

const char *json_string(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(json_member(object, name));
}

bool json_integer(const cJSON *value, int64_t min, int64_t max, int64_t *ret)
{
	/* valueint is saturated and deprecated: only the double tells. */
	if (!cJSON_IsNumber(value))
		return false;
	double number = value->valuedouble;
	if (!(number >= (double)min && number <= (double)max) || number != (double)(int64_t)number)
		return false;
	*ret = (int64_t)number;
	return true;
}

bool json_is_true(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(json_member(object, name));
}

/* Those that may stand within a string unescaped: DEL, and U+0080 to U+009F. Returns the bytes that
 * it takes, or 0. */
static size_t control_at(const char *at, const char *end)
{
	const unsigned char c2 = 0xc2, first = 0x80, last = 0x9f;

	if (*at == '\x7f')
		return 1;
	if ((unsigned char)*at != c2 || at + 1 == end)
		return 0;
	return (unsigned char)at[1] >= first && (unsigned char)at[1] <= last ? 2 : 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int json_compact(const char *bytes, size_t len, struct buf *out)
{
	const char *end = bytes + len;
	bool in_string = false;

	for (const char *at = bytes; at < end; at++) {
		size_t control = control_at(at, end);

		if (control) {
			at += control - 1;
			buf_printf(out, "\\u%04x", (unsigned int)(unsigned char)*at);
			continue;
		}
		if (*at == '"')
			in_string = !in_string;
		if (in_string || !is_space(*at))
			buf_add(out, at, 1);
		/* What is escaped does not end the string. */
		if (*at == '\\' && at + 1 < end)
			buf_add(out, ++at, 1);
	}
	return buf_error(out);
}
