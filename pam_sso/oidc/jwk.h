/*
 * jwk: a JSON Web Key Set (RFC 7517, 7518 section 6, 8037) as keys that verify.
 *
 * One bad key does not spoil the set: it is left out and noted. So are:
 * - a kty other than RSA, EC, OKP; a `use` other than sig; `key_ops` without verify; private
 *   members;
 * - RSA below 2048 or over 8192 bits, with an even modulus, or an exponent that is even, below 3 or
 *   over 32 bits (jwk_rsa.c);
 * - EC with a curve other than P-256, P-384, P-521, coordinates of another length than the curve's,
 *   or a point off it (jwk_ec.c);
 * - OKP other than Ed25519, of another length, not canonical, or of small order (jwk_okp.c);
 * - a `kid` or `alg` that is no string, a `kid` over 256 bytes;
 * - every key whose `kid` stands twice in the set, be the other one usable or not.
 *
 * Sizes are checked before OpenSSL sees a number.
 */
#ifndef PAM_SSO_JWK_H
#define PAM_SSO_JWK_H

#include <openssl/evp.h>
#include <stddef.h>

#include "strlist.h"

enum {
	JWK_SET_MAX = 256 * 1024, /* bytes */
	JWK_SET_KEYS = 64,        /* keys looked at; more are noted and left out */
	JWK_KID_MAX = 256,
};

enum jwk_type { JWK_RSA, JWK_P256, JWK_P384, JWK_P521, JWK_ED25519 };

struct jwk {
	enum jwk_type type;
	char *kid; /* NULL where there is none */
	char *alg; /* NULL where there is none */
	EVP_PKEY *key;
};

struct jwk_set {
	struct jwk *keys;
	size_t n;
	struct strlist notes; /* why a key was left out; escaped, one line each */
};

#define JWK_SET_AUTO(name) __attribute__((cleanup(jwk_set_free))) struct jwk_set name = {0}

/* Reads a set. Returns 0 and sets *ret, which jwk_set_free() frees, also where no key was usable
 * (n is 0); -EBADMSG where it is no key set at all; -ENOMEM. */
int jwk_set_parse(const char *bytes, size_t len, struct jwk_set *ret);

void jwk_set_free(struct jwk_set *set);

#endif
