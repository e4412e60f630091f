/*
 * make_jws: keys, key sets and signed tokens for tests, made with OpenSSL in the process.
 *
 * It signs any header over any payload with any key, sensible or not; a step that fails ends the
 * test.
 */
#ifndef PAM_SSO_TEST_MAKE_JWS_H
#define PAM_SSO_TEST_MAKE_JWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "b64url.h"
#include "buf.h"

enum { MAKE_MAX = 64 * 1024 };

/* An algorithm, and the kind of key that it goes with ("RSA", a curve, "ED25519"). */
struct make_alg {
	const char *name;
	const char *kind;
};

static const struct make_alg make_algs[] = {
	{"RS256", "RSA"},
	{"RS384", "RSA"},
	{"RS512", "RSA"},
	{"PS256", "RSA"},
	{"PS384", "RSA"},
	{"PS512", "RSA"},
	{"ES256", "P-256"},
	{"ES384", "P-384"},
	{"ES512", "P-521"},
	{"EdDSA", "ED25519"},
};

enum { MAKE_ALGS = sizeof(make_algs) / sizeof(make_algs[0]) };

/* A new key. The caller frees it. */
static inline EVP_PKEY *make_key(const char *kind)
{
	EVP_PKEY *key = NULL;

	if (strcmp(kind, "RSA") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	else if (strcmp(kind, "ED25519") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
	assert_non_null(key);
	return key;
}

/* Adds `"name":"base64url of the bytes"`. */
static inline void make_octets_member(
	struct buf *out, const char *name, const unsigned char *bytes, size_t len)
{
	buf_printf(out, ",\"%s\":\"", name);
	b64url_encode(bytes, len, out);
	assert_int_equal(buf_puts(out, "\""), 0);
}

static inline void make_number_member(
	struct buf *out, const char *name, EVP_PKEY *key, const char *param, int octets)
{
	unsigned char bytes[1024];
	BIGNUM *number = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(key, param, &number), 1);
	int len = octets ? octets : BN_num_bytes(number);
	assert_int_equal(BN_bn2binpad(number, bytes, len), len);
	BN_free(number);
	make_octets_member(out, name, bytes, (size_t)len);
}

static inline void make_ec_members(struct buf *out, EVP_PKEY *key)
{
	int octets = (EVP_PKEY_get_bits(key) + 7) / 8;

	buf_printf(out, "\"kty\":\"EC\",\"crv\":\"P-%d\"", EVP_PKEY_get_bits(key));
	make_number_member(out, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, octets);
	make_number_member(out, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, octets);
}

static inline void make_okp_members(struct buf *out, EVP_PKEY *key)
{
	unsigned char bytes[32];
	size_t len = sizeof(bytes);

	assert_int_equal(EVP_PKEY_get_raw_public_key(key, bytes, &len), 1);
	buf_puts(out, "\"kty\":\"OKP\",\"crv\":\"Ed25519\"");
	make_octets_member(out, "x", bytes, len);
}

/* Adds the public key as a JSON Web Key. MORE are further members, such as `,"kid":"a"`. */
static inline void make_jwk(struct buf *out, EVP_PKEY *key, const char *more)
{
	buf_puts(out, "{");
	if (EVP_PKEY_is_a(key, "RSA")) {
		buf_puts(out, "\"kty\":\"RSA\"");
		make_number_member(out, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
		make_number_member(out, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
	} else if (EVP_PKEY_is_a(key, "EC")) {
		make_ec_members(out, key);
	} else {
		make_okp_members(out, key);
	}
	assert_int_equal(buf_printf(out, "%s}", more), 0);
}

/* DER as R and S of OCTETS each. */
static inline void make_pair(struct buf *out, const unsigned char *der, size_t len, int octets)
{
	unsigned char pair[2 * 66];

	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)len);
	assert_non_null(signature);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(signature), pair, octets), octets);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(signature), pair + octets, octets), octets);
	ECDSA_SIG_free(signature);
	assert_int_equal(buf_add(out, pair, 2 * (size_t)octets), 0);
}

/* How a signature is made, for tests that make it in a way that the algorithm does not allow. */
struct make_way {
	const char *digest; /* "SHA256"; NULL for Ed25519 */
	int salt; /* of RSASSA-PSS, in octets or RSA_PSS_SALTLEN_DIGEST; -100: PKCS #1 v1.5 */
	const char *mgf1; /* of RSASSA-PSS */
};

enum { MAKE_NO_PSS = -100 };

static inline void make_signature(
	struct buf *out, EVP_PKEY *key, const struct make_way *way, const char *bytes, size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *settings = NULL;
	unsigned char signature[1024];
	size_t n = sizeof(signature);

	assert_int_equal(
		EVP_DigestSignInit_ex(context, &settings, way->digest, NULL, NULL, key, NULL), 1);
	if (way->salt != MAKE_NO_PSS) {
		EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, way->salt);
		EVP_PKEY_CTX_set_rsa_mgf1_md_name(settings, way->mgf1, NULL);
	}
	assert_int_equal(
		EVP_DigestSign(context, signature, &n, (const unsigned char *)bytes, len), 1);
	if (EVP_PKEY_is_a(key, "EC"))
		make_pair(out, signature, n, (EVP_PKEY_get_bits(key) + 7) / 8);
	else
		assert_int_equal(buf_add(out, signature, n), 0);
	EVP_MD_CTX_free(context);
}

/* The way of an algorithm: its last three digits name the digest. */
static inline struct make_way make_way_of(const char *alg)
{
	struct make_way way = {.salt = MAKE_NO_PSS};

	if (strcmp(alg, "EdDSA") == 0)
		return way;
	way.digest = strcmp(alg + 2, "256") == 0   ? "SHA256"
		     : strcmp(alg + 2, "384") == 0 ? "SHA384"
						   : "SHA512";
	if (alg[0] == 'P') {
		way.salt = RSA_PSS_SALTLEN_DIGEST;
		way.mgf1 = way.digest;
	}
	return way;
}

/* Adds a token: HEADER as it stands, over the payload, signed that way. */
static inline void make_jws_by_way(struct buf *out, EVP_PKEY *key, const struct make_way *way,
	const char *header, const char *payload, size_t len)
{
	BUF_AUTO(signature, 1024);

	b64url_encode(header, strlen(header), out);
	buf_puts(out, ".");
	b64url_encode(payload, len, out);
	assert_int_equal(buf_error(out), 0);
	make_signature(&signature, key, way, out->data, out->len);
	buf_puts(out, ".");
	assert_int_equal(b64url_encode(signature.data, signature.len, out), 0);
}

/* The same by the rules of ALG. */
static inline void make_jws(
	struct buf *out, EVP_PKEY *key, const char *alg, const char *header, const char *payload)
{
	struct make_way way = make_way_of(alg);

	make_jws_by_way(out, key, &way, header, payload, strlen(payload));
}

#endif
