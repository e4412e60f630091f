#include "keys.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "buf.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -EINVAL;
}

static int parse_hex(const char *hex, unsigned char ret[KEY_BYTES])
{
	if (strlen(hex) != 2 * (size_t)KEY_BYTES)
		return -EINVAL;
	for (size_t i = 0; i < KEY_BYTES; i++) {
		int high = hex_digit(hex[2 * i]);
		int low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		ret[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

/* RFC 5869 without salt: the input is uniform already. */
static int derive(EVP_KDF_CTX *kdf, unsigned char *master, const char *purpose, unsigned char *ret,
	size_t len)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, master, KEY_BYTES),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_INFO, (char *)purpose, strlen(purpose)),
		OSSL_PARAM_construct_end(),
	};

	EVP_KDF_CTX_reset(kdf);
	return EVP_KDF_derive(kdf, ret, len, params) == 1 ? 0 : -ENOMEM;
}

static int derive_all(unsigned char *master, struct key *ret)
{
	EVP_KDF *algorithm = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *kdf = algorithm ? EVP_KDF_CTX_new(algorithm) : NULL;
	int r = kdf ? 0 : -ENOMEM;

	if (r == 0)
		r = derive(kdf, master, "pam_sso store 1: seal", ret->seal, sizeof(ret->seal));
	if (r == 0)
		r = derive(kdf, master, "pam_sso store 1: names", ret->names, sizeof(ret->names));
	if (r == 0)
		r = derive(kdf, master, "pam_sso store 1: id", ret->id, sizeof(ret->id));
	EVP_KDF_CTX_free(kdf);
	EVP_KDF_free(algorithm);
	return r;
}

int keys_add(struct keys *keys, const char *hex)
{
	unsigned char master[KEY_BYTES];
	struct key key;

	if (keys->n == KEYS_MAX)
		return -EINVAL;
	int r = parse_hex(hex, master);
	if (r == 0)
		r = derive_all(master, &key);
	explicit_bzero(master, sizeof(master));
	for (size_t i = 0; r == 0 && i < keys->n; i++)
		if (memcmp(keys->key[i].id, key.id, KEY_ID) == 0)
			r = -EINVAL;
	if (r == 0)
		keys->key[keys->n++] = key;
	explicit_bzero(&key, sizeof(key));
	return r;
}

void keys_wipe(struct keys *keys)
{
	explicit_bzero(keys, sizeof(*keys));
}

static void print_name(enum name_kind kind, const unsigned char *mac, char ret[NAME_SIZE])
{
	int at = snprintf(ret, NAME_SIZE, "pam_sso:%c:", kind);

	for (size_t i = 0; i < KEY_BYTES; i++)
		at += snprintf(ret + at, NAME_SIZE - (size_t)at, "%02x", mac[i]);
}

int names_make(const struct keys *keys, enum name_kind kind, const char *text, struct names *ret)
{
	BUF_AUTO(message, SIZE_MAX);
	unsigned char mac[KEY_BYTES];

	buf_add(&message, &(char){(char)kind}, 1);
	if (buf_puts(&message, text) < 0)
		return -ENOMEM;
	ret->n = keys->n;
	for (size_t i = 0; i < keys->n; i++) {
		if (!HMAC(EVP_sha256(), keys->key[i].names, KEY_BYTES,
			    (unsigned char *)message.data, message.len, mac, NULL))
			return -ENOMEM;
		print_name(kind, mac, ret->text[i]);
	}
	return 0;
}
