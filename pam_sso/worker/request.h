/*
 * request: what the caller asks of a job, as wire.h words it, in types.
 *
 * Every word has one row in a table that says its type, its range and whether it must be there.
 * Words that do not make sense are the caller's mistake: the caller read them from a checked
 * configuration.
 */
#ifndef PAM_SSO_REQUEST_H
#define PAM_SSO_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "http.h"
#include "record.h"
#include "secret.h"
#include "strlist.h"

#define REQUEST_UID_MAX ((int64_t)UINT32_MAX - 1) /* the last is nobody's: chown(2) */

enum request_flow { FLOW_DEVICE, FLOW_AUTO, FLOW_CODE };

/* Whether the authorization request is pushed (RFC 9126). */
enum request_push { PUSH_AUTO, PUSH_ALWAYS, PUSH_NEVER };

/* Strings belong to the record and are NULL where it does not have them. Durations are seconds. */
struct request {
	const char *issuer;
	struct client client;
	const char *scope;
	bool discovery;
	const char *device_authorization_endpoint;
	const char *token_endpoint;
	const char *jwks_uri;
	const char *userinfo_endpoint;
	const char *revocation_endpoint;

	struct strlist algs;
	struct strlist audiences;
	struct strlist acr;
	struct strlist amr;
	struct strlist required_claims;
	int64_t skew;
	int64_t max_age; /* -1: any */

	struct strlist claims;
	const char *groups_claim;
	bool userinfo;

	enum request_flow flow;   /* of a login; device where nothing is said */
	const char *redirect_uri; /* never NULL with another flow than the device flow */
	const char *authorization_endpoint;
	const char *pushed_authorization_request_endpoint;
	enum request_push pushed;
	const char *authorization_prompt;
	struct strlist authorization_parameters;
	const char *label;
	bool loopback;        /* redirect_uri is an address of this machine then, */
	int64_t loopback_uid; /* and this one's browser is expected; -1: nobody's */

	bool device_pkce;
	bool verification_url;

	const char *login_hint;
	bool qr;
	bool complete_link;

	bool tokens;          /* of a login: its tokens are wanted */
	bool whole;           /* of a login: so is all that its ID token, and userinfo, claim */
	const char *document; /* of an explain, which needs it: JSON */
	struct secret refresh_token; /* of a revoke, which needs it */
	struct secret access_token;  /* of a userinfo, which needs it */

	struct http_options network;
	int64_t deadline;
};

#define REQUEST_AUTO(name) __attribute__((cleanup(request_free))) struct request name = {0}

/* Reads a record, which must outlive *ret. Returns 0 and fills *ret; -EINVAL with *ret_key set to
 * the word that is missing or makes no sense (static); -ENOMEM. request_free() frees *ret in every
 * case. */
int request_read(const struct record *record, struct request *ret, const char **ret_key);

void request_free(struct request *request);

#endif
