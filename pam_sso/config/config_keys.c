#include "config_keys.h"

#include <string.h>

#include "profile.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

#define ASSERTION_ALGS WORDS("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
#define TOKEN_ALGS                                                                                 \
	WORDS("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",     \
		"EdDSA")

#define KEY(SECTION, NAME, TYPE, ...)                                                              \
	{.section = #SECTION,                                                                      \
		.name = #NAME,                                                                     \
		.type = (TYPE),                                                                    \
		.offset = offsetof(struct config, SECTION.NAME),                                   \
		__VA_ARGS__}
#define FORM(NAME)        .form = &config_form_##NAME
#define RANGE(MIN, MAX)   .min = (MIN), .max = (MAX)
#define WORD(TEXT, VALUE) .word = (TEXT), .word_value = (VALUE)
#define SERVICE(STRICT)   .service = true, .strict = STRICT_##STRICT

/*
 * What a service may have for itself is its policy: how strong and how fresh the sign-in, which
 * users and groups, which prompt, which age of an earlier sign-in. Who somebody is (the claims and
 * their mapping), how the IdP is reached and what a token must look like are one for the machine.
 */
const struct config_key config_keys[CONFIG_KEYS] = {
	KEY(provider, profile, CONFIG_WORD, .fallback = "generic", .words = profile_names),
	KEY(provider, issuer, CONFIG_STRING, .required = true, FORM(issuer)),
	KEY(provider, client_id, CONFIG_STRING, .required = true, FORM(text)),
	KEY(provider, client_auth, CONFIG_WORD, .fallback = "none",
		.words = WORDS(
			"none", "client_secret_basic", "client_secret_post", "private_key_jwt")),
	KEY(provider, client_secret_file, CONFIG_STRING, FORM(path)),
	KEY(provider, client_key_file, CONFIG_STRING, FORM(path)),
	KEY(provider, client_key_id, CONFIG_STRING, FORM(text)),
	KEY(provider, client_assertion_alg, CONFIG_STRING, .fallback = "RS256",
		.words = ASSERTION_ALGS),
	KEY(provider, scope, CONFIG_LIST, .fallback = "openid profile email", FORM(scope)),
	KEY(provider, offline_access, CONFIG_BOOL, .fallback = "no"),
	KEY(provider, discovery, CONFIG_BOOL, .fallback = "yes"),
	KEY(provider, device_authorization_endpoint, CONFIG_STRING, FORM(endpoint)),
	KEY(provider, token_endpoint, CONFIG_STRING, FORM(endpoint)),
	KEY(provider, jwks_uri, CONFIG_STRING, FORM(endpoint)),
	KEY(provider, userinfo_endpoint, CONFIG_STRING, FORM(endpoint)),
	KEY(provider, revocation_endpoint, CONFIG_STRING, FORM(endpoint)),
	KEY(provider, flow, CONFIG_WORD, .fallback = "device",
		.words = WORDS("device", "auto", "code"), SERVICE(MAX)),
	KEY(provider, redirect_uri, CONFIG_STRING, FORM(redirect)),
	KEY(provider, authorization_endpoint, CONFIG_STRING, FORM(endpoint)),
	KEY(provider, pushed_authorization_request_endpoint, CONFIG_STRING, FORM(endpoint)),
	KEY(provider, pushed, CONFIG_WORD, .fallback = "auto",
		.words = WORDS("auto", "always", "never")),
	KEY(provider, authorization_prompt, CONFIG_STRING,
		.words = WORDS("login", "consent", "select_account")),
	KEY(provider, authorization_parameters, CONFIG_LIST, FORM(parameter)),
	KEY(provider, device_pkce, CONFIG_BOOL, .fallback = "no"),
	KEY(provider, verification_url, CONFIG_BOOL, .fallback = "no"),

	KEY(token, algs, CONFIG_LIST,
		.fallback = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA",
		.words = TOKEN_ALGS),
	KEY(token, audiences, CONFIG_LIST, FORM(text)),
	KEY(token, skew, CONFIG_DURATION, .fallback = "60s", RANGE(0, 300)),
	KEY(token, acr, CONFIG_LIST, FORM(text), SERVICE(INTERSECT)),
	KEY(token, amr, CONFIG_LIST, FORM(text), SERVICE(UNION)),
	KEY(token, max_age, CONFIG_DURATION, .fallback = "none", WORD("none", CONFIG_NO_AGE),
		RANGE(0, INT64_C(365) * 86400), SERVICE(MIN)),
	KEY(token, required_claims, CONFIG_LIST, FORM(claim_value), SERVICE(UNION)),

	KEY(user, claims, CONFIG_LIST, .fallback = "preferred_username", FORM(claim)),
	KEY(user, match, CONFIG_STRING),
	KEY(user, template, CONFIG_STRING, FORM(text)),
	KEY(user, casefold, CONFIG_WORD, .fallback = "none", .words = WORDS("none", "ascii")),
	KEY(user, map_file, CONFIG_STRING, FORM(path)),
	KEY(user, map_only, CONFIG_BOOL, .fallback = "yes"),
	KEY(user, min_uid, CONFIG_NUMBER, .fallback = "1000", RANGE(0, UINT32_MAX), SERVICE(MAX)),
	KEY(user, system_users, CONFIG_LIST, FORM(user), SERVICE(GRANT)),
	KEY(user, roles, CONFIG_LIST, FORM(role), SERVICE(GRANT)),

	KEY(access, allow_users, CONFIG_LIST, FORM(user), SERVICE(INTERSECT)),
	KEY(access, deny_users, CONFIG_LIST, FORM(user), SERVICE(UNION)),
	KEY(access, allow_groups, CONFIG_LIST, FORM(group), SERVICE(INTERSECT)),
	KEY(access, deny_groups, CONFIG_LIST, FORM(group), SERVICE(UNION)),
	KEY(access, groups_claim, CONFIG_STRING, .fallback = "groups", FORM(claim)),
	KEY(access, groups_source, CONFIG_WORD, .fallback = "id_token",
		.words = WORDS("id_token", "userinfo")),
	KEY(access, require, CONFIG_WORD, .fallback = "none", .words = WORDS("none", "publickey"),
		SERVICE(MAX)),
	KEY(access, ignore_users, CONFIG_LIST, FORM(user), SERVICE(GRANT)),
	KEY(access, ignore_services, CONFIG_LIST, FORM(service)),

	KEY(prompt, language, CONFIG_WORD, .fallback = "auto", .words = language_names,
		SERVICE(NONE)),
	KEY(prompt, show, CONFIG_WORD, .fallback = "auto", .words = WORDS("auto", "prompt", "text"),
		SERVICE(NONE)),
	KEY(prompt, qr, CONFIG_WORD, .fallback = "auto", .words = WORDS("auto", "always", "never"),
		SERVICE(NONE)),
	KEY(prompt, complete_link, CONFIG_BOOL, .fallback = "yes", SERVICE(MIN)),
	KEY(prompt, loopback, CONFIG_WORD, .fallback = "auto", .words = WORDS("auto", "no", "yes"),
		SERVICE(NONE)),
	KEY(prompt, deadline, CONFIG_DURATION, .fallback = "110s", RANGE(10, 600), SERVICE(MIN)),

	KEY(network, ca_file, CONFIG_STRING, FORM(path)),
	KEY(network, ca_dir, CONFIG_STRING, FORM(path)),
	KEY(network, proxy, CONFIG_STRING, FORM(proxy)),
	KEY(network, tls_min, CONFIG_WORD, .fallback = "1.2", .words = WORDS("1.2", "1.3")),
	KEY(network, connect_timeout, CONFIG_DURATION, .fallback = "10s", RANGE(1, 120)),
	KEY(network, request_timeout, CONFIG_DURATION, .fallback = "20s", RANGE(1, 300)),
	KEY(network, worker, CONFIG_STRING, .fallback = PAM_SSO_WORKER, FORM(path)),
	KEY(network, worker_user, CONFIG_STRING, .fallback = "pam_sso", FORM(user)),

	KEY(limits, pending_user, CONFIG_NUMBER, .fallback = "10", RANGE(0, 1000)),
	KEY(limits, pending_address, CONFIG_NUMBER, .fallback = "20", RANGE(0, 1000)),
	KEY(limits, pending_total, CONFIG_NUMBER, .fallback = "200", RANGE(0, 1000)),
	KEY(limits, rate_user, CONFIG_NUMBER, .fallback = "20", RANGE(0, 1000)),
	KEY(limits, rate_address, CONFIG_NUMBER, .fallback = "60", RANGE(0, 1000)),
	KEY(limits, rate_total, CONFIG_NUMBER, .fallback = "600", RANGE(0, 1000)),
	KEY(limits, rate_window, CONFIG_DURATION, .fallback = "1m", RANGE(10, 3600)),
	KEY(limits, limits_directory, CONFIG_STRING, .fallback = "/run/pam_sso_limits",
		FORM(directory)),

	KEY(log, log_format, CONFIG_WORD, .fallback = "text", .words = WORDS("text", "json")),
	KEY(log, audit, CONFIG_BOOL, .fallback = "yes"),
	KEY(log, stats, CONFIG_BOOL, .fallback = "no"),
	KEY(log, stats_directory, CONFIG_STRING, .fallback = "/run/pam_sso_stats", FORM(directory)),

	KEY(session, keep, CONFIG_BOOL, .fallback = "no"),
	KEY(session, lifetime, CONFIG_DURATION, .fallback = "12h", RANGE(300, 30 * 86400)),
	KEY(session, directory, CONFIG_STRING, .fallback = "/run/pam_sso", FORM(directory)),
	KEY(session, refresh, CONFIG_DURATION, .fallback = "5m", RANGE(60, 86400)),
	KEY(session, on_revoked, CONFIG_WORD, .fallback = "drop",
		.words = WORDS("drop", "terminate")),
	KEY(session, reuse, CONFIG_DURATION, .fallback = "off", WORD("off", CONFIG_REUSE_OFF),
		RANGE(1, 30 * 86400), SERVICE(MIN)),
	KEY(session, bind, CONFIG_WORD, .fallback = "login", .words = WORDS("login", "ssh-key"),
		SERVICE(MIN)),
	KEY(session, verify, CONFIG_WORD, .fallback = "always", .words = WORDS("always", "cached"),
		SERVICE(MIN)),
	KEY(session, recheck, CONFIG_DURATION, .fallback = "1m", RANGE(1, 3600), SERVICE(MIN)),
	KEY(session, account, CONFIG_WORD, .fallback = "session", .words = WORDS("session", "any"),
		SERVICE(MAX)),
	KEY(session, close_session, CONFIG_WORD, .fallback = "keep",
		.words = WORDS("keep", "revoke")),
	KEY(session, access_token_file, CONFIG_BOOL, .fallback = "no"),
	KEY(session, token_directory, CONFIG_STRING, .fallback = "/run/pam_sso_tokens",
		FORM(directory)),
	KEY(session, store, CONFIG_WORD, .fallback = "file", .words = WORDS("file", "redis")),
	KEY(session, store_url, CONFIG_STRING, FORM(store_url)),
	KEY(session, store_user, CONFIG_STRING, FORM(text)),
	KEY(session, store_password_file, CONFIG_STRING, FORM(path)),
	KEY(session, store_ca_file, CONFIG_STRING, FORM(path)),
	KEY(session, store_key_file, CONFIG_STRING, FORM(path)),
	KEY(session, store_timeout, CONFIG_DURATION, .fallback = "2s", RANGE(1, 10)),
	KEY(session, store_program, CONFIG_STRING, .fallback = PAM_SSO_STORE, FORM(path)),
};

const struct config_key *config_key_find(const char *name)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (strcmp(config_keys[i].name, name) == 0)
			return &config_keys[i];
	return NULL;
}

const struct config_key *config_section_find(const char *section)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (strcmp(config_keys[i].section, section) == 0)
			return &config_keys[i];
	return NULL;
}

size_t config_key_index(const struct config_key *key)
{
	return (size_t)(key - config_keys);
}
