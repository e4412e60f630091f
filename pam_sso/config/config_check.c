#include "config_check.h"

#include <errno.h>

#include "count.h"
#include "user_match.h"

struct check {
	const struct config *config;
	const struct config_layers *layers;
	struct config_place place;
};

/* Where the file says a key, 0 where it does not. */
static unsigned int line_of(const struct check *check, const char *name)
{
	return check->layers->general.lines[config_key_index(config_key_find(name))];
}

static int check_required(struct check *check)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (config_keys[i].required && !check->layers->general.lines[i])
			return config_wrong(&check->place, "[%s] must have %s",
				config_keys[i].section, config_keys[i].name);
	return 0;
}

/* The key's value WHAT needs another key: refused where that is not there. */
static int need(struct check *check, const char *name, const char *what, const char *needed)
{
	if (line_of(check, needed))
		return 0;
	check->place.line = line_of(check, name);
	return config_wrong(&check->place, "%s%s needs %s", name, what, needed);
}

/* The other way round: a key without what gives it a meaning is a slip. */
static int orphan(struct check *check, const char *name, const char *without)
{
	check->place.line = line_of(check, name);
	if (!check->place.line)
		return 0;
	return config_wrong(&check->place, "%s means nothing without %s", name, without);
}

static int check_secret(struct check *check)
{
	switch (check->config->provider.client_auth) {
	case CLIENT_AUTH_BASIC:
		return need(check, "client_auth", " = client_secret_basic", "client_secret_file");
	case CLIENT_AUTH_POST:
		return need(check, "client_auth", " = client_secret_post", "client_secret_file");
	case CLIENT_AUTH_NONE:
	case CLIENT_AUTH_PRIVATE_KEY: break;
	}
	return orphan(check, "client_secret_file",
		"client_auth = client_secret_basic or client_secret_post");
}

static int check_client_key(struct check *check)
{
	static const char *const keys[] = {
		"client_key_file", "client_key_id", "client_assertion_alg"};
	int r = 0;

	if (check->config->provider.client_auth == CLIENT_AUTH_PRIVATE_KEY)
		return need(check, "client_auth", " = private_key_jwt", "client_key_file");
	for (size_t i = 0; i < COUNT(keys) && r == 0; i++)
		r = orphan(check, keys[i], "client_auth = private_key_jwt");
	return r;
}

/* OpenID Connect Core 3.1.2.1: without `openid` it is plain OAuth, and there is no ID token. */
static int check_scope(struct check *check)
{
	if (strlist_has(&check->config->provider.scope, "openid"))
		return 0;
	check->place.line = line_of(check, "scope");
	return config_wrong(&check->place, "scope must have openid among its items");
}

static int check_discovery(struct check *check)
{
	static const char *const endpoints[] = {
		"device_authorization_endpoint", "token_endpoint", "jwks_uri"};
	int r = 0;

	if (check->config->provider.discovery)
		return 0;
	for (size_t i = 0; i < COUNT(endpoints) && r == 0; i++)
		r = need(check, "discovery", " = no", endpoints[i]);
	if (r == 0 && check->config->access.groups_source == GROUPS_USERINFO)
		r = need(check, "discovery", " = no with groups_source = userinfo",
			"userinfo_endpoint");
	return r;
}

static int check_match(struct check *check)
{
	const char *match = check->config->user.match;
	const char *template = check->config->user.template;
	char wrong[256] = "";

	if (!match)
		return orphan(check, "template", "match");
	int r = need(check, "match", "", "template");
	if (r < 0)
		return r;
	r = user_match_check(match, template, wrong, sizeof(wrong));
	if (r != -EINVAL)
		return r;
	check->place.line = line_of(check, "match");
	return config_wrong(&check->place, "match %s", wrong);
}

static int check_map(struct check *check)
{
	if (check->config->user.map_file)
		return 0;
	return orphan(check, "map_only", "map_file");
}

/* Who reads that a session is reused, or a login ended, must not be wrong. */
static int check_keep(struct check *check)
{
	if (check->config->session.keep)
		return 0;
	if (check->config->session.on_revoked == REVOKED_TERMINATE)
		return orphan(check, "on_revoked", "keep = yes");
	if (check->config->session.reuse != CONFIG_REUSE_OFF)
		return orphan(check, "reuse", "keep = yes");
	for (size_t i = 0; i < check->layers->n; i++) {
		const struct config_layer *service = &check->layers->services[i];

		check->place.line = service->lines[config_key_index(config_key_find("reuse"))];
		if (check->place.line && service->values.session.reuse != CONFIG_REUSE_OFF)
			return config_wrong(
				&check->place, "reuse means nothing without keep = yes");
	}
	return 0;
}

int config_check(const struct config *config, const struct config_layers *layers, const char *name,
	struct config_error *error)
{
	static int (*const checks[])(struct check *check) = {
		check_required,
		check_secret,
		check_client_key,
		check_scope,
		check_discovery,
		check_match,
		check_map,
		check_keep,
	};
	int r = 0;

	for (size_t i = 0; i < COUNT(checks) && r == 0; i++) {
		struct check check = {
			.config = config,
			.layers = layers,
			.place = {.file = name, .error = error},
		};
		r = checks[i](&check);
	}
	return r;
}
