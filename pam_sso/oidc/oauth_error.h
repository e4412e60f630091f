/*
 * oauth_error: what the `error` of a token or device authorization endpoint means (RFC 6749 section
 * 5.2, RFC 8628 section 3.5, and what identity providers say beside it).
 *
 * invalid_grant is REASON_EXPIRED. RFC 8628 says it of a code that is not valid; the only code that
 * is ever sent is the one that the same IdP issued for this sign-in, so it is one that is valid no
 * longer: some say expired_token once and invalid_grant from then on, or bad_verification_code for
 * either. A new sign-in gets a new code, so asking again makes sense.
 */
#ifndef PAM_SSO_OAUTH_ERROR_H
#define PAM_SSO_OAUTH_ERROR_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "reason.h"
#include "token.h"

struct oauth_error {
	const char *name;
	enum token_outcome outcome; /* TOKEN_PENDING, _SLOW_DOWN, _REFUSED or _RETRY */
	enum reason reason;         /* of TOKEN_REFUSED; else REASON_UNSET */
};

/* What REPLY (may be NULL) has as its `error`, or NULL where it has none that is known. Static. */
const struct oauth_error *oauth_error_find(const cJSON *reply);

/* What a refusal with STATUS and REPLY (may be NULL) means where no person is asked yet: the client
 * is not known or may not do this, or the IdP says that it cannot; REASON_REPLY_FORM where it says
 * nothing that an endpoint of RFC 8628 or RFC 9126 may say. REASON_TOO_MANY with 429, and where it
 * is told to slow down or that a quota is used up: strangers can bring that about, and would open
 * with it what a stack has for an IdP that is away. */
enum reason oauth_error_reason(const cJSON *reply, long status);

/* Sets DETAIL, escaped, to the `error` (or else `error_code`) and `error_description` of REPLY (may
 * be NULL), or to the status where there is no error, or an empty one: never to nothing. */
void oauth_error_detail(const cJSON *reply, long status, char *detail, size_t detail_size);

#endif
