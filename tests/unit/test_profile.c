/*
 * Profiles: what a file means for a key where it names one, and what it need not say then.
 * Run from the top of the tree: the last test reads docs/idp.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "config.h"
#include "config_keys.h"
#include "config_value.h"
#include "count.h"
#include "profile.h"
#include "shown.h"

#define ISSUER "issuer = https://idp.example.com/a\n"
#define CLIENT "client_id = host\n"
#define SECRET "client_secret_file = /etc/secret\n"

/* A file with the profile in line 2. */
#define OF(PROFILE)    "[provider]\nprofile = " PROFILE "\n"
#define PLAIN(PROFILE) OF(PROFILE) ISSUER CLIENT
#define GOOGLE         OF("google") CLIENT SECRET

static const struct {
	const char *text;
	const char *key;
	const char *value;
} rows[] = {
	/* each default of each profile */
	{PLAIN("keycloak"), "device_pkce", "yes"},
	{PLAIN("entra"), "scope", "openid|profile"},
	{PLAIN("entra"), "offline_access", "yes"},
	{GOOGLE, "issuer", "https://accounts.google.com"},
	{GOOGLE, "client_auth", "client_secret_post"},
	{GOOGLE, "authorization_parameters", "access_type=offline"},
	{GOOGLE, "verification_url", "yes"},
	{GOOGLE, "claims", "email"},
	{PLAIN("okta"), "offline_access", "yes"},
	{PLAIN("auth0"), "offline_access", "yes"},
	{PLAIN("auth0"), "claims", "email"},
	{PLAIN("authentik"), "offline_access", "yes"},
	{PLAIN("authelia"), "scope", "openid|profile|email|groups"},
	{PLAIN("authelia"), "offline_access", "yes"},
	{PLAIN("authelia"), "groups_source", "userinfo"},
	{PLAIN("zitadel"), "offline_access", "yes"},
	{PLAIN("zitadel"), "groups_claim", "urn:zitadel:iam:org:project:roles"},
	{PLAIN("zitadel"), "groups_source", "userinfo"},
	{PLAIN("dex"), "scope", "openid|profile|email|groups"},
	{PLAIN("dex"), "offline_access", "yes"},
	{PLAIN("gitlab"), "device_authorization_endpoint",
		"https://idp.example.com/a/oauth/authorize_device"},
	{PLAIN("gitlab"), "groups_source", "userinfo"},

	/* an issuer with a slash at its end */
	{OF("gitlab") CLIENT "issuer = https://gitlab.example.com/\n",
		"device_authorization_endpoint",
		"https://gitlab.example.com/oauth/authorize_device"},

	/* what a profile does not say is as without one, and generic says nothing */
	{PLAIN("gitlab"), "scope", "openid|profile|email"},
	{PLAIN("gitlab"), "offline_access", "no"},
	{PLAIN("keycloak"), "offline_access", "no"},
	{PLAIN("entra"), "device_pkce", "no"},
	{PLAIN("generic"), "scope", "openid|profile|email"},
	{PLAIN("generic"), "verification_url", "no"},
	{PLAIN("generic"), "device_authorization_endpoint", ""},

	/* what the file says counts instead, and replaces a list */
	{PLAIN("dex") "scope = openid\n", "scope", "openid"},
	{PLAIN("gitlab") "device_authorization_endpoint = https://a.example/d\n",
		"device_authorization_endpoint", "https://a.example/d"},
	{PLAIN("okta") "offline_access = no\n", "offline_access", "no"},
	{PLAIN("keycloak") "device_pkce = no\n", "device_pkce", "no"},
	{GOOGLE "verification_url = no\n", "verification_url", "no"},
	{GOOGLE "flow = code\nredirect_uri = http://127.0.0.1/sso\n"
		"authorization_parameters = hl=de\n",
		"authorization_parameters", "hl=de"},
	{GOOGLE "issuer = https://a.example\n", "issuer", "https://a.example"},
	{OF("google") CLIENT "client_auth = none\n", "client_auth", "none"},
	{PLAIN("zitadel") "[access]\ngroups_source = id_token\n", "groups_source", "id_token"},
	{PLAIN("generic") "verification_url = yes\n", "verification_url", "yes"},

	/* wherever the profile stands */
	{"[access]\ngroups_claim = roles\n[provider]\n" ISSUER CLIENT "profile = zitadel\n",
		"groups_claim", "roles"},
	{"[provider]\n" ISSUER CLIENT "profile = zitadel\n", "groups_claim",
		"urn:zitadel:iam:org:project:roles"},

	/* what is required is said by the profile, too */
	{PLAIN("gitlab") "discovery = no\ntoken_endpoint = https://a.example/t\n"
			 "jwks_uri = https://a.example/k\nuserinfo_endpoint = "
			 "https://a.example/u\n",
		"discovery", "no"},
};

static void a_file_means(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text = rows[i].text;
		CONFIG_AUTO(config);
		BUF_AUTO(value, 4096);
		struct config_error error;

		if (config_parse(text, strlen(text), "conf", "sshd", &config, &error) < 0)
			fail_msg("%s\n%s", error.text, text);
		show(config_key_find(rows[i].key), &config, &value);
		if (strcmp(buf_str(&value), rows[i].value) != 0)
			fail_msg("%s is %s, not %s:\n%s", rows[i].key, buf_str(&value),
				rows[i].value, text);
	}
}

static const struct {
	const char *text;
	const char *error;
} wrong[] = {
	{PLAIN("adfs"), "conf:2: profile must be one of generic, keycloak, entra, google, okta, "
			"auth0, authentik, authelia, zitadel, dex, gitlab"},
	{PLAIN("Okta"), "conf:2: profile must be one of "},
	{PLAIN("okta") "[service su]\nprofile = okta\n", "conf:6: profile is one for all services"},
	/* a mistake in what the profile set shows where it was set */
	{OF("google") CLIENT, "conf:2: client_auth = client_secret_post needs client_secret_file"},
	{OF("google") CLIENT "client_auth = client_secret_basic\n",
		"conf:4: client_auth = client_secret_basic needs client_secret_file"},
	/* one profile has its issuer, the others do not, and none has a client */
	{OF("entra") CLIENT, "conf: [provider] must have issuer"},
	{OF("gitlab") CLIENT, "conf: [provider] must have issuer"},
	{OF("google") SECRET, "conf: [provider] must have client_id"},
	/* the profile's own is no slip, the file's is */
	{PLAIN("entra") "offline_access = yes\n",
		"conf:5: offline_access means nothing without keep = yes"},
	{PLAIN("entra") SECRET, "conf:5: client_secret_file means nothing without client_auth"},
};

static void what_is_wrong_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *text = wrong[i].text;
		CONFIG_AUTO(config);
		struct config_error error;
		int r = config_parse(text, strlen(text), "conf", "sshd", &config, &error);

		if (r != -EINVAL || strncmp(error.text, wrong[i].error, strlen(wrong[i].error)))
			fail_msg("%d: %s\nfor %s", r, error.text, text);
	}
}

/* The longest issuer makes an endpoint that is too long: said, not cut. */
static void an_endpoint_behind_a_long_issuer(void **state)
{
	CONFIG_AUTO(config);
	BUF_AUTO(text, 4096);
	struct config_layer general = {.values.provider.profile = PROFILE_GITLAB};
	struct config_error error = {0};

	(void)state;
	buf_puts(&text, "https://");
	while (text.len < CONFIG_URL_MAX)
		buf_puts(&text, "a");
	general.lines[config_key_index(config_key_find("profile"))] = 7;
	general.values.provider.issuer = text.data;
	assert_int_equal(profile_apply(&general, &config, "conf", &error), -EINVAL);
	assert_memory_equal(error.text, "conf:7: device_authorization_endpoint must be",
		strlen("conf:7: device_authorization_endpoint must be"));
}

/* So that a new one is not forgotten. */
static void every_default_is_tested(void **state)
{
	(void)state;
	for (unsigned int profile = 0; profile_names[profile]; profile++)
		for (size_t i = 0; i < CONFIG_KEYS; i++) {
			char said[64];
			bool found = !profile_default((enum profile)profile, config_keys[i].name);

			snprintf(said, sizeof(said), "profile = %s\n", profile_names[profile]);
			for (size_t row = 0; row < COUNT(rows) && !found; row++)
				found = strcmp(rows[row].key, config_keys[i].name) == 0 &&
					strstr(rows[row].text, said);
			if (!found)
				fail_msg("no row for %s's %s", profile_names[profile],
					config_keys[i].name);
		}
}

/* docs/idp/NAME.md. */
static void read_page(const char *name, struct buf *text)
{
	char path[64];
	char bytes[4096];
	size_t n = 0;

	snprintf(path, sizeof(path), "docs/idp/%s.md", name);
	FILE *file = fopen(path, "r");
	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		buf_add(text, bytes, n);
	fclose(file);
	assert_int_equal(buf_error(text), 0);
}

/* The configuration of a page. */
static struct config page_config(const char *name, const char *page)
{
	static const char opening[] = "```ini\n";
	struct config config = {0};
	struct config_error error;
	const char *begin = strstr(page, opening);

	assert_non_null(begin);
	begin += strlen(opening);
	const char *end = strstr(begin, "```");
	assert_non_null(end);
	if (config_parse(begin, (size_t)(end - begin), name, "sshd", &config, &error) < 0)
		fail_msg("%s", error.text);
	return config;
}

/* A `key = value` in the text of a page: there is such a key, and it takes that. */
static void check_said(const char *name, const char *said, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	size_t key_len = strspn(said, letters);
	CONFIG_AUTO(config);
	struct config_error error = {0};
	const struct config_place place = {.file = name, .error = &error};
	char key[64], value[256];

	if (key_len == 0 || key_len + 3 >= len || strncmp(said + key_len, " = ", 3) != 0)
		return;
	snprintf(key, sizeof(key), "%.*s", (int)key_len, said);
	snprintf(value, sizeof(value), "%.*s", (int)(len - key_len - 3), said + key_len + 3);
	if (!config_key_find(key))
		fail_msg("%s.md: no key %s", name, key);
	if (config_value_read(config_key_find(key), value, &config, &place) < 0)
		fail_msg("%s.md: %s", name, error.text);
}

static void check_text(const char *name, const char *page)
{
	const char *end = NULL;

	for (const char *at = strchr(page, '`'); at; at = strchr(end + 1, '`')) {
		end = strchr(at + 1, '`');
		if (!end)
			return;
		check_said(name, at + 1, (size_t)(end - at - 1));
	}
}

/* Each page has a configuration of its profile that is read as it stands, and names each key that the
 * profile sets. */
static void every_profile_has_a_page(void **state)
{
	(void)state;
	for (unsigned int profile = 0; profile_names[profile]; profile++) {
		BUF_AUTO(page, CONFIG_MAX);
		CONFIG_AUTO(config);

		read_page(profile_names[profile], &page);
		config = page_config(profile_names[profile], buf_str(&page));
		assert_int_equal(config.provider.profile, profile);
		check_text(profile_names[profile], buf_str(&page));
		const char *said = strstr(buf_str(&page), "The profile sets ");
		for (size_t i = 0; i < CONFIG_KEYS; i++)
			if (profile_default((enum profile)profile, config_keys[i].name) &&
				!(said && strstr(said, config_keys[i].name)))
				fail_msg("%s.md: no %s", profile_names[profile],
					config_keys[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_means),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(an_endpoint_behind_a_long_issuer),
		cmocka_unit_test(every_default_is_tested),
		cmocka_unit_test(every_profile_has_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
