#include "profile.h"

#include <string.h>

#include "buf.h"
#include "config_field.h"
#include "config_value.h"
#include "count.h"

/* Twice the longest, so that the form of an address says that it is too long. */
enum { VALUE_MAX = 2 * CONFIG_URL_MAX };

const char *const profile_names[] = {
	[PROFILE_GENERIC] = "generic",
	[PROFILE_KEYCLOAK] = "keycloak",
	[PROFILE_ENTRA] = "entra",
	[PROFILE_GOOGLE] = "google",
	[PROFILE_OKTA] = "okta",
	[PROFILE_AUTH0] = "auth0",
	[PROFILE_AUTHENTIK] = "authentik",
	[PROFILE_AUTHELIA] = "authelia",
	[PROFILE_ZITADEL] = "zitadel",
	[PROFILE_DEX] = "dex",
	[PROFILE_GITLAB] = "gitlab",
	NULL,
};

/* docs/idp has a page for each, with the reasons. What a row would only repeat of the table of keys
 * is not here. */
static const struct {
	enum profile profile;
	const char *key;
	const char *value;
} defaults[] = {
	{PROFILE_KEYCLOAK, "device_pkce", "yes"},

	/* `email` there is no proof of anything: nobody verified it. */
	{PROFILE_ENTRA, "scope", "openid profile"},
	{PROFILE_ENTRA, "offline_access", "yes"},

	{PROFILE_GOOGLE, "issuer", "https://accounts.google.com"},
	{PROFILE_GOOGLE, "client_auth", "client_secret_post"},
	{PROFILE_GOOGLE, "authorization_parameters", "access_type=offline"},
	{PROFILE_GOOGLE, "verification_url", "yes"},
	{PROFILE_GOOGLE, "claims", "email"},

	{PROFILE_OKTA, "offline_access", "yes"},

	{PROFILE_AUTH0, "offline_access", "yes"},
	{PROFILE_AUTH0, "claims", "email"},

	{PROFILE_AUTHENTIK, "offline_access", "yes"},

	{PROFILE_AUTHELIA, "scope", "openid profile email groups"},
	{PROFILE_AUTHELIA, "offline_access", "yes"},
	{PROFILE_AUTHELIA, "groups_source", "userinfo"},

	{PROFILE_ZITADEL, "offline_access", "yes"},
	{PROFILE_ZITADEL, "groups_claim", "urn:zitadel:iam:org:project:roles"},
	{PROFILE_ZITADEL, "groups_source", "userinfo"},

	{PROFILE_DEX, "scope", "openid profile email groups"},
	{PROFILE_DEX, "offline_access", "yes"},

	{PROFILE_GITLAB, "device_authorization_endpoint", "/oauth/authorize_device"},
	{PROFILE_GITLAB, "groups_source", "userinfo"},
};

const char *profile_default(enum profile profile, const char *key)
{
	for (size_t i = 0; i < COUNT(defaults); i++)
		if (defaults[i].profile == profile && strcmp(defaults[i].key, key) == 0)
			return defaults[i].value;
	return NULL;
}

/* Rule 2: VALUE as KEY means it. */
static void add_value(
	const struct config_key *key, const char *value, const char *issuer, struct buf *out)
{
	size_t len = strlen(issuer);

	if (key->form == &config_form_endpoint && *value == '/')
		(void)buf_add(out, issuer, len && issuer[len - 1] == '/' ? len - 1 : len);
	(void)buf_puts(out, value);
}

static int apply_one(const struct config_key *key, const char *value, const char *issuer,
	struct config *config, const struct config_place *place)
{
	BUF_AUTO(text, VALUE_MAX);

	add_value(key, value, issuer, &text);
	if (buf_error(&text) < 0)
		return buf_error(&text);
	config_field_free(key, config);
	return config_value_read(key, buf_str(&text), config, place);
}

int profile_apply(const struct config_layer *general, struct config *config, const char *name,
	struct config_error *error)
{
	enum profile profile = general->values.provider.profile;
	const char *issuer = general->values.provider.issuer;
	const struct config_place place = {
		.file = name,
		.line = general->lines[config_key_index(config_key_find("profile"))],
		.error = error,
	};
	int r = 0;

	if (!issuer)
		issuer = profile_default(profile, "issuer");
	/* A file that says no issuer where it has to is refused in config_check.h's words. */
	for (size_t i = 0; i < CONFIG_KEYS && r == 0 && place.line && issuer; i++) {
		const char *value = profile_default(profile, config_keys[i].name);

		if (value)
			r = apply_one(&config_keys[i], value, issuer, config, &place);
	}
	return r;
}
