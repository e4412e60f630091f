/*
 * config_layer: what one part of the file says: the general sections together, or one
 * [service NAME]. Only the fields whose line is set mean anything.
 */
#ifndef PAM_SSO_CONFIG_LAYER_H
#define PAM_SSO_CONFIG_LAYER_H

#include "config_keys.h"

struct config_layer {
	char *service;                   /* NULL: what goes for all */
	unsigned int line;               /* of its section; 0 for what goes for all */
	unsigned int lines[CONFIG_KEYS]; /* of each key, by config_key_index(); 0: it is not said */
	struct config values;
};

struct config_layers {
	struct config_layer general;
	struct config_layer *services; /* NULL while n is 0 */
	size_t n;
};

#define CONFIG_LAYERS_AUTO(name)                                                                   \
	__attribute__((cleanup(config_layers_free))) struct config_layers name = {0}

/* The layer of a service's own section, or NULL. */
const struct config_layer *config_layers_find(
	const struct config_layers *layers, const char *service);

/* Adds a layer for a service. NULL where memory is short. Layers found before may have moved. */
struct config_layer *config_layers_add(
	struct config_layers *layers, const char *service, unsigned int line);

void config_layers_free(struct config_layers *layers);

/* Rule 2 of config.h: what LAYER says replaces what CONFIG has. Returns 0 or -ENOMEM. */
int config_layer_apply(const struct config_layer *layer, struct config *config);

/* Rule 3: what LAYER says is merged into CONFIG where it is stricter. Returns 0 or -ENOMEM. */
int config_layer_restrict(const struct config_layer *layer, struct config *config);

#endif
