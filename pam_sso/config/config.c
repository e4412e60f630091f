#include "config.h"

#include <errno.h>
#include <string.h>

#include "config_check.h"
#include "config_error.h"
#include "config_field.h"
#include "config_layer.h"
#include "config_scan.h"
#include "config_value.h"
#include "file.h"
#include "profile.h"

/* Where the system keeps its certificates, by the hashes of their names, so that only the few that
 * a handshake needs are read. */
#define CA_DIR "/etc/ssl/certs"

static int set_defaults(struct config *config, struct config_error *error)
{
	struct config_place place = {.file = "the defaults", .error = error};
	int r = 0;

	for (size_t i = 0; i < CONFIG_KEYS && r == 0; i++)
		if (config_keys[i].fallback)
			r = config_value_read(
				&config_keys[i], config_keys[i].fallback, config, &place);
	return r;
}

/* Who names a CA file trusts that one, and not the system's beside it. */
static int set_ca_dir(struct config *config)
{
	if (config->network.ca_file || config->network.ca_dir)
		return 0;
	config->network.ca_dir = strdup(CA_DIR);
	return config->network.ca_dir ? 0 : -ENOMEM;
}

/* Rules 2 and 3. */
static int set_service(
	const struct config_layers *layers, const char *service, struct config *config)
{
	const struct config_layer *own = config_layers_find(layers, service);
	int r = 0;

	if (own) {
		config->own_section = true;
		return config_layer_apply(own, config);
	}
	for (size_t i = 0; i < layers->n && r == 0; i++)
		r = config_layer_restrict(&layers->services[i], config);
	return r;
}

static int build(const char *bytes, size_t len, const char *name, const char *service,
	struct config *config, struct config_error *error)
{
	CONFIG_LAYERS_AUTO(layers);
	int r = config_scan(bytes, len, name, &layers, error);

	if (r == 0)
		r = set_defaults(config, error);
	if (r == 0)
		r = profile_apply(&layers.general, config, name, error);
	if (r == 0)
		r = config_layer_apply(&layers.general, config);
	if (r == 0)
		r = config_check(config, &layers, name, error);
	if (r == 0)
		r = set_ca_dir(config);
	if (r == 0)
		r = set_service(&layers, service, config);
	return r;
}

int config_parse(const char *bytes, size_t len, const char *name, const char *service,
	struct config *ret, struct config_error *ret_error)
{
	CONFIG_AUTO(config);

	*ret_error = (struct config_error){0};
	int r = build(bytes, len, name, service, &config, ret_error);
	if (r == -ENOMEM)
		config_wrong(&(struct config_place){.file = name, .error = ret_error},
			"cannot be read: memory is short");
	if (r < 0)
		return r;
	*ret = config;
	config = (struct config){0};
	return 0;
}

int config_load(
	const char *path, const char *service, struct config *ret, struct config_error *ret_error)
{
	BUF_AUTO(bytes, CONFIG_MAX);
	int r = file_read(path, FILE_PUBLIC, &bytes);

	if (r < 0) {
		config_wrong(&(struct config_place){.file = path, .error = ret_error}, "%s",
			file_error_text(r));
		return r;
	}
	return config_parse(buf_str(&bytes), bytes.len, path, service, ret, ret_error);
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		config_field_free(&config_keys[i], config);
	*config = (struct config){0};
}
