/*
 * jwk_key: from the members of a JSON Web Key to a key that OpenSSL verifies with; a function each
 * type.
 *
 * All that can be told from the bytes is checked before OpenSSL sees them: EVP_PKEY_fromdata()
 * takes a modulus of 0 and an exponent of 1, and its own checks take long on huge numbers.
 */
#ifndef PAM_SSO_JWK_KEY_H
#define PAM_SSO_JWK_KEY_H

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "buf.h"
#include "jwk.h"

/* Each returns a key, which the caller frees with EVP_PKEY_free(), and sets *ret_type; or NULL,
 * and then *ret_why says in a few words (static) what is wrong. */
EVP_PKEY *jwk_key_rsa(const cJSON *jwk, enum jwk_type *ret_type, const char **ret_why);
EVP_PKEY *jwk_key_ec(const cJSON *jwk, enum jwk_type *ret_type, const char **ret_why);
EVP_PKEY *jwk_key_okp(const cJSON *jwk, enum jwk_type *ret_type, const char **ret_why);

/* Adds the bytes of a base64url member to OUT. Returns 0, -EINVAL where it is missing, empty or
 * none, -EMSGSIZE past OUT's ceiling, -ENOMEM. */
int jwk_key_octets(const cJSON *jwk, const char *name, struct buf *out);

/* Builds a public key of OpenSSL's key type TYPE ("RSA", "EC", "ED25519"). NULL where it will
 * not be one. */
EVP_PKEY *jwk_key_build(const char *type, OSSL_PARAM *params);

#endif
