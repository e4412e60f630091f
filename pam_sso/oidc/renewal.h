/*
 * renewal: a session's tokens renewed by its refresh token (RFC 6749 section 6, OpenID Connect
 * Core 12).
 *
 * What the reply means
 * 1. An error that says that the grant is not valid, or not any longer, ends the session:
 *    REASON_SESSION_ENDED. No other error does: an IdP that cannot answer, and a client that it
 *    refuses, are no verdict about the person.
 * 2. There is no person to wait for: authorization_pending and slow_down are errors like others.
 *
 * What the new ID token must keep (12.2), beside all that idtoken_claims.c asks of any token; else
 * it is REASON_SESSION_ENDED
 * 3. `iss` and `aud` MUST be as they were: the configured issuer, and this client.
 * 4. `sub` MUST be byte-equal to the earlier one.
 * 5. `iat` MUST NOT be before the earlier one, beyond the skew.
 * 6. `auth_time`, where it is there, MUST be the earlier one. Where that was not claimed, it MUST
 *    NOT be after the earlier token's iat, beyond the skew: the person has not signed in since.
 */
#ifndef PAM_SSO_RENEWAL_H
#define PAM_SSO_RENEWAL_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"
#include "token.h"

/* What the session's last ID token said. Times are seconds since the epoch. */
struct renewal_earlier {
	const char *sub;
	int64_t iat;
	int64_t auth_time; /* -1: it was not claimed */
};

/* What a reply to a refresh means: REASON_OK: the tokens are there; REASON_SESSION_ENDED;
 * REASON_IDP_ERROR: not now, or another error; or the reply's own reason. Pure. */
enum reason renewal_outcome(const struct token_reply *reply);

/* Rules 4 to 6, of claims whose signature was verified; a claim of the wrong type that rule 5 needs
 * is left to who asks for its type. Returns REASON_OK or REASON_SESSION_ENDED, then with what was
 * wrong in DETAIL, escaped. */
enum reason renewal_check(const cJSON *claims, const struct renewal_earlier *earlier, int64_t skew,
	char *detail, size_t detail_size);

/* What refusing a renewed token for REASON means: rule 3. */
enum reason renewal_refusal(enum reason reason);

#endif
