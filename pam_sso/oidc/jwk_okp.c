/*
 * Ed25519 (RFC 8037 section 2, RFC 8032 section 5.1).
 *
 * 1. The curve MUST be Ed25519, and the key 32 octets.
 * 2. The y coordinate MUST be below the field's prime: each point has one encoding.
 * 3. The point MUST NOT be one of the eight of small order: with such a key there are signatures
 *    that fit messages which nobody signed.
 */
#include "jwk_key.h"

#include <openssl/core_names.h>
#include <stdbool.h>
#include <string.h>

#include "count.h"
#include "json.h"

enum {
	OCTETS = 32,
	SIGN = 0x80, /* in the last octet: which of the two points with this y coordinate it is */
};

/* The y coordinates of the eight points of small order, lowest octet first. */
static const unsigned char small_order[][OCTETS] = {
	{0x00}, /* order 4 */
	{0x01}, /* order 1 */
	{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0x7f}, /* order 2 */
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
		0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d,
		0x53, 0xfc, 0x05}, /* order 8 */
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
		0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92,
		0xac, 0x03, 0x7a}, /* order 8 */
};

/* Whether y is below 2^255 - 19. */
static bool is_canonical(const unsigned char y[OCTETS])
{
	if (y[OCTETS - 1] != 0x7f)
		return true;
	for (size_t i = OCTETS - 2; i > 0; i--)
		if (y[i] != 0xff)
			return true;
	return y[0] < 0xed;
}

static bool is_small_order(const unsigned char y[OCTETS])
{
	for (size_t i = 0; i < COUNT(small_order); i++)
		if (memcmp(y, small_order[i], OCTETS) == 0)
			return true;
	return false;
}

static const char *point_wrong(const struct buf *point)
{
	unsigned char y[OCTETS];

	if (point->len != OCTETS)
		return "an Ed25519 key that is not 32 octets";
	memcpy(y, point->data, OCTETS);
	y[OCTETS - 1] &= (unsigned char)~SIGN;
	if (!is_canonical(y))
		return "an Ed25519 key that is not canonical";
	return is_small_order(y) ? "an Ed25519 key of small order" : NULL;
}

static EVP_PKEY *build(struct buf *point)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point->data, point->len),
		OSSL_PARAM_construct_end(),
	};

	return jwk_key_build("ED25519", params);
}

EVP_PKEY *jwk_key_okp(const cJSON *jwk, enum jwk_type *ret_type, const char **ret_why)
{
	const char *curve = json_string(jwk, "crv");
	BUF_AUTO(point, OCTETS);
	EVP_PKEY *key = NULL;

	*ret_type = JWK_ED25519;
	*ret_why = "not the curve Ed25519";
	if (!curve || strcmp(curve, "Ed25519") != 0)
		return NULL;
	*ret_why = "an Ed25519 key that is missing, no base64url, or too long";
	if (jwk_key_octets(jwk, "x", &point) < 0)
		return NULL;
	const char *wrong = point_wrong(&point);
	if (wrong)
		*ret_why = wrong;
	else
		key = build(&point);
	return key;
}
