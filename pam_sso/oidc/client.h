/*
 * client: how this machine proves to be the registered client (RFC 6749 section 2.3, OpenID Connect
 * Core section 9).
 */
#ifndef PAM_SSO_CLIENT_H
#define PAM_SSO_CLIENT_H

#include <stdint.h>

#include "buf.h"
#include "reason.h"
#include "secret.h"

enum client_method { CLIENT_NONE, CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, CLIENT_PRIVATE_KEY_JWT };

struct client {
	const char *id;
	enum client_method method;
	struct secret secret;      /* CLIENT_SECRET_* */
	struct secret key;         /* CLIENT_PRIVATE_KEY_JWT: a PEM private key */
	const char *key_id;        /* its kid, or NULL */
	const char *assertion_alg; /* RS256, RS384, RS512, ES256, ES384, ES512 */
};

/*
 * Adds to FORM what a request to the token endpoint or device authorization endpoint needs:
 * client_id and, by method, client_secret or client_assertion. For CLIENT_SECRET_BASIC sets
 * *ret_basic to the value of the Authorization header behind "Basic " (id and secret form-encoded
 * before base64, RFC 6749 2.3.1); an earlier value is wiped, and with every other method there is
 * none.
 * AUDIENCE is what the assertion is for; NOW (seconds since the epoch) and JTI (unique, not to be
 * guessed) go into it.
 * Returns REASON_OK; REASON_CONFIG for a client without an id, without the secret that its method
 * needs, with a key that cannot sign so, or that FORM has no room for; REASON_NO_MEMORY. Without
 * REASON_OK the form is not to be sent.
 */
enum reason client_authenticate(const struct client *client, const char *audience, int64_t now,
	const char *jti, struct buf *form, struct secret *ret_basic);

#endif
