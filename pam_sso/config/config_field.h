/*
 * config_field: the field of struct config that a key of the table means.
 */
#ifndef PAM_SSO_CONFIG_FIELD_H
#define PAM_SSO_CONFIG_FIELD_H

#include "config_keys.h"

/* The key's field, of the type that the key's says. */
void *config_field(struct config *config, const struct config_key *key);
const void *config_field_const(const struct config *config, const struct config_key *key);

/* Makes TO's field equal to FROM's. Returns 0 or -ENOMEM. */
int config_field_copy(const struct config_key *key, const struct config *from, struct config *to);

/* Wipes and frees the field. */
void config_field_free(const struct config_key *key, struct config *config);

#endif
