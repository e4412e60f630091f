/*
 * A key set (jwk.h): each key that is taken has the size and the numbers that it must have, and
 * written anew it is read as the same key; each that is not has a note.
 */
#include "fuzz.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "b64url.h"
#include "buf.h"
#include "jwk.h"

enum { MAX = 16 * 1024 };

static void add_octets(struct buf *out, const char *name, const unsigned char *octets, size_t len)
{
	buf_printf(out, ",\"%s\":\"", name);
	b64url_encode(octets, len, out);
	MUST(buf_puts(out, "\"") == 0);
}

static void add_number(
	struct buf *out, const char *name, EVP_PKEY *key, const char *param, int octets)
{
	unsigned char bytes[1024];
	BIGNUM *value = NULL;

	MUST(EVP_PKEY_get_bn_param(key, param, &value) == 1);
	int len = octets ? octets : BN_num_bytes(value);
	MUST(BN_bn2binpad(value, bytes, len) == len);
	BN_free(value);
	add_octets(out, name, bytes, (size_t)len);
}

static void write_rsa(struct buf *out, EVP_PKEY *key)
{
	BIGNUM *n = NULL;
	BIGNUM *e = NULL;

	MUST(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1);
	MUST(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1);
	MUST(BN_num_bits(n) >= 2048 && BN_num_bits(n) <= 8192 && BN_is_odd(n));
	MUST(BN_num_bits(e) >= 2 && BN_num_bits(e) <= 32 && BN_is_odd(e));
	BN_free(n);
	BN_free(e);
	buf_puts(out, "\"kty\":\"RSA\"");
	add_number(out, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
	add_number(out, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
}

static void write_ec(struct buf *out, EVP_PKEY *key)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	int bits = EVP_PKEY_get_bits(key);

	MUST(context && EVP_PKEY_public_check(context) == 1);
	EVP_PKEY_CTX_free(context);
	buf_printf(out, "\"kty\":\"EC\",\"crv\":\"P-%d\"", bits);
	add_number(out, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, (bits + 7) / 8);
	add_number(out, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, (bits + 7) / 8);
}

static void write_okp(struct buf *out, EVP_PKEY *key)
{
	unsigned char octets[32];
	size_t len = sizeof(octets);

	MUST(EVP_PKEY_get_raw_public_key(key, octets, &len) == 1 && len == sizeof(octets));
	buf_puts(out, "\"kty\":\"OKP\",\"crv\":\"Ed25519\"");
	add_octets(out, "x", octets, len);
}

static void check_key(const struct jwk *jwk)
{
	static const struct {
		void (*write)(struct buf *out, EVP_PKEY *key);
	} types[] = {
		[JWK_RSA] = {write_rsa},
		[JWK_P256] = {write_ec},
		[JWK_P384] = {write_ec},
		[JWK_P521] = {write_ec},
		[JWK_ED25519] = {write_okp},
	};
	BUF_AUTO(text, MAX);
	JWK_SET_AUTO(again);

	MUST(!jwk->kid || strlen(jwk->kid) <= JWK_KID_MAX);
	buf_puts(&text, "{\"keys\":[{");
	types[jwk->type].write(&text, jwk->key);
	MUST(buf_puts(&text, "}]}") == 0);
	MUST(jwk_set_parse(text.data, text.len, &again) == 0 && again.n == 1);
	MUST(again.keys[0].type == jwk->type);
	MUST(EVP_PKEY_eq(again.keys[0].key, jwk->key) == 1);
}

static void check_kids(const struct jwk_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		for (size_t j = 0; j < i; j++)
			MUST(!set->keys[i].kid || !set->keys[j].kid ||
				strcmp(set->keys[i].kid, set->keys[j].kid) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	JWK_SET_AUTO(set);
	int r = jwk_set_parse((const char *)bytes, len, &set);

	MUST(r == 0 || (r == -EBADMSG && set.n == 0 && set.notes.n == 0));
	MUST(set.n <= JWK_SET_KEYS && set.notes.n <= JWK_SET_KEYS + 1);
	for (size_t i = 0; i < set.n; i++)
		check_key(&set.keys[i]);
	for (size_t i = 0; i < set.notes.n; i++)
		MUST(fuzz_is_printable(set.notes.items[i]));
	check_kids(&set);
	return 0;
}
