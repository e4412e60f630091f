/*
 * config_check: what keys must say together.
 */
#ifndef PAM_SSO_CONFIG_CHECK_H
#define PAM_SSO_CONFIG_CHECK_H

#include "config_error.h"
#include "config_layer.h"

/* Whether CONFIG, which has the defaults and what goes for all, makes sense, and with it what the
 * services say; LAYERS tells that, and on which lines all was said. NAME stands for the file.
 * Returns 0; -EINVAL with *error set; -ENOMEM. */
int config_check(const struct config *config, const struct config_layers *layers, const char *name,
	struct config_error *error);

#endif
