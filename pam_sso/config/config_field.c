#include "config_field.h"

#include <errno.h>
#include <string.h>

#include "secret.h"

void *config_field(struct config *config, const struct config_key *key)
{
	return (char *)config + key->offset;
}

const void *config_field_const(const struct config *config, const struct config_key *key)
{
	return (const char *)config + key->offset;
}

static int copy_string(const char *from, char **to)
{
	char *copy = from ? strdup(from) : NULL;

	if (from && !copy)
		return -ENOMEM;
	secret_wipe_string(*to);
	*to = copy;
	return 0;
}

int config_field_copy(const struct config_key *key, const struct config *from, struct config *to)
{
	const void *source = config_field_const(from, key);
	void *target = config_field(to, key);

	switch (key->type) {
	case CONFIG_STRING: return copy_string(*(char *const *)source, target);
	case CONFIG_LIST: return strlist_copy(target, source);
	case CONFIG_BOOL: *(bool *)target = *(const bool *)source; return 0;
	case CONFIG_WORD: *(unsigned int *)target = *(const unsigned int *)source; return 0;
	case CONFIG_NUMBER:
	case CONFIG_DURATION: *(int64_t *)target = *(const int64_t *)source; return 0;
	}
	return -EINVAL;
}

void config_field_free(const struct config_key *key, struct config *config)
{
	void *field = config_field(config, key);

	if (key->type == CONFIG_STRING) {
		secret_wipe_string(*(char **)field);
		*(char **)field = NULL;
	} else if (key->type == CONFIG_LIST) {
		strlist_free(field);
	}
}
