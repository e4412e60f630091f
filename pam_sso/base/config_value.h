/*
 * config_value: the text of a value into its field of struct config, and from one to another.
 */
#ifndef PAM_SSO_CONFIG_VALUE_H
#define PAM_SSO_CONFIG_VALUE_H

#include "config_error.h"
#include "config_keys.h"

/* The key's field, of the type that the key's says. */
void *config_field(struct config *config, const struct config_key *key);
const void *config_field_const(const struct config *config, const struct config_key *key);

/*
 * Reads TEXT as a value of KEY. A list gets its items added, none where TEXT is empty; any other
 * key's earlier value is replaced. Returns 0; -EINVAL with the error at PLACE set; -ENOMEM.
 */
int config_value_read(const struct config_key *key, const char *text, struct config *config,
	const struct config_place *place);

/* Makes TO's field equal to FROM's. Returns 0 or -ENOMEM. */
int config_value_copy(const struct config_key *key, const struct config *from, struct config *to);

/* Wipes and frees the field. */
void config_value_free(const struct config_key *key, struct config *config);

#endif
