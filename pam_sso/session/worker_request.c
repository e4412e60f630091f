#include "worker_request.h"

#include <errno.h>
#include <string.h>

#include "config_error.h"
#include "draft.h"
#include "escape.h"
#include "wire.h"

enum { LABEL_MAX = 4096 };

static const char offline_access[] = "offline_access";

/* The scopes as OAuth has them: one value, separated by spaces. The one for refresh tokens (OpenID
 * Connect Core section 11) is asked for where they are kept. */
static void add_scope(struct draft *draft, const struct config *config)
{
	const struct strlist *scope = &config->provider.scope;
	BUF_AUTO(joined, RECORD_LINE);

	for (size_t i = 0; i < scope->n; i++) {
		(void)buf_puts(&joined, i ? " " : "");
		(void)buf_puts(&joined, scope->items[i]);
	}
	if (config->provider.offline_access && config->session.keep &&
		!strlist_has(scope, offline_access))
		(void)buf_printf(&joined, " %s", offline_access);
	if (buf_error(&joined) < 0 && draft->error == 0)
		draft->error = buf_error(&joined);
	draft_add(draft, "scope", buf_str(&joined));
}

static void add_provider(struct draft *draft, const struct config *config)
{
	draft_add(draft, "issuer", config->provider.issuer);
	draft_add(draft, "client_id", config->provider.client_id);
	draft_add(draft, "client_key_id", config->provider.client_key_id);
	draft_add(draft, "client_assertion_alg", config->provider.client_assertion_alg);
	add_scope(draft, config);
	draft_add_bool(draft, "discovery", config->provider.discovery);
	draft_add(draft, "device_authorization_endpoint",
		config->provider.device_authorization_endpoint);
	draft_add(draft, "token_endpoint", config->provider.token_endpoint);
	draft_add(draft, "jwks_uri", config->provider.jwks_uri);
	draft_add(draft, "userinfo_endpoint", config->provider.userinfo_endpoint);
	draft_add(draft, "revocation_endpoint", config->provider.revocation_endpoint);
}

static void add_token(struct draft *draft, const struct config *config)
{
	draft_add_list(draft, "alg", &config->token.algs);
	draft_add_list(draft, "audience", &config->token.audiences);
	draft_add_int(draft, "skew", config->token.skew);
}

static void add_policy(struct draft *draft, const struct config *config)
{
	draft_add_list(draft, "acr", &config->token.acr);
	draft_add_list(draft, "amr", &config->token.amr);
	if (config->token.max_age != CONFIG_NO_AGE)
		draft_add_int(draft, "max_age", config->token.max_age);
	draft_add_list(draft, "required_claim", &config->token.required_claims);
}

static bool user_is_hint(const struct config *config)
{
	return config->user.claims.n > 0 &&
	       strcmp(config->user.claims.items[0], "preferred_username") == 0 &&
	       !config->user.match && !config->user.map_file && config->user.roles.n == 0;
}

static void add_identity(struct draft *draft, const struct config *config)
{
	draft_add_list(draft, "claim", &config->user.claims);
	draft_add(draft, "groups_claim", config->access.groups_claim);
	draft_add_bool(draft, "userinfo", config->access.groups_source == GROUPS_USERINFO);
}

static void add_prompt(struct draft *draft, const struct config *config,
	const struct worker_request_person *person)
{
	draft_add(draft, "login_hint", user_is_hint(config) ? person->user : NULL);
	draft_add_bool(draft, "qr", person->qr);
	draft_add_bool(draft, "complete_link", config->prompt.complete_link);
}

static bool may_listen(const struct config *config, const struct worker_request_person *person)
{
	if (person->sshd ||
		strncmp(config->provider.redirect_uri, "http://", strlen("http://")) != 0)
		return false;
	switch (config->prompt.loopback) {
	case LOOPBACK_YES: return true;
	case LOOPBACK_AUTO: return person->local;
	case LOOPBACK_NO: break;
	}
	return false;
}

/* For whom the sign-in is, escaped: a page shows it. */
static void add_label(struct draft *draft, const struct worker_request_person *person)
{
	BUF_AUTO(label, LABEL_MAX);

	(void)escape_add(&label, person->user);
	(void)buf_puts(&label, "@");
	(void)escape_add(&label, person->host);
	(void)buf_puts(&label, " (");
	(void)escape_add(&label, person->service);
	(void)buf_puts(&label, ")");
	if (buf_error(&label) < 0 && draft->error == 0)
		draft->error = buf_error(&label);
	draft_add(draft, "label", buf_str(&label));
}

static void add_flow(struct draft *draft, const struct config *config,
	const struct worker_request_person *person)
{
	static const char *const flows[] = {
		[FLOW_DEVICE] = WIRE_FLOW_DEVICE,
		[FLOW_AUTO] = WIRE_FLOW_AUTO,
		[FLOW_CODE] = WIRE_FLOW_CODE,
	};
	static const char *const pushed[] = {
		[PUSHED_AUTO] = "auto",
		[PUSHED_ALWAYS] = "always",
		[PUSHED_NEVER] = "never",
	};

	draft_add(draft, "flow", flows[config->provider.flow]);
	draft_add_bool(draft, "device_pkce", config->provider.device_pkce);
	draft_add_bool(draft, "verification_url", config->provider.verification_url);
	if (config->provider.flow == FLOW_DEVICE)
		return;
	draft_add(draft, "redirect_uri", config->provider.redirect_uri);
	draft_add(draft, "authorization_endpoint", config->provider.authorization_endpoint);
	draft_add(draft, "pushed_authorization_request_endpoint",
		config->provider.pushed_authorization_request_endpoint);
	draft_add(draft, "pushed", pushed[config->provider.pushed]);
	draft_add(draft, "authorization_prompt", config->provider.authorization_prompt);
	draft_add_list(
		draft, "authorization_parameter", &config->provider.authorization_parameters);
	add_label(draft, person);
	draft_add_bool(draft, "loopback", may_listen(config, person));
	if (!may_listen(config, person))
		return;
	draft_add_int(draft, "loopback_uid", person->browser);
	if (person->language != LANGUAGE_AUTO)
		draft_add(draft, "language", language_names[person->language]);
}

static void add_network(struct draft *draft, const struct config *config, int64_t deadline)
{
	draft_add(draft, "ca_file", config->network.ca_file);
	draft_add(draft, "ca_dir", config->network.ca_dir);
	draft_add(draft, "proxy", config->network.proxy);
	draft_add(draft, "tls_min", config->network.tls_min == TLS_1_3 ? "1.3" : "1.2");
	draft_add_int(draft, "connect_timeout", config->network.connect_timeout);
	draft_add_int(draft, "request_timeout", config->network.request_timeout);
	draft_add_int(draft, "deadline", deadline);
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

	draft_add(draft, "client_auth", methods[config->provider.client_auth]);
	switch (config->provider.client_auth) {
	case CLIENT_AUTH_NONE: return REASON_OK;
	case CLIENT_AUTH_BASIC:
	case CLIENT_AUTH_POST:
		return draft_add_secret_file(
			draft, "client_secret", config->provider.client_secret_file, ret_error);
	case CLIENT_AUTH_PRIVATE_KEY:
		return draft_add_secret_file(
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

enum reason worker_request_login(const struct config *config,
	const struct worker_request_person *person, struct record **ret,
	struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_request);

	draft_add(&draft, "job", WIRE_JOB_LOGIN);
	add_policy(&draft, config);
	add_identity(&draft, config);
	add_flow(&draft, config, person);
	add_prompt(&draft, config, person);
	draft_add_bool(&draft, "tokens", config->session.keep && !person->whole);
	draft_add_bool(&draft, "whole", person->whole);
	return finish_job(&draft, config, config->prompt.deadline, ret, ret_error);
}

enum reason worker_request_refresh(const struct config *config, bool policy, struct record **ret,
	struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_request);

	draft_add(&draft, "job", WIRE_JOB_REFRESH);
	if (policy)
		add_policy(&draft, config);
	add_identity(&draft, config);
	return finish_job(&draft, config, WORKER_REQUEST_SILENT, ret, ret_error);
}

enum reason worker_request_item(
	const struct session *session, struct record **ret, struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_item);

	draft_add(&draft, "id", session->id);
	draft_add_secret(&draft, "refresh_token", &session->refresh_token);
	draft_add(&draft, "sub", session->sub);
	draft_add_int(&draft, "auth_time", session->auth_time);
	draft_add_int(&draft, "token_iat", session->token_iat);
	return finish(&draft, ret, ret_error);
}

enum reason worker_request_revoke(const struct config *config, const struct session *session,
	struct record **ret, struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_request);

	draft_add(&draft, "job", WIRE_JOB_REVOKE);
	draft_add_secret(&draft, "refresh_token", &session->refresh_token);
	return finish_job(&draft, config, WORKER_REQUEST_SILENT, ret, ret_error);
}

enum reason worker_request_explain(const struct config *config, const char *document,
	struct record **ret, struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_request);

	draft_add(&draft, "job", WIRE_JOB_EXPLAIN);
	draft_add(&draft, "document", document);
	draft_add(&draft, "client_auth", "none");
	add_provider(&draft, config);
	add_token(&draft, config);
	add_policy(&draft, config);
	add_identity(&draft, config);
	add_network(&draft, config, WORKER_REQUEST_SILENT);
	return finish(&draft, ret, ret_error);
}

enum reason worker_request_probe(
	const struct config *config, struct record **ret, struct config_error *ret_error)
{
	/* Nobody: nothing listens for an answer. */
	const struct worker_request_person person = {
		.user = "", .service = "check", .host = "", .sshd = true};
	DRAFT_AUTO(draft, wire_request);

	draft_add(&draft, "job", WIRE_JOB_PROBE);
	add_identity(&draft, config);
	add_flow(&draft, config, &person);
	return finish_job(&draft, config, WORKER_REQUEST_SILENT, ret, ret_error);
}

enum reason worker_request_userinfo(const struct config *config, const struct secret *access_token,
	struct record **ret, struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_request);

	draft_add(&draft, "job", WIRE_JOB_USERINFO);
	draft_add_secret(&draft, "access_token", access_token);
	draft_add(&draft, "client_auth", "none");
	add_provider(&draft, config);
	add_token(&draft, config);
	add_network(&draft, config, WORKER_REQUEST_SILENT);
	return finish(&draft, ret, ret_error);
}
