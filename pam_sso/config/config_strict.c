#include "config_layer.h"

#include <errno.h>
#include <stdbool.h>

#include "config_field.h"

/* A number that orders what the key's field holds, the strictest least, for STRICT_MIN. */
static int64_t rank(const struct config_key *key, const struct config *config)
{
	const void *field = config_field_const(config, key);

	switch (key->type) {
	case CONFIG_BOOL: return *(const bool *)field;
	case CONFIG_WORD: return *(const unsigned int *)field;
	case CONFIG_NUMBER: return *(const int64_t *)field;
	case CONFIG_DURATION:
		return *(const int64_t *)field == CONFIG_NO_AGE ? INT64_MAX
								: *(const int64_t *)field;
	case CONFIG_STRING:
	case CONFIG_LIST: break;
	}
	return 0;
}

static int merge_min(
	const struct config_key *key, const struct config *values, struct config *config)
{
	if (rank(key, values) >= rank(key, config))
		return 0;
	return config_field_copy(key, values, config);
}

static int merge_max(
	const struct config_key *key, const struct config *values, struct config *config)
{
	if (rank(key, values) <= rank(key, config))
		return 0;
	return config_field_copy(key, values, config);
}

static int merge_union(
	const struct config_key *key, const struct config *values, struct config *config)
{
	const struct strlist *from = config_field_const(values, key);
	struct strlist *to = config_field(config, key);
	int r = 0;

	for (size_t i = 0; i < from->n && r == 0; i++)
		if (!strlist_has(to, from->items[i]))
			r = strlist_add(to, from->items[i]);
	return r;
}

/* What both grant. */
static int merge_grant(
	const struct config_key *key, const struct config *values, struct config *config)
{
	const struct strlist *other = config_field_const(values, key);
	struct strlist *list = config_field(config, key);
	STRLIST_AUTO(both);
	int r = 0;

	for (size_t i = 0; i < list->n && r == 0; i++)
		if (strlist_has(other, list->items[i]))
			r = strlist_add(&both, list->items[i]);
	if (r < 0)
		return r;
	return strlist_copy(list, &both);
}

/* What both admit; an empty list admits everybody, so it takes the other's. */
static int merge_intersect(
	const struct config_key *key, const struct config *values, struct config *config)
{
	struct strlist *list = config_field(config, key);

	if (list->n == 0)
		return config->access.allow_none ? 0 : config_field_copy(key, values, config);
	int r = merge_grant(key, values, config);
	if (list->n == 0)
		config->access.allow_none = true;
	return r;
}

static int merge(const struct config_key *key, const struct config *values, struct config *config)
{
	switch (key->strict) {
	case STRICT_NONE: return 0;
	case STRICT_MIN: return merge_min(key, values, config);
	case STRICT_MAX: return merge_max(key, values, config);
	case STRICT_UNION: return merge_union(key, values, config);
	case STRICT_INTERSECT: return merge_intersect(key, values, config);
	case STRICT_GRANT: return merge_grant(key, values, config);
	}
	return -EINVAL;
}

int config_layer_restrict(const struct config_layer *layer, struct config *config)
{
	int r = 0;

	for (size_t i = 0; i < CONFIG_KEYS && r == 0; i++)
		if (layer->lines[i])
			r = merge(&config_keys[i], &layer->values, config);
	return r;
}
