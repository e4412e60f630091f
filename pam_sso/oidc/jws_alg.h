/*
 * jws_alg: the signature algorithms that are verified here (RFC 7518 section 3.1, RFC 8037 3.1).
 */
#ifndef PAM_SSO_JWS_ALG_H
#define PAM_SSO_JWS_ALG_H

#include <stddef.h>

#include "jwk.h"

enum jws_family { JWS_RSA_PKCS1, JWS_RSA_PSS, JWS_ECDSA, JWS_ED25519 };

struct jws_alg {
	const char *name;
	enum jws_family family;
	enum jwk_type key;
	const char *digest; /* that is signed; NULL where the bytes themselves are */
	const char *hash;   /* that at_hash is made with (OpenID Connect Core 3.1.3.6) */
	size_t octets;      /* of the signature; 0: of the RSA modulus */
};

/* The algorithm of that very spelling, or NULL (also for NULL). */
const struct jws_alg *jws_alg_find(const char *name);

#endif
