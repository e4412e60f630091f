#include "config_check.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "config_field.h"
#include "count.h"
#include "parameter.h"
#include "profile.h"
#include "user_match.h"

enum { NO_LINE = UINT_MAX }; /* a default, which no line says */

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

/* Whether the file says a key, or its profile does. */
static bool is_said(const struct check *check, const char *name)
{
	return line_of(check, name) || profile_default(check->config->provider.profile, name);
}

static int check_required(struct check *check)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (config_keys[i].required && !is_said(check, config_keys[i].name))
			return config_wrong(&check->place, "[%s] must have %s",
				config_keys[i].section, config_keys[i].name);
	return 0;
}

/* The key's value WHAT on LINE needs another key: refused where that is not there. */
static int need_at(struct check *check, unsigned int line, const char *name, const char *what,
	const char *needed)
{
	if (is_said(check, needed))
		return 0;
	check->place.line = line;
	return config_wrong(&check->place, "%s%s needs %s", name, what, needed);
}

static int need(struct check *check, const char *name, const char *what, const char *needed)
{
	unsigned int line = line_of(check, name);

	return need_at(check, line ? line : line_of(check, "profile"), name, what, needed);
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

/* The line where FLOW is set, for all or for one service; 0 where it is not. What goes for all has
 * a value also where the file does not say one: then the line is NO_LINE. */
static unsigned int line_of_flow(const struct check *check, enum flow flow)
{
	const struct config_layers *layers = check->layers;
	size_t index = config_key_index(config_key_find("flow"));

	if (check->config->provider.flow == flow)
		return layers->general.lines[index] ? layers->general.lines[index] : NO_LINE;
	for (size_t i = 0; i < layers->n; i++)
		if (layers->services[i].lines[index] &&
			layers->services[i].values.provider.flow == flow)
			return layers->services[i].lines[index];
	return 0;
}

static int check_redirect(struct check *check)
{
	unsigned int code = line_of_flow(check, FLOW_CODE);
	unsigned int either = line_of_flow(check, FLOW_AUTO);
	int r = 0;

	if (code)
		r = need_at(check, code, "flow", " = code", "redirect_uri");
	if (r == 0 && either)
		r = need_at(check, either, "flow", " = auto", "redirect_uri");
	return r;
}

static int check_parameters(struct check *check)
{
	const char *twice = parameter_twice(&check->config->provider.authorization_parameters);

	if (!twice)
		return 0;
	check->place.line = line_of(check, "authorization_parameters");
	return config_wrong(&check->place, "authorization_parameters has %.*s twice",
		(int)strcspn(twice, "="), twice);
}

/* The endpoints that the flows in use need where nothing tells them. */
static int check_flow_endpoints(struct check *check)
{
	bool device = line_of_flow(check, FLOW_DEVICE), either = line_of_flow(check, FLOW_AUTO);
	bool code = line_of_flow(check, FLOW_CODE);
	int r = 0;

	if (device || either)
		r = need(check, "discovery", " = no", "device_authorization_endpoint");
	if (r == 0 && (code || either))
		r = need(check, "discovery", " = no", "authorization_endpoint");
	if (r == 0 && check->config->provider.pushed == PUSHED_ALWAYS)
		r = need(check, "pushed", " = always with discovery = no",
			"pushed_authorization_request_endpoint");
	return r;
}

static int check_discovery(struct check *check)
{
	static const char *const endpoints[] = {"token_endpoint", "jwks_uri"};

	if (check->config->provider.discovery)
		return 0;
	int r = check_flow_endpoints(check);
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

/* Nothing can listen for what goes to a page elsewhere. */
static int check_loopback_of(struct check *check, const struct config_layer *layer)
{
	const char *redirect = check->config->provider.redirect_uri;

	check->place.line = layer->lines[config_key_index(config_key_find("loopback"))];
	if (!check->place.line || layer->values.prompt.loopback != LOOPBACK_YES || !redirect ||
		strncmp(redirect, "http://", strlen("http://")) == 0)
		return 0;
	return config_wrong(
		&check->place, "loopback = yes needs a redirect_uri on http://127.0.0.1 or [::1]");
}

static int check_loopback(struct check *check)
{
	int r = check_loopback_of(check, &check->layers->general);

	for (size_t i = 0; i < check->layers->n && r == 0; i++)
		r = check_loopback_of(check, &check->layers->services[i]);
	return r;
}

/* Who reads that a session is shared, reused or ended must not be wrong. A key's zero is what it is
 * where the file is silent: nothing happens then. */
static const struct dependency {
	const char *name;
	bool said; /* also with its zero: any value of it means nothing */
	const char *needed;
	const char *without; /* that one, in words */
} dependencies[] = {
	{"redirect_uri", true, "flow", "flow = code or auto"},
	{"authorization_endpoint", true, "flow", "flow = code or auto"},
	{"pushed_authorization_request_endpoint", true, "flow", "flow = code or auto"},
	{"pushed", false, "flow", "flow = code or auto"},
	{"authorization_prompt", true, "flow", "flow = code or auto"},
	{"authorization_parameters", true, "flow", "flow = code or auto"},
	{"loopback", false, "flow", "flow = code or auto"},
	{"offline_access", false, "keep", "keep = yes"},
	{"on_revoked", false, "keep", "keep = yes"},
	{"reuse", false, "keep", "keep = yes"},
	{"bind", false, "keep", "keep = yes"},
	{"verify", false, "keep", "keep = yes"},
	{"account", false, "keep", "keep = yes"},
	{"close_session", false, "keep", "keep = yes"},
	{"access_token_file", false, "keep", "keep = yes"},
	{"store", false, "keep", "keep = yes"},
	{"bind", false, "reuse", "reuse"},
	{"recheck", true, "verify", "verify = cached"},
	{"token_directory", true, "access_token_file", "access_token_file = yes"},
	{"store_url", true, "store", "store = redis"},
	{"store_user", true, "store", "store = redis"},
	{"store_user", true, "store_password_file", "store_password_file"},
	{"store_password_file", true, "store", "store = redis"},
	{"store_ca_file", true, "store", "store = redis"},
	{"store_key_file", true, "store", "store = redis"},
	{"store_timeout", true, "store", "store = redis"},
	{"store_program", true, "store", "store = redis"},
};

/* Whether a section says a key, with something other than its zero. */
static bool is_on(const struct config_layer *layer, const struct config_key *key)
{
	const void *field = config_field_const(&layer->values, key);

	if (!layer->lines[config_key_index(key)])
		return false;
	switch (key->type) {
	case CONFIG_BOOL: return *(const bool *)field;
	case CONFIG_WORD: return *(const unsigned int *)field != 0;
	case CONFIG_NUMBER:
	case CONFIG_DURATION: return *(const int64_t *)field != 0;
	case CONFIG_STRING:
	case CONFIG_LIST: break;
	}
	return true;
}

/* Whether a key is on for the services of a section: what goes for all, for one at least. */
static bool is_on_for(
	const struct check *check, const struct config_layer *layer, const struct config_key *key)
{
	const struct config_layers *layers = check->layers;
	bool on = is_on(&layers->general, key);

	if (layer != &layers->general)
		return layer->lines[config_key_index(key)] ? is_on(layer, key) : on;
	for (size_t i = 0; i < layers->n; i++)
		on = on || is_on(&layers->services[i], key);
	return on;
}

static int check_dependency(
	struct check *check, const struct config_layer *layer, const struct dependency *dependency)
{
	const struct config_key *key = config_key_find(dependency->name);

	check->place.line = layer->lines[config_key_index(key)];
	if (!check->place.line || (!dependency->said && !is_on(layer, key)) ||
		is_on_for(check, layer, config_key_find(dependency->needed)))
		return 0;
	return config_wrong(&check->place, "%s means nothing without %s", dependency->name,
		dependency->without);
}

static int check_dependencies(struct check *check)
{
	int r = 0;

	for (size_t i = 0; i < COUNT(dependencies) && r == 0; i++) {
		r = check_dependency(check, &check->layers->general, &dependencies[i]);
		for (size_t j = 0; j < check->layers->n && r == 0; j++)
			r = check_dependency(check, &check->layers->services[j], &dependencies[i]);
	}
	return r;
}

/* Without a CA of its own, a store would be trusted with any certificate of the public ones. */
/* Half of one, rounded up, is one (admit.h, rule 3). */
static int check_half(struct check *check, const char *name, int64_t limit)
{
	if (limit != 1)
		return 0;
	check->place.line = line_of(check, name);
	return config_wrong(&check->place,
		"%s = 1 is as much for one address, which could keep the user out with it: 2 or "
		"more, or 0, which is no limit",
		name);
}

static int check_limits(struct check *check)
{
	int r = check_half(check, "pending_user", check->config->limits.pending_user);

	return r < 0 ? r : check_half(check, "rate_user", check->config->limits.rate_user);
}

static int check_store(struct check *check)
{
	const char *url = check->config->session.store_url;

	if (check->config->session.store != STORE_REDIS)
		return 0;
	int r = need(check, "store", " = redis", "store_url");
	if (r == 0)
		r = need(check, "store", " = redis", "store_key_file");
	if (r < 0 || strncmp(url, "rediss://", strlen("rediss://")) != 0 ||
		line_of(check, "ca_file") || line_of(check, "ca_dir"))
		return r;
	return need(check, "store_url", " = rediss://", "store_ca_file");
}

int config_check(const struct config *config, const struct config_layers *layers, const char *name,
	struct config_error *error)
{
	static int (*const checks[])(struct check *check) = {
		check_required,
		check_secret,
		check_client_key,
		check_scope,
		check_parameters,
		check_discovery,
		check_match,
		check_map,
		check_dependencies,
		check_redirect,
		check_loopback,
		check_limits,
		check_store,
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
