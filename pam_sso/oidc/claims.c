#include "claims.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

/* The object whose name within CLAIMS is the first LEN bytes of NAME, or NULL. */
static const cJSON *inner_object(const cJSON *claims, const char *name, size_t len)
{
	if (!cJSON_IsObject(claims))
		return NULL;
	for (const cJSON *member = claims->child; member; member = member->next)
		if (strncmp(member->string, name, len) == 0 && !member->string[len])
			return cJSON_IsObject(member) ? member : NULL;
	return NULL;
}

/* Each object is come to by one way only, and a way ends where there is none, so this ends soon. */
const cJSON *claims_find(const cJSON *claims, const char *path)
{
	const cJSON *found = json_member(claims, path);
	const char *dot = path + strlen(path);

	while (!found && (dot = memrchr(path, '.', (size_t)(dot - path)))) {
		const cJSON *inner = inner_object(claims, path, (size_t)(dot - path));
		if (inner)
			found = claims_find(inner, dot + 1);
	}
	return found;
}

/* Whether a text can be a value: 1 to CLAIMS_VALUE_MAX bytes without control characters. */
static bool text_usable(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return len >= 1 && len <= CLAIMS_VALUE_MAX;
}

int claims_string(const cJSON *claims, const char *path, const char **ret)
{
	const cJSON *value = claims_find(claims, path);

	if (!value)
		return -ENOENT;
	if (!cJSON_IsString(value) || !text_usable(value->valuestring))
		return -EINVAL;
	*ret = value->valuestring;
	return 0;
}

/* Whether a single value is, in words, this. */
static bool scalar_is(const cJSON *value, const char *words)
{
	const int64_t most = ((int64_t)1 << 53) - 1; /* above it doubles are no longer exact */
	char decimal[24];
	int64_t number = 0;

	if (cJSON_IsString(value))
		return strcmp(value->valuestring, words) == 0;
	if (cJSON_IsBool(value))
		return strcmp(cJSON_IsTrue(value) ? "true" : "false", words) == 0;
	if (!json_integer(value, -most, most, &number))
		return false;
	snprintf(decimal, sizeof(decimal), "%lld", (long long)number);
	return strcmp(decimal, words) == 0;
}

bool claims_has(const cJSON *claims, const char *path, const char *value)
{
	const cJSON *found = claims_find(claims, path);

	if (!cJSON_IsArray(found))
		return scalar_is(found, value);
	for (const cJSON *item = found->child; item; item = item->next)
		if (scalar_is(item, value))
			return true;
	return false;
}

static int add_group(struct strlist *groups, const char *name)
{
	if (!name || !text_usable(name))
		return -EINVAL;
	return groups->n < CLAIMS_GROUPS_MAX ? strlist_add(groups, name) : -E2BIG;
}

/* By a member's value somebody is in the group that it names, or is not. */
static int add_member(struct strlist *groups, const cJSON *member)
{
	if (cJSON_IsObject(member) || cJSON_IsTrue(member))
		return add_group(groups, member->string);
	return cJSON_IsFalse(member) || cJSON_IsNull(member) ? 0 : -EINVAL;
}

static int add_groups(struct strlist *groups, const cJSON *value)
{
	if (cJSON_IsString(value))
		return add_group(groups, value->valuestring);
	if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
		return -EINVAL;
	for (const cJSON *item = value->child; item; item = item->next) {
		int r = cJSON_IsArray(value) ? add_group(groups, cJSON_GetStringValue(item))
					     : add_member(groups, item);
		if (r < 0)
			return r;
	}
	return 0;
}

int claims_groups(const cJSON *claims, const char *path, struct strlist *ret)
{
	STRLIST_AUTO(groups);

	const cJSON *value = claims_find(claims, path);
	if (!value)
		return -ENOENT;
	int r = add_groups(&groups, value);
	if (r < 0)
		return r;
	strlist_free(ret);
	*ret = groups;
	groups = (struct strlist){0};
	return 0;
}

bool claims_points(const cJSON *claims, const char *path)
{
	return !claims_find(claims, path) &&
	       json_member(json_member(claims, "_claim_names"), path) != NULL;
}
