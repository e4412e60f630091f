#include "idp.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "b64url.h"
#include "clock.h"
#include "count.h"
#include "detail.h"
#include "form.h"
#include "revocation.h"
#include "url.h"
#include "userinfo.h"

enum {
	FORM_MAX = 64 * 1024,
	JTI_BYTES = 16,
};

static const char grant_device[] = "urn:ietf:params:oauth:grant-type:device_code";

/* Names of requests that are begun in one place and read in another. */
static const char refresh[] = "refresh";
static const char userinfo[] = "userinfo";

/* From here on the detail is about this request. */
static void begin(struct idp *idp, const char *name)
{
	size_t size = sizeof(idp->detail);

	detail_set(idp->detail, size, name);
	detail_add(idp->detail, size, ": ");
	idp->detail_rest = idp->detail + strlen(idp->detail);
	idp->detail_room = size - strlen(idp->detail);
}

static enum reason fail(struct idp *idp, enum reason reason, const char *text)
{
	detail_set(idp->detail_rest, idp->detail_room, text);
	return reason;
}

static enum reason replied(struct idp *idp, enum reason reason, const struct http_reply *reply)
{
	idp->retry_after = reason == REASON_OK ? reply->retry_after : -1;
	return reason;
}

static enum reason fetch(struct idp *idp, struct http_request *request, struct http_reply *ret)
{
	request->deadline_ms = idp->deadline_ms;
	enum reason reason = http_send(idp->http, request, ret, idp->detail_rest, idp->detail_room);
	return replied(idp, reason, ret);
}

/* The same in two steps, for OWNER. */
static enum reason ask(
	struct idp *idp, struct http_request *request, void *owner, struct http_exchange **ret)
{
	request->deadline_ms = idp->deadline_ms;
	return http_begin(idp->http, request, owner, ret, idp->detail_rest, idp->detail_room);
}

static enum reason hear(struct idp *idp, struct http_exchange *exchange, struct http_reply *ret)
{
	enum reason reason = http_end(idp->http, exchange, ret, idp->detail_rest, idp->detail_room);

	return replied(idp, reason, ret);
}

/* What is configured stands before what discovery says. */
static enum reason configured_endpoints(struct idp *idp)
{
	const struct {
		char **endpoint;
		const char *configured;
	} rows[] = {
		{&idp->endpoints->device_authorization_endpoint,
			idp->request->device_authorization_endpoint},
		{&idp->endpoints->token_endpoint, idp->request->token_endpoint},
		{&idp->endpoints->jwks_uri, idp->request->jwks_uri},
		{&idp->endpoints->userinfo_endpoint, idp->request->userinfo_endpoint},
		{&idp->endpoints->revocation_endpoint, idp->request->revocation_endpoint},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!rows[i].configured)
			continue;
		*rows[i].endpoint = strdup(rows[i].configured);
		if (!*rows[i].endpoint)
			return fail(idp, REASON_NO_MEMORY, "out of memory");
	}
	return REASON_OK;
}

static const struct endpoint {
	size_t offset; /* in struct metadata */
	const char *text;
	unsigned int bit;
	enum reason without;
} endpoints[] = {
	{offsetof(struct metadata, device_authorization_endpoint),
		"no device_authorization_endpoint", IDP_DEVICE_AUTHORIZATION,
		REASON_NO_DEVICE_FLOW},
	{offsetof(struct metadata, token_endpoint), "no token_endpoint", IDP_TOKEN,
		REASON_DISCOVERY},
	{offsetof(struct metadata, jwks_uri), "no jwks_uri", IDP_KEYS, REASON_DISCOVERY},
	{offsetof(struct metadata, userinfo_endpoint), "no userinfo_endpoint", IDP_USERINFO,
		REASON_DISCOVERY},
	{offsetof(struct metadata, revocation_endpoint), "no revocation_endpoint", IDP_REVOCATION,
		REASON_DISCOVERY},
};

/* The first of NEEDED that is not known, or NULL. */
static const struct endpoint *missing_endpoint(const struct idp *idp, unsigned int needed)
{
	const char *known = (const char *)idp->endpoints;

	for (size_t i = 0; i < COUNT(endpoints); i++)
		if (needed & endpoints[i].bit && !*(char *const *)(known + endpoints[i].offset))
			return &endpoints[i];
	return NULL;
}

static enum reason fetch_metadata(struct idp *idp)
{
	HTTP_REPLY_AUTO(reply);

	char *url = metadata_url(idp->request->issuer);
	if (!url)
		return fail(idp, REASON_NO_MEMORY, "out of memory");
	struct http_request request = {.url = url, .max = METADATA_MAX};
	enum reason reason = fetch(idp, &request, &reply);
	free(url);
	if (reason != REASON_OK)
		return reason;
	if (reply.status != 200)
		return fail(idp, REASON_DISCOVERY, "its status is not 200");
	return metadata_parse(buf_str(&reply.body), reply.body.len, idp->request->issuer,
		idp->endpoints, idp->detail_rest, idp->detail_room);
}

enum reason idp_discover(struct idp *idp, unsigned int needed)
{
	begin(idp, "discovery");
	enum reason reason = configured_endpoints(idp);

	if (reason == REASON_OK && idp->request->discovery && missing_endpoint(idp, needed))
		reason = fetch_metadata(idp);
	if (reason != REASON_OK)
		return reason;
	const struct endpoint *missing = missing_endpoint(idp, needed);
	return missing ? fail(idp, missing->without, missing->text) : REASON_OK;
}

/* Unique and not to be guessed: RFC 7523 section 3, `jti`. */
static int make_jti(struct buf *out)
{
	unsigned char bytes[JTI_BYTES];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -EIO;
	return b64url_encode(bytes, sizeof(bytes), out);
}

/* What the IdP may repeat, and the log must not have. */
static enum reason remember(struct idp *idp, const struct secret *const *secrets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (redact_know(&idp->secrets, secrets[i]) < 0)
			return fail(idp, REASON_NO_MEMORY, "out of memory");
	return REASON_OK;
}

/* Says in FORM, or in *BASIC, who the registered client is. An assertion is for the token endpoint,
 * wherever it is sent (OpenID Connect Core section 9). */
static enum reason authenticate(struct idp *idp, struct buf *form, struct secret *basic)
{
	BUF_AUTO(jti, 4 * JTI_BYTES);

	if (make_jti(&jti) < 0)
		return fail(idp, REASON_INTERNAL, "no random numbers");
	enum reason reason = client_authenticate(&idp->request->client,
		idp->endpoints->token_endpoint, clock_wall_s(), buf_str(&jti), form, basic);
	if (reason != REASON_OK)
		return fail(idp, reason, "the client cannot authenticate with its key or secret");
	if (buf_error(form) < 0)
		return fail(idp, REASON_CONFIG, "the form is too long");
	const struct secret *sent[] = {&idp->request->client.secret, basic};
	return remember(idp, sent, COUNT(sent));
}

/* Posts FORM as the registered client. */
static enum reason post(
	struct idp *idp, struct http_request request, struct buf *form, struct http_reply *ret)
{
	SECRET_AUTO(basic);

	enum reason reason = authenticate(idp, form, &basic);
	if (reason != REASON_OK)
		return reason;
	request.form = form;
	request.basic = &basic;
	return fetch(idp, &request, ret);
}

/* What is required of the ID token is asked for. */
static void add_requirements(const struct request *request, struct buf *form)
{
	BUF_AUTO(acr, FORM_MAX);
	BUF_AUTO(age, 32);

	for (size_t i = 0; i < request->acr.n; i++)
		buf_printf(&acr, "%s%s", i ? " " : "", request->acr.items[i]);
	if (acr.len)
		form_add(form, "acr_values", buf_str(&acr));
	if (request->max_age >= 0) {
		buf_printf(&age, "%lld", (long long)request->max_age);
		form_add(form, "max_age", buf_str(&age));
	}
	form_add(form, "login_hint", request->login_hint);
}

enum reason idp_authorize(struct idp *idp, struct device_grant *ret)
{
	BUF_AUTO(form, FORM_MAX);
	HTTP_REPLY_AUTO(reply);
	const struct http_request request = {
		.url = idp->endpoints->device_authorization_endpoint, .max = DEVICE_REPLY_MAX};

	begin(idp, "device authorization");
	form_add(&form, "scope", idp->request->scope);
	add_requirements(idp->request, &form);
	enum reason reason = post(idp, request, &form, &reply);
	if (reason != REASON_OK)
		return reason;
	reason = device_parse(reply.status, buf_str(&reply.body), reply.body.len, ret,
		idp->detail_rest, idp->detail_room);
	if (reason != REASON_OK)
		return reason;
	const struct secret *received[] = {&ret->device_code};
	return remember(idp, received, COUNT(received));
}

static struct http_request token_request(const struct idp *idp)
{
	return (struct http_request){
		.url = idp->endpoints->token_endpoint, .max = TOKEN_REPLY_MAX, .once = true};
}

static enum reason read_tokens(
	struct idp *idp, const struct http_reply *reply, struct token_reply *ret)
{
	token_reply_parse(reply->status, buf_str(&reply->body), reply->body.len, ret);
	/* It is escaped already. */
	snprintf(idp->detail_rest, idp->detail_room, "%s", ret->detail);
	const struct secret *received[] = {&ret->id_token, &ret->access_token, &ret->refresh_token};
	return remember(idp, received, COUNT(received));
}

enum reason idp_poll(struct idp *idp, const struct device_grant *grant, struct token_reply *ret)
{
	BUF_AUTO(form, FORM_MAX);
	HTTP_REPLY_AUTO(reply);

	begin(idp, "token");
	form_add(&form, "grant_type", grant_device);
	form_add_secret(&form, "device_code", &grant->device_code);
	enum reason reason = post(idp, token_request(idp), &form, &reply);
	return reason == REASON_OK ? read_tokens(idp, &reply, ret) : reason;
}

enum reason idp_ask_refresh(struct idp *idp, const struct secret *refresh_token, void *owner,
	struct http_exchange **ret)
{
	BUF_AUTO(form, FORM_MAX);
	SECRET_AUTO(basic);
	struct http_request request = token_request(idp);

	begin(idp, refresh);
	form_add(&form, "grant_type", "refresh_token");
	form_add_secret(&form, "refresh_token", refresh_token);
	enum reason reason = remember(idp, &refresh_token, 1);
	if (reason == REASON_OK)
		reason = authenticate(idp, &form, &basic);
	if (reason != REASON_OK)
		return reason;
	request.form = &form;
	request.basic = &basic;
	return ask(idp, &request, owner, ret);
}

enum reason idp_read_refresh(
	struct idp *idp, struct http_exchange *exchange, struct token_reply *ret)
{
	HTTP_REPLY_AUTO(reply);

	begin(idp, refresh);
	enum reason reason = hear(idp, exchange, &reply);
	return reason == REASON_OK ? read_tokens(idp, &reply, ret) : reason;
}

enum reason idp_revoke(struct idp *idp, const struct secret *refresh_token)
{
	BUF_AUTO(form, FORM_MAX);
	HTTP_REPLY_AUTO(reply);
	const struct http_request request = {
		.url = idp->endpoints->revocation_endpoint, .max = REVOCATION_REPLY_MAX};

	begin(idp, "revocation");
	form_add_secret(&form, "token", refresh_token);
	form_add(&form, "token_type_hint", "refresh_token");
	enum reason reason = remember(idp, &refresh_token, 1);
	if (reason == REASON_OK)
		reason = post(idp, request, &form, &reply);
	if (reason != REASON_OK)
		return reason;
	return revocation_parse(reply.status, buf_str(&reply.body), reply.body.len,
		idp->detail_rest, idp->detail_room);
}

enum reason idp_keys(struct idp *idp, struct jwk_set *ret)
{
	HTTP_REPLY_AUTO(reply);
	struct http_request request = {.url = idp->endpoints->jwks_uri, .max = JWK_SET_MAX};

	begin(idp, "key set");
	enum reason reason = fetch(idp, &request, &reply);
	if (reason != REASON_OK)
		return reason;
	if (reply.status != 200)
		return fail(idp, REASON_KEYS, "its status is not 200");
	int r = jwk_set_parse(buf_str(&reply.body), reply.body.len, ret);
	if (r == -ENOMEM)
		return fail(idp, REASON_NO_MEMORY, "out of memory");
	return r < 0 ? fail(idp, REASON_KEYS, "not a key set") : REASON_OK;
}

static enum reason userinfo_request(
	struct idp *idp, const struct secret *access_token, struct http_request *ret)
{
	begin(idp, userinfo);
	if (!url_is_sendable(secret_reveal(access_token)))
		return fail(idp, REASON_USERINFO, "no access token to ask with");
	*ret = (struct http_request){.url = idp->endpoints->userinfo_endpoint,
		.bearer = access_token,
		.max = USERINFO_MAX};
	return remember(idp, &access_token, 1);
}

static enum reason read_userinfo(
	struct idp *idp, const struct http_reply *reply, const char *sub, cJSON **ret)
{
	enum reason reason = userinfo_parse(
		reply->status, buf_str(&reply->body), reply->body.len, sub, ret);

	if (reason != REASON_OK)
		return fail(idp, reason, "not the claims of the person who signed in");
	return REASON_OK;
}

enum reason idp_userinfo(
	struct idp *idp, const struct secret *access_token, const char *sub, cJSON **ret)
{
	HTTP_REPLY_AUTO(reply);
	struct http_request request;

	enum reason reason = userinfo_request(idp, access_token, &request);
	if (reason == REASON_OK)
		reason = fetch(idp, &request, &reply);
	return reason == REASON_OK ? read_userinfo(idp, &reply, sub, ret) : reason;
}

enum reason idp_userinfo_line(struct idp *idp, const struct secret *access_token, struct buf *ret)
{
	HTTP_REPLY_AUTO(reply);
	struct http_request request;

	enum reason reason = userinfo_request(idp, access_token, &request);
	if (reason == REASON_OK)
		reason = fetch(idp, &request, &reply);
	if (reason != REASON_OK)
		return reason;
	return userinfo_line(reply.status, buf_str(&reply.body), reply.body.len, ret,
		idp->detail_rest, idp->detail_room);
}

enum reason idp_ask_userinfo(
	struct idp *idp, const struct secret *access_token, void *owner, struct http_exchange **ret)
{
	struct http_request request;

	enum reason reason = userinfo_request(idp, access_token, &request);
	return reason == REASON_OK ? ask(idp, &request, owner, ret) : reason;
}

enum reason idp_read_userinfo(
	struct idp *idp, struct http_exchange *exchange, const char *sub, cJSON **ret)
{
	HTTP_REPLY_AUTO(reply);

	begin(idp, userinfo);
	enum reason reason = hear(idp, exchange, &reply);
	return reason == REASON_OK ? read_userinfo(idp, &reply, sub, ret) : reason;
}
