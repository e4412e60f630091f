/*
 * metadata: what the identity provider says of itself (OpenID Connect Discovery 1.0 section 4,
 * RFC 8414), and what the configuration overrides in it.
 *
 * 1. The document MUST be one strict JSON object (json.h), at most METADATA_MAX bytes.
 * 2. Its `issuer` MUST be byte-equal to the configured one (Discovery 4.3).
 * 3. An endpoint that is taken from it MUST be an address that url_is_endpoint() accepts. One that
 *    is not there stays unknown; null, or any other type than a string, is not an address.
 * 4. What the IdP says of its answers and requests MUST be true or false; not there, it is false
 *    (RFC 9207 section 3, RFC 9126 section 5).
 */
#ifndef PAM_SSO_METADATA_H
#define PAM_SSO_METADATA_H

#include <stdbool.h>
#include <stddef.h>

#include "reason.h"

enum { METADATA_MAX = 256 * 1024 };

/* What is known of an IdP. The endpoints are NULL where not known. */
struct metadata {
	char *device_authorization_endpoint;
	char *token_endpoint;
	char *jwks_uri;
	char *userinfo_endpoint;
	char *revocation_endpoint; /* RFC 8414 section 2 */
	char *authorization_endpoint;
	char *pushed_authorization_request_endpoint; /* RFC 9126 section 5 */
	bool iss_in_answers; /* authorization_response_iss_parameter_supported */
	bool must_push;      /* require_pushed_authorization_requests */
	bool read;           /* a document was: what it does not say is not there */
};

#define METADATA_AUTO(name) __attribute__((cleanup(metadata_free))) struct metadata name = {0}

/* The address of an issuer's discovery document: ISSUER + "/.well-known/openid-configuration", a
 * slash at the issuer's end not doubled. NULL where memory is short; the caller frees. */
char *metadata_url(const char *issuer);

/* Reads a discovery document. Endpoints that *ret has already (from the configuration) stay, and
 * what the document says of them is not looked at.
 * Returns REASON_OK; REASON_DISCOVERY where a rule is broken, with what was wrong in DETAIL (may be
 * NULL), escaped; REASON_NO_MEMORY. Without REASON_OK *ret is as it was. */
enum reason metadata_parse(const char *bytes, size_t len, const char *issuer, struct metadata *ret,
	char *detail, size_t detail_size);

void metadata_free(struct metadata *metadata);

#endif
