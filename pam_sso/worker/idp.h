/*
 * idp: the requests of a job, each as one question and one answer.
 *
 * What a request says is made here, what its reply means is oidc/'s to tell. Every function returns
 * REASON_OK with its output set, or the reason with idp->detail set: which request it was, and what
 * was wrong with it.
 */
#ifndef PAM_SSO_IDP_H
#define PAM_SSO_IDP_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "authorization.h"
#include "device.h"
#include "http.h"
#include "jwk.h"
#include "metadata.h"
#include "redact.h"
#include "request.h"
#include "token.h"

enum { IDP_DETAIL = 256 };

/* What a job needs to know of the IdP: a set of bits, an endpoint each but the last. */
enum {
	IDP_DEVICE_AUTHORIZATION = 1 << 0,
	IDP_TOKEN = 1 << 1,
	IDP_KEYS = 1 << 2,
	IDP_USERINFO = 1 << 3,
	IDP_REVOCATION = 1 << 4,
	IDP_AUTHORIZATION = 1 << 5,
	IDP_PUSHED = 1 << 6,
	/* The discovery document itself, where there is one: what no configuration says. */
	IDP_DOCUMENT = 1 << 7,
};

struct idp {
	const struct request *request;
	struct http *http;
	struct metadata *endpoints; /* shared by all that speak for a job */
	int64_t deadline_ms;        /* of each answer */
	struct redact secrets;      /* that were sent or received: the caller's to apply and free */
	int64_t retry_after; /* seconds, by the last reply's header; -1 where it did not say */
	int64_t date;        /* the last reply's; -1 where it did not say */
	char detail[IDP_DETAIL];
	/* Within detail, behind the name of the request that is under way. */
	char *detail_rest;
	size_t detail_room;
};

/* Learns the endpoints: the configured ones, and with discovery the others (OpenID Connect
 * Discovery 1.0 section 4), whose document is fetched once a job. REASON_NO_DEVICE_FLOW or REASON_DISCOVERY where one of NEEDED (IDP_*)
 * is not known then. */
enum reason idp_discover(struct idp *idp, unsigned int needed);

/* RFC 8628 section 3.1; the grant is device_grant_free()'s. */
enum reason idp_authorize(struct idp *idp, struct device_grant *ret);

/* RFC 8628 section 3.4: one poll. Any reply is REASON_OK, whatever it says; it is
 * token_reply_free()'s. */
enum reason idp_poll(struct idp *idp, const struct device_grant *grant, struct token_reply *ret);

/* Begins an attempt of the code flow (authorization.h), with random numbers of its own. LABEL may be
 * NULL. The attempt is authorization_free()'s. */
enum reason idp_begin_code(struct idp *idp, const char *label, struct authorization *ret);

/* What the authorization request of an attempt asks for. */
struct authorization_request idp_authorization_request(
	const struct idp *idp, const char *redirect_uri);

/* RFC 9126 section 2.1: pushes the request. The reply is pushed_free()'s. */
enum reason idp_push(struct idp *idp, const struct authorization *attempt, const char *redirect_uri,
	struct pushed *ret);

/* RFC 6749 section 4.1.3: sends the code, once. Any reply is REASON_OK, as with idp_poll(). */
enum reason idp_exchange(struct idp *idp, const struct authorization *attempt,
	const struct secret *code, const char *redirect_uri, struct token_reply *ret);

/* RFC 7009 section 2.1. */
enum reason idp_revoke(struct idp *idp, const struct secret *refresh_token);

/* The key set; jwk_set_free()'s. */
enum reason idp_keys(struct idp *idp, struct jwk_set *ret);

/* OpenID Connect Core 5.3; SUB is the verified token's. The claims are json_free()'s. */
enum reason idp_userinfo(
	struct idp *idp, const struct secret *access_token, const char *sub, cJSON **ret);

/* The same of whoever ACCESS_TOKEN is for: the claims as one line of JSON. */
enum reason idp_userinfo_line(struct idp *idp, const struct secret *access_token, struct buf *ret);

/*
 * What a renewal asks, of which many are on their way at once: the question is put on its way, for
 * OWNER, and its answer read once http_over() gives that.
 */

/* RFC 6749 section 6: spends REFRESH_TOKEN. Any reply is REASON_OK, as with idp_poll(). */
enum reason idp_ask_refresh(struct idp *idp, const struct secret *refresh_token, void *owner,
	struct http_exchange **ret);
enum reason idp_read_refresh(
	struct idp *idp, struct http_exchange *exchange, struct token_reply *ret);

/* As idp_userinfo(). */
enum reason idp_ask_userinfo(struct idp *idp, const struct secret *access_token, void *owner,
	struct http_exchange **ret);
enum reason idp_read_userinfo(
	struct idp *idp, struct http_exchange *exchange, const char *sub, cJSON **ret);

#endif
