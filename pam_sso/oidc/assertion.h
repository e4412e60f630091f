/*
 * assertion: the signed statement of private_key_jwt (RFC 7523 sections 2.2 and 3, OpenID Connect
 * Core section 9). libjwt signs it.
 *
 * libjwt takes any key for any algorithm, and asks at the terminal for the passphrase of an
 * encrypted one. So before it sees the key:
 * 1. The algorithm MUST be RS256, RS384, RS512, ES256, ES384 or ES512, in that very spelling.
 * 2. The key MUST be a PEM private key without a passphrase.
 * 3. For RS* it MUST be RSA (not RSA-PSS) of 2048 to 8192 bits; for ES* it MUST be EC over the
 *    algorithm's own curve (RFC 7518 section 3.4).
 */
#ifndef PAM_SSO_ASSERTION_H
#define PAM_SSO_ASSERTION_H

#include <stdint.h>

#include "client.h"
#include "reason.h"
#include "secret.h"

/* How long an assertion is good, in seconds: for one request, by clocks that differ a little. */
enum { ASSERTION_LIFETIME = 120 };

/* Signs iss = sub = CLIENT's id, aud = AUDIENCE, jti = JTI, iat = NOW and exp with CLIENT's key;
 * its key_id, where there is one, is the header's kid. Returns REASON_OK and sets *ret;
 * REASON_CONFIG for a key, an algorithm or a text that cannot be used so; REASON_NO_MEMORY. */
enum reason assertion_sign(const struct client *client, const char *audience, int64_t now,
	const char *jti, struct secret *ret);

#endif
