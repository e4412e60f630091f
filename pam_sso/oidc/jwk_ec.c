/*
 * Elliptic curves (RFC 7518 section 6.2.1).
 *
 * 1. The curve MUST be P-256, P-384 or P-521.
 * 2. Both coordinates MUST have exactly the octets of the curve's field.
 * 3. The point MUST be on the curve. (Infinity has no coordinates; and the order of these curves is
 *    a prime, so that every other point has it.)
 */
#include "jwk_key.h"

#include <openssl/core_names.h>
#include <stdbool.h>
#include <string.h>

#include "count.h"
#include "json.h"

struct curve {
	const char *name; /* OpenSSL knows them by the same names */
	enum jwk_type type;
	size_t octets;
};

static const struct curve curves[] = {
	{"P-256", JWK_P256, 32},
	{"P-384", JWK_P384, 48},
	{"P-521", JWK_P521, 66},
};

enum { POINT_MAX = 1 + 2 * 66 };

static const struct curve *curve_of(const char *name)
{
	for (size_t i = 0; name && i < COUNT(curves); i++)
		if (strcmp(curves[i].name, name) == 0)
			return &curves[i];
	return NULL;
}

static bool on_curve(EVP_PKEY *key)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool on = context && EVP_PKEY_public_check_quick(context) == 1;

	EVP_PKEY_CTX_free(context);
	return on;
}

static EVP_PKEY *build(const struct curve *curve, struct buf *point)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_PKEY_PARAM_GROUP_NAME, (char *)curve->name, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point->data, point->len),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = jwk_key_build("EC", params);

	if (key && !on_curve(key)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

EVP_PKEY *jwk_key_ec(const cJSON *jwk, enum jwk_type *ret_type, const char **ret_why)
{
	static const unsigned char uncompressed = 0x04;
	const struct curve *curve = curve_of(json_string(jwk, "crv"));
	BUF_AUTO(point, POINT_MAX);

	*ret_why = "not one of the curves P-256, P-384, P-521";
	if (!curve)
		return NULL;
	*ret_type = curve->type;
	*ret_why = "coordinates of another length than the curve's";
	if (buf_add(&point, &uncompressed, 1) < 0 || jwk_key_octets(jwk, "x", &point) < 0 ||
		point.len != 1 + curve->octets || jwk_key_octets(jwk, "y", &point) < 0 ||
		point.len != 1 + 2 * curve->octets)
		return NULL;
	*ret_why = "a point that is not on its curve";
	return build(curve, &point);
}
