/*
 * config_value: the text of a value into its field of struct config.
 */
#ifndef PAM_SSO_CONFIG_VALUE_H
#define PAM_SSO_CONFIG_VALUE_H

#include "config_error.h"
#include "config_keys.h"

/*
 * Reads TEXT as a value of KEY. A list gets its items added, none where TEXT is empty; any other
 * key's earlier value is replaced. Returns 0; -EINVAL with the error at PLACE set; -ENOMEM.
 */
int config_value_read(const struct config_key *key, const char *text, struct config *config,
	const struct config_place *place);

#endif
