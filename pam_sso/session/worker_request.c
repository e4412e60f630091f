#include "worker_request.h"

#include <errno.h>
#include <string.h>

#include "config_error.h"
#include "file.h"
#include "wire.h"

enum { SECRET_FILE_MAX = 16 * 1024 };

/* A request that is being made. A value that does not fit is an error, and the first one stays. */
struct draft {
	struct record *record;
	int error;
};

static void add(struct draft *draft, const char *key, const char *value)
{
	if (value && draft->error == 0)
		draft->error = record_add(draft->record, key, value);
}

static void add_int(struct draft *draft, const char *key, int64_t value)
{
	if (draft->error == 0)
		draft->error = record_add_int(draft->record, key, value);
}

static void add_bool(struct draft *draft, const char *key, bool value)
{
	add(draft, key, value ? WIRE_YES : WIRE_NO);
}

static void add_list(struct draft *draft, const char *key, const struct strlist *list)
{
	for (size_t i = 0; i < list->n; i++)
		add(draft, key, list->items[i]);
}

/* The scopes as OAuth has them: one value, separated by spaces. */
static void add_scope(struct draft *draft, const struct strlist *scope)
{
	BUF_AUTO(joined, RECORD_LINE);

	for (size_t i = 0; i < scope->n; i++) {
		(void)buf_puts(&joined, i ? " " : "");
		(void)buf_puts(&joined, scope->items[i]);
	}
	if (buf_error(&joined) < 0 && draft->error == 0)
		draft->error = buf_error(&joined);
	add(draft, "scope", buf_str(&joined));
}

static void add_provider(struct draft *draft, const struct config *config)
{
	add(draft, "issuer", config->provider.issuer);
	add(draft, "client_id", config->provider.client_id);
	add(draft, "client_key_id", config->provider.client_key_id);
	add(draft, "client_assertion_alg", config->provider.client_assertion_alg);
	add_scope(draft, &config->provider.scope);
	add_bool(draft, "discovery", config->provider.discovery);
	add(draft, "device_authorization_endpoint", config->provider.device_authorization_endpoint);
	add(draft, "token_endpoint", config->provider.token_endpoint);
	add(draft, "jwks_uri", config->provider.jwks_uri);
	add(draft, "userinfo_endpoint", config->provider.userinfo_endpoint);
	add(draft, "revocation_endpoint", config->provider.revocation_endpoint);
}

static void add_token(struct draft *draft, const struct config *config)
{
	add_list(draft, "alg", &config->token.algs);
	add_list(draft, "audience", &config->token.audiences);
	add_int(draft, "skew", config->token.skew);
}

static void add_policy(struct draft *draft, const struct config *config)
{
	add_list(draft, "acr", &config->token.acr);
	add_list(draft, "amr", &config->token.amr);
	if (config->token.max_age != CONFIG_NO_AGE)
		add_int(draft, "max_age", config->token.max_age);
	add_list(draft, "required_claim", &config->token.required_claims);
}

static bool user_is_hint(const struct config *config)
{
	return config->user.claims.n > 0 &&
	       strcmp(config->user.claims.items[0], "preferred_username") == 0 &&
	       !config->user.match && !config->user.map_file && config->user.roles.n == 0;
}

static void add_identity(struct draft *draft, const struct config *config)
{
	add_list(draft, "claim", &config->user.claims);
	add(draft, "groups_claim", config->access.groups_claim);
	add_bool(draft, "userinfo", config->access.groups_source == GROUPS_USERINFO);
}

static void add_prompt(struct draft *draft, const struct config *config, const char *user, bool qr)
{
	add(draft, "login_hint", user_is_hint(config) ? user : NULL);
	add_bool(draft, "qr", qr);
	add_bool(draft, "complete_link", config->prompt.complete_link);
}

static void add_secret(struct draft *draft, const char *key, const struct secret *secret)
{
	if (draft->error == 0)
		draft->error = record_add_secret(draft->record, key, secret);
}

static void add_network(struct draft *draft, const struct config *config, int64_t deadline)
{
	add(draft, "ca_file", config->network.ca_file);
	add(draft, "ca_dir", config->network.ca_dir);
	add(draft, "proxy", config->network.proxy);
	add(draft, "tls_min", config->network.tls_min == TLS_1_3 ? "1.3" : "1.2");
	add_int(draft, "connect_timeout", config->network.connect_timeout);
	add_int(draft, "request_timeout", config->network.request_timeout);
	add_int(draft, "deadline", deadline);
}

/* Adds each line of TEXT, which is consumed, as a value of KEY. Empty lines are left out. */
static void add_lines(struct draft *draft, const char *key, struct buf *text)
{
	for (char *at = text->data, *next; at; at = next) {
		next = strchr(at, '\n');
		if (next)
			*next++ = '\0';
		size_t len = strlen(at);
		if (len && at[len - 1] == '\r')
			at[--len] = '\0';
		if (len)
			add(draft, key, at);
	}
}

static enum reason file_fault(int error, const char *path, struct config_error *ret_error)
{
	return config_fail(ret_error, file_reason(error), "%s: %s", path, file_error_text(error));
}

/* Adds what the file at PATH holds as KEY. A secret is one line; a key has many. */
static enum reason add_secret_file(
	struct draft *draft, const char *key, const char *path, struct config_error *ret_error)
{
	BUF_AUTO(text, SECRET_FILE_MAX);

	if (!path)
		return config_fail(ret_error, REASON_CONFIG, "no %s_file is set", key);
	int r = file_read(path, FILE_SECRET, &text);
	if (r < 0)
		return file_fault(r, path, ret_error);
	if (memchr(buf_str(&text), '\0', text.len))
		return file_fault(-EINVAL, path, ret_error);
	add_lines(draft, key, &text);
	if (draft->error == 0 && record_get(draft->record, key))
		return REASON_OK;
	if (draft->error == -ENOMEM)
		return REASON_NO_MEMORY;
	return config_fail(ret_error, REASON_CONFIG, "%s: holds no usable %s", path, key);
}

/* How the client proves who it is, and with what. */
static enum reason add_credential(
	struct draft *draft, const struct config *config, struct config_error *ret_error)
{
	static const char *const methods[] = {
		[CLIENT_AUTH_NONE] = "none",
		[CLIENT_AUTH_BASIC] = "client_secret_basic",
		[CLIENT_AUTH_POST] = "client_secret_post",
		[CLIENT_AUTH_PRIVATE_KEY] = "private_key_jwt",
	};

	add(draft, "client_auth", methods[config->provider.client_auth]);
	switch (config->provider.client_auth) {
	case CLIENT_AUTH_NONE: return REASON_OK;
	case CLIENT_AUTH_BASIC:
	case CLIENT_AUTH_POST:
		return add_secret_file(
			draft, "client_secret", config->provider.client_secret_file, ret_error);
	case CLIENT_AUTH_PRIVATE_KEY:
		return add_secret_file(
			draft, "client_key", config->provider.client_key_file, ret_error);
	}
	return REASON_INTERNAL;
}

/* What came of the draft. Takes the record over. */
static enum reason finish(struct draft *draft, struct record **ret, struct config_error *ret_error)
{
	if (draft->error == -ENOMEM)
		return REASON_NO_MEMORY;
	if (draft->error < 0)
		return config_fail(
			ret_error, REASON_CONFIG, "the configuration does not fit a request");
	*ret = draft->record;
	draft->record = NULL;
	return REASON_OK;
}

/* The same behind what every job of the client's is told. */
static enum reason finish_job(struct draft *draft, const struct config *config, int64_t deadline,
	struct record **ret, struct config_error *ret_error)
{
	add_provider(draft, config);
	add_token(draft, config);
	add_network(draft, config, deadline);
	enum reason reason = draft->error == 0 ? add_credential(draft, config, ret_error)
					       : REASON_OK;
	return reason == REASON_OK ? finish(draft, ret, ret_error) : reason;
}

static void draft_free(struct draft *draft)
{
	record_free(draft->record);
}

/* A draft that frees itself; its record may be missing, which its error says. */
#define DRAFT_AUTO(name, VOCABULARY)                                                               \
	__attribute__((cleanup(draft_free))) struct draft name = draft_begin(VOCABULARY)

static struct draft draft_begin(const struct record_key *vocabulary)
{
	struct draft draft = {.record = record_new(vocabulary)};

	if (!draft.record)
		draft.error = -ENOMEM;
	return draft;
}

enum reason worker_request_login(const struct config *config, const char *user, bool qr,
	struct record **ret, struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_request);

	add(&draft, "job", WIRE_JOB_LOGIN);
	add_policy(&draft, config);
	add_identity(&draft, config);
	add_prompt(&draft, config, user, qr);
	add_bool(&draft, "tokens", config->session.keep);
	return finish_job(&draft, config, config->prompt.deadline, ret, ret_error);
}

enum reason worker_request_refresh(const struct config *config, bool policy, struct record **ret,
	struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_request);

	add(&draft, "job", WIRE_JOB_REFRESH);
	if (policy)
		add_policy(&draft, config);
	add_identity(&draft, config);
	return finish_job(&draft, config, WORKER_REQUEST_SILENT, ret, ret_error);
}

enum reason worker_request_item(
	const struct session *session, struct record **ret, struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_item);

	add(&draft, "id", session->id);
	add_secret(&draft, "refresh_token", &session->refresh_token);
	add(&draft, "sub", session->sub);
	add_int(&draft, "auth_time", session->auth_time);
	add_int(&draft, "token_iat", session->token_iat);
	return finish(&draft, ret, ret_error);
}

enum reason worker_request_revoke(const struct config *config, const struct session *session,
	struct record **ret, struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_request);

	add(&draft, "job", WIRE_JOB_REVOKE);
	add_secret(&draft, "refresh_token", &session->refresh_token);
	return finish_job(&draft, config, WORKER_REQUEST_SILENT, ret, ret_error);
}

enum reason worker_request_userinfo(const struct config *config, const struct secret *access_token,
	struct record **ret, struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_request);

	add(&draft, "job", WIRE_JOB_USERINFO);
	add_secret(&draft, "access_token", access_token);
	add(&draft, "client_auth", "none");
	add_provider(&draft, config);
	add_token(&draft, config);
	add_network(&draft, config, WORKER_REQUEST_SILENT);
	return finish(&draft, ret, ret_error);
}
