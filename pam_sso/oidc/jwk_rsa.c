/*
 * RSA (RFC 7518 section 6.3.1).
 *
 * 1. The modulus MUST have 2048 to 8192 bits, and be odd.
 * 2. The exponent MUST be odd, at least 3, and within 32 bits.
 * 3. Zero octets in front of either are left out. They MUST NOT be there, but RFC 7518 itself tells
 *    of libraries that write them, and they do not change the number.
 */
#include "jwk_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	BITS_MIN = 2048,
	BITS_MAX = 8192,
	EXPONENT_MAX = 4, /* octets */
	ZEROS_MAX = 4,    /* octets in front of a number */
};

static void leave_out_zeros(struct buf *number)
{
	size_t zeros = 0;

	while (zeros < number->len && number->data[zeros] == '\0')
		zeros++;
	buf_consume(number, zeros);
}

/* Of a number without zeros in front. */
static size_t bits_of(const struct buf *number)
{
	size_t bits = number->len * 8;

	if (!bits)
		return 0;
	for (unsigned int top = 0x80; !((unsigned char)number->data[0] & top); top >>= 1)
		bits--;
	return bits;
}

static bool is_odd(const struct buf *number)
{
	return number->len && (number->data[number->len - 1] & 1);
}

static const char *modulus_wrong(const struct buf *n)
{
	size_t bits = bits_of(n);

	if (bits < BITS_MIN)
		return "an RSA modulus of less than 2048 bits";
	if (bits > BITS_MAX)
		return "an RSA modulus of more than 8192 bits";
	return is_odd(n) ? NULL : "an even RSA modulus";
}

static const char *exponent_wrong(const struct buf *e)
{
	if (e->len > EXPONENT_MAX)
		return "an RSA exponent of more than 32 bits";
	if (bits_of(e) < 2)
		return "an RSA exponent below 3";
	return is_odd(e) ? NULL : "an even RSA exponent";
}

static EVP_PKEY *build(const struct buf *n, const struct buf *e)
{
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params = NULL;

	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *modulus = BN_bin2bn((const unsigned char *)n->data, (int)n->len, NULL);
	BIGNUM *exponent = BN_bin2bn((const unsigned char *)e->data, (int)e->len, NULL);
	if (builder && modulus && exponent &&
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
		params = OSSL_PARAM_BLD_to_param(builder);
	if (params)
		key = jwk_key_build("RSA", params);
	OSSL_PARAM_free(params);
	BN_free(exponent);
	BN_free(modulus);
	OSSL_PARAM_BLD_free(builder);
	return key;
}

EVP_PKEY *jwk_key_rsa(const cJSON *jwk, enum jwk_type *ret_type, const char **ret_why)
{
	BUF_AUTO(n, BITS_MAX / 8 + ZEROS_MAX);
	BUF_AUTO(e, EXPONENT_MAX + ZEROS_MAX);
	EVP_PKEY *key = NULL;

	*ret_type = JWK_RSA;
	*ret_why = "RSA numbers that are missing, no base64url, or far too long";
	if (jwk_key_octets(jwk, "n", &n) < 0 || jwk_key_octets(jwk, "e", &e) < 0)
		return NULL;
	leave_out_zeros(&n);
	leave_out_zeros(&e);
	const char *wrong = modulus_wrong(&n);
	if (!wrong)
		wrong = exponent_wrong(&e);
	if (wrong)
		*ret_why = wrong;
	else
		key = build(&n, &e);
	return key;
}
