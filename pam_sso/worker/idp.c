#include "idp_request.h"

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

void idp_begin(struct idp *idp, const char *name)
{
	size_t size = sizeof(idp->detail);

	detail_set(idp->detail, size, name);
	detail_add(idp->detail, size, ": ");
	idp->detail_rest = idp->detail + strlen(idp->detail);
	idp->detail_room = size - strlen(idp->detail);
}

enum reason idp_fail(struct idp *idp, enum reason reason, const char *text)
{
	detail_set(idp->detail_rest, idp->detail_room, text);
	return reason;
}

static enum reason replied(struct idp *idp, enum reason reason, const struct http_reply *reply)
{
	idp->retry_after = reason == REASON_OK ? reply->retry_after : -1;
	idp->date = reason == REASON_OK ? reply->date : -1;
	return reason;
}

enum reason idp_fetch(struct idp *idp, struct http_request *request, struct http_reply *ret)
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
			return idp_fail(idp, REASON_NO_MEMORY, "out of memory");
	return REASON_OK;
}

/* Says in FORM, or in *BASIC, who the registered client is. An assertion is for the token endpoint,
 * wherever it is sent (OpenID Connect Core section 9). */
static enum reason authenticate(struct idp *idp, struct buf *form, struct secret *basic)
{
	BUF_AUTO(jti, 4 * JTI_BYTES);

	if (make_jti(&jti) < 0)
		return idp_fail(idp, REASON_INTERNAL, "no random numbers");
	enum reason reason = client_authenticate(&idp->request->client,
		idp->endpoints->token_endpoint, clock_wall_s(), buf_str(&jti), form, basic);
	if (reason != REASON_OK)
		return idp_fail(
			idp, reason, "the client cannot authenticate with its key or secret");
	if (buf_error(form) < 0)
		return idp_fail(idp, REASON_CONFIG, "the form is too long");
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
	return idp_fetch(idp, &request, ret);
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

/* RFC 7636 with the device flow, where the client is registered so: who has read the device code
 * alone gets no tokens for it. */
static enum reason add_challenge(struct idp *idp, struct buf *form, struct secret *ret_verifier)
{
	AUTHORIZATION_AUTO(attempt);

	if (!idp->request->device_pkce)
		return REASON_OK;
	enum reason reason = idp_begin_code(idp, NULL, &attempt);
	if (reason != REASON_OK)
		return reason;
	form_add(form, "code_challenge", attempt.challenge);
	form_add(form, "code_challenge_method", "S256");
	*ret_verifier = attempt.verifier;
	attempt.verifier = (struct secret){0};
	return REASON_OK;
}

enum reason idp_authorize(struct idp *idp, struct device_grant *ret)
{
	BUF_AUTO(form, FORM_MAX);
	HTTP_REPLY_AUTO(reply);
	SECRET_AUTO(verifier);
	const struct http_request request = {
		.url = idp->endpoints->device_authorization_endpoint, .max = DEVICE_REPLY_MAX};

	form_add(&form, "scope", idp->request->scope);
	add_requirements(idp->request, &form);
	enum reason reason = add_challenge(idp, &form, &verifier);
	if (reason != REASON_OK)
		return reason;
	idp_begin(idp, "device authorization");
	reason = post(idp, request, &form, &reply);
	if (reason != REASON_OK)
		return reason;
	reason = device_parse(reply.status, buf_str(&reply.body), reply.body.len,
		idp->request->verification_url, ret, idp->detail_rest, idp->detail_room);
	if (reason != REASON_OK)
		return reason;
	ret->code_verifier = verifier;
	verifier = (struct secret){0};
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

	idp_begin(idp, "token");
	form_add(&form, "grant_type", grant_device);
	form_add_secret(&form, "device_code", &grant->device_code);
	if (secret_present(&grant->code_verifier))
		form_add_secret(&form, "code_verifier", &grant->code_verifier);
	enum reason reason = post(idp, token_request(idp), &form, &reply);
	return reason == REASON_OK ? read_tokens(idp, &reply, ret) : reason;
}

enum reason idp_begin_code(struct idp *idp, const char *label, struct authorization *ret)
{
	unsigned char random[AUTHORIZATION_RANDOM];

	idp_begin(idp, "authorization");
	if (RAND_bytes(random, sizeof(random)) != 1)
		return idp_fail(idp, REASON_INTERNAL, "no random numbers");
	int r = authorization_begin(random, label, ret);
	explicit_bzero(random, sizeof(random));
	if (r < 0)
		return idp_fail(idp, REASON_NO_MEMORY, "out of memory");
	const struct secret state = {.bytes = ret->state, .len = strlen(ret->state)};
	const struct secret nonce = {.bytes = ret->nonce, .len = strlen(ret->nonce)};
	const struct secret *made[] = {&ret->verifier, &state, &nonce};
	return remember(idp, made, COUNT(made));
}

struct authorization_request idp_authorization_request(
	const struct idp *idp, const char *redirect_uri)
{
	const struct request *request = idp->request;

	return (struct authorization_request){
		.client_id = request->client.id,
		.redirect_uri = redirect_uri,
		.scope = request->scope,
		.prompt = request->authorization_prompt,
		.login_hint = request->login_hint,
		.acr = &request->acr,
		.parameters = &request->authorization_parameters,
		.max_age = request->max_age,
	};
}

enum reason idp_push(struct idp *idp, const struct authorization *attempt, const char *redirect_uri,
	struct pushed *ret)
{
	BUF_AUTO(form, FORM_MAX);
	HTTP_REPLY_AUTO(reply);
	struct authorization_request asked = idp_authorization_request(idp, redirect_uri);
	const struct http_request request = {
		.url = idp->endpoints->pushed_authorization_request_endpoint,
		.max = PUSHED_REPLY_MAX};

	idp_begin(idp, "pushed authorization request");
	asked.client_id = NULL; /* it comes with the client's authentication */
	authorization_add(attempt, &asked, &form);
	enum reason reason = post(idp, request, &form, &reply);
	if (reason != REASON_OK)
		return reason;
	return pushed_parse(reply.status, buf_str(&reply.body), reply.body.len, ret,
		idp->detail_rest, idp->detail_room);
}

enum reason idp_exchange(struct idp *idp, const struct authorization *attempt,
	const struct secret *code, const char *redirect_uri, struct token_reply *ret)
{
	BUF_AUTO(form, FORM_MAX);
	HTTP_REPLY_AUTO(reply);
	struct http_request request = token_request(idp);

	idp_begin(idp, "token");
	/* While the person signed in nothing was sent, and there is one try only. */
	request.fresh = true;
	authorization_add_code(attempt, code, redirect_uri, &form);
	enum reason reason = remember(idp, &code, 1);
	if (reason == REASON_OK)
		reason = post(idp, request, &form, &reply);
	return reason == REASON_OK ? read_tokens(idp, &reply, ret) : reason;
}

enum reason idp_ask_refresh(struct idp *idp, const struct secret *refresh_token, void *owner,
	struct http_exchange **ret)
{
	BUF_AUTO(form, FORM_MAX);
	SECRET_AUTO(basic);
	struct http_request request = token_request(idp);

	idp_begin(idp, refresh);
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

	idp_begin(idp, refresh);
	enum reason reason = hear(idp, exchange, &reply);
	return reason == REASON_OK ? read_tokens(idp, &reply, ret) : reason;
}

enum reason idp_revoke(struct idp *idp, const struct secret *refresh_token)
{
	BUF_AUTO(form, FORM_MAX);
	HTTP_REPLY_AUTO(reply);
	const struct http_request request = {
		.url = idp->endpoints->revocation_endpoint, .max = REVOCATION_REPLY_MAX};

	idp_begin(idp, "revocation");
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

	idp_begin(idp, "key set");
	enum reason reason = idp_fetch(idp, &request, &reply);
	if (reason != REASON_OK)
		return reason;
	if (reply.status != 200)
		return idp_fail(idp, REASON_KEYS, "its status is not 200");
	int r = jwk_set_parse(buf_str(&reply.body), reply.body.len, ret);
	if (r == -ENOMEM)
		return idp_fail(idp, REASON_NO_MEMORY, "out of memory");
	return r < 0 ? idp_fail(idp, REASON_KEYS, "not a key set") : REASON_OK;
}

static enum reason userinfo_request(
	struct idp *idp, const struct secret *access_token, struct http_request *ret)
{
	idp_begin(idp, userinfo);
	if (!url_is_sendable(secret_reveal(access_token)))
		return idp_fail(idp, REASON_USERINFO, "no access token to ask with");
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
		return idp_fail(idp, reason, "not the claims of the person who signed in");
	return REASON_OK;
}

enum reason idp_userinfo(
	struct idp *idp, const struct secret *access_token, const char *sub, cJSON **ret)
{
	HTTP_REPLY_AUTO(reply);
	struct http_request request;

	enum reason reason = userinfo_request(idp, access_token, &request);
	if (reason == REASON_OK)
		reason = idp_fetch(idp, &request, &reply);
	return reason == REASON_OK ? read_userinfo(idp, &reply, sub, ret) : reason;
}

enum reason idp_userinfo_line(struct idp *idp, const struct secret *access_token, struct buf *ret)
{
	HTTP_REPLY_AUTO(reply);
	struct http_request request;

	enum reason reason = userinfo_request(idp, access_token, &request);
	if (reason == REASON_OK)
		reason = idp_fetch(idp, &request, &reply);
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

	idp_begin(idp, userinfo);
	enum reason reason = hear(idp, exchange, &reply);
	return reason == REASON_OK ? read_userinfo(idp, &reply, sub, ret) : reason;
}
