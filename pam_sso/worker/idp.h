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

#include "device.h"
#include "http.h"
#include "jwk.h"
#include "metadata.h"
#include "redact.h"
#include "request.h"
#include "token.h"

enum { IDP_DETAIL = 256 };

/* Endpoints that a job needs: a set of bits. */
enum {
	IDP_DEVICE_AUTHORIZATION = 1 << 0,
	IDP_TOKEN = 1 << 1,
	IDP_KEYS = 1 << 2,
	IDP_USERINFO = 1 << 3,
	IDP_REVOCATION = 1 << 4,
};

struct idp {
	const struct request *request;
	struct http *http;
	struct metadata endpoints;
	struct redact secrets; /* that were sent or received: the caller's to apply and free */
	char detail[IDP_DETAIL];
	/* Within detail, behind the name of the request that is under way. */
	char *detail_rest;
	size_t detail_room;
};

/* Learns the endpoints: the configured ones, and with discovery the others (OpenID Connect
 * Discovery 1.0 section 4). REASON_NO_DEVICE_FLOW or REASON_DISCOVERY where one of NEEDED (IDP_*)
 * is not known then. */
enum reason idp_discover(struct idp *idp, unsigned int needed);

/* RFC 8628 section 3.1; the grant is device_grant_free()'s. */
enum reason idp_authorize(struct idp *idp, struct device_grant *ret);

/* RFC 8628 section 3.4: one poll. Any reply is REASON_OK, whatever it says; it is
 * token_reply_free()'s. *RET_RETRY_AFTER is what its header said, in seconds, or -1. */
enum reason idp_poll(struct idp *idp, const struct device_grant *grant, struct token_reply *ret,
	int64_t *ret_retry_after);

/* RFC 6749 section 6: spends REFRESH_TOKEN. Any reply is REASON_OK, as with idp_poll(). */
enum reason idp_refresh(
	struct idp *idp, const struct secret *refresh_token, struct token_reply *ret);

/* RFC 7009 section 2.1. */
enum reason idp_revoke(struct idp *idp, const struct secret *refresh_token);

/* The key set; jwk_set_free()'s. */
enum reason idp_keys(struct idp *idp, struct jwk_set *ret);

/* OpenID Connect Core 5.3; SUB is the verified token's. The claims are json_free()'s. */
enum reason idp_userinfo(
	struct idp *idp, const struct secret *access_token, const char *sub, cJSON **ret);

#endif
