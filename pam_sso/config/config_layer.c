#include "config_layer.h"

#include <stdlib.h>
#include <string.h>

#include "config_field.h"

const struct config_layer *config_layers_find(
	const struct config_layers *layers, const char *service)
{
	for (size_t i = 0; i < layers->n; i++)
		if (strcmp(layers->services[i].service, service) == 0)
			return &layers->services[i];
	return NULL;
}

struct config_layer *config_layers_add(
	struct config_layers *layers, const char *service, unsigned int line)
{
	char *name = strdup(service);
	struct config_layer *grown = reallocarray(
		layers->services, layers->n + 1, sizeof(*layers->services));

	if (grown)
		layers->services = grown;
	if (!name || !grown) {
		free(name);
		return NULL;
	}
	struct config_layer *layer = &layers->services[layers->n++];
	*layer = (struct config_layer){.service = name, .line = line};
	return layer;
}

static void layer_free(struct config_layer *layer)
{
	free(layer->service);
	config_free(&layer->values);
}

void config_layers_free(struct config_layers *layers)
{
	for (size_t i = 0; i < layers->n; i++)
		layer_free(&layers->services[i]);
	free(layers->services);
	layer_free(&layers->general);
	*layers = (struct config_layers){0};
}

int config_layer_apply(const struct config_layer *layer, struct config *config)
{
	int r = 0;

	for (size_t i = 0; i < CONFIG_KEYS && r == 0; i++)
		if (layer->lines[i])
			r = config_field_copy(&config_keys[i], &layer->values, config);
	return r;
}
