#include "jws.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <string.h>

static void md_context_free(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

static bool fits(const struct jws_alg *alg, const struct jwk *jwk)
{
	return jwk->type == alg->key && (!jwk->alg || strcmp(jwk->alg, alg->name) == 0);
}

/* Tells OpenSSL what RFC 7518 sections 3.3 and 3.5 fix of an RSA signature. */
static bool set_padding(const struct jws_alg *alg, EVP_PKEY_CTX *settings)
{
	switch (alg->family) {
	case JWS_RSA_PKCS1: return EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PADDING) == 1;
	case JWS_RSA_PSS:
		return EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md_name(settings, alg->digest, NULL) == 1;
	case JWS_ECDSA:
	case JWS_ED25519: return true;
	}
	return false;
}

/* R and S of half the octets each (RFC 7518 section 3.4) as the DER that OpenSSL reads. Returns its
 * length, with *ret for OPENSSL_free(), or -1. */
static int der_of(const struct buf *signature, unsigned char **ret)
{
	const unsigned char *octets = (const unsigned char *)signature->data;
	int half = (int)signature->len / 2;
	int len = -1;

	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(octets, half, NULL);
	BIGNUM *s = BN_bin2bn(octets + half, half, NULL);
	if (pair && r && s && !BN_is_zero(r) && !BN_is_zero(s) && ECDSA_SIG_set0(pair, r, s) == 1) {
		r = NULL;
		s = NULL;
		len = i2d_ECDSA_SIG(pair, ret);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(pair);
	return len;
}

static bool check(
	const struct jws *jws, EVP_MD_CTX *context, const unsigned char *signature, size_t len)
{
	return EVP_DigestVerify(context, signature, len, (const unsigned char *)jws->signed_bytes,
		       jws->signed_len) == 1;
}

static bool check_ecdsa(const struct jws *jws, EVP_MD_CTX *context)
{
	unsigned char *der = NULL;
	int len = der_of(&jws->signature, &der);
	bool good = len > 0 && check(jws, context, der, (size_t)len);

	OPENSSL_free(der);
	return good;
}

static enum reason verify_with(const struct jws *jws, const struct jwk *jwk)
{
	__attribute__((cleanup(md_context_free))) EVP_MD_CTX *context = EVP_MD_CTX_new();
	const struct jws_alg *alg = jws->alg;
	EVP_PKEY_CTX *settings = NULL; /* the context's */
	size_t octets = alg->octets ? alg->octets : (size_t)EVP_PKEY_get_size(jwk->key);
	bool good = false;

	if (!context)
		return REASON_NO_MEMORY;
	if (jws->signature.len != octets ||
		EVP_DigestVerifyInit_ex(
			context, &settings, alg->digest, NULL, NULL, jwk->key, NULL) != 1 ||
		!set_padding(alg, settings))
		return REASON_TOKEN_SIGNATURE;
	if (alg->family == JWS_ECDSA)
		good = check_ecdsa(jws, context);
	else
		good = check(jws, context, (const unsigned char *)jws->signature.data, octets);
	return good ? REASON_OK : REASON_TOKEN_SIGNATURE;
}

static enum reason verify_by_kid(const struct jws *jws, const struct jwk_set *set)
{
	/* A kid stands once in a set: jwk_set_parse() leaves out those that do not. */
	for (size_t i = 0; i < set->n; i++) {
		const struct jwk *jwk = &set->keys[i];
		if (!jwk->kid || strcmp(jwk->kid, jws->kid) != 0)
			continue;
		return fits(jws->alg, jwk) ? verify_with(jws, jwk) : REASON_TOKEN_KEY;
	}
	return REASON_TOKEN_KEY_UNKNOWN;
}

static enum reason verify_by_fit(const struct jws *jws, const struct jwk_set *set)
{
	const struct jwk *fitting[JWS_TRIES];
	enum reason reason = REASON_TOKEN_KEY_UNKNOWN;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		if (!fits(jws->alg, &set->keys[i]))
			continue;
		if (n == JWS_TRIES)
			return REASON_TOKEN_KEY;
		fitting[n++] = &set->keys[i];
	}
	for (size_t i = 0; i < n && reason != REASON_OK; i++)
		reason = verify_with(jws, fitting[i]);
	return reason;
}

enum reason jws_verify(const struct jws *jws, const struct jwk_set *set)
{
	/* A signature that OpenSSL refuses leaves no errors behind for whoever looks there next. */
	ERR_set_mark();
	enum reason reason = jws->kid ? verify_by_kid(jws, set) : verify_by_fit(jws, set);
	ERR_pop_to_mark();
	return reason;
}
