#include "assertion.h"

#include <errno.h>
#include <jwt.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>

#include "count.h"

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192 };

/* An algorithm, and the curve that its keys are on; NULL for RSA. */
static const struct algorithm {
	const char *name;
	jwt_alg_t id;
	const char *curve;
} algorithms[] = {
	{"RS256", JWT_ALG_RS256, NULL},
	{"RS384", JWT_ALG_RS384, NULL},
	{"RS512", JWT_ALG_RS512, NULL},
	{"ES256", JWT_ALG_ES256, SN_X9_62_prime256v1},
	{"ES384", JWT_ALG_ES384, SN_secp384r1},
	{"ES512", JWT_ALG_ES512, SN_secp521r1},
};

static const struct algorithm *find_algorithm(const char *name)
{
	for (size_t i = 0; name && i < COUNT(algorithms); i++)
		if (strcmp(algorithms[i].name, name) == 0)
			return &algorithms[i];
	return NULL;
}

/* OpenSSL's own would ask at the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *data)
{
	(void)writing;
	(void)data;
	if (size > 0)
		buffer[0] = '\0';
	return -1;
}

static EVP_PKEY *read_key(const struct secret *pem)
{
	BIO *bio = BIO_new_mem_buf(secret_reveal(pem), (int)pem->len);

	if (!bio)
		return NULL;
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	return key;
}

static bool is_rsa(const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	return EVP_PKEY_is_a(key, "RSA") && bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
}

static bool is_on_curve(const EVP_PKEY *key, const char *curve)
{
	char name[64] = "";

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) == 1 &&
	       strcmp(name, curve) == 0;
}

/* Rules 2 and 3. */
static bool key_fits(const struct secret *pem, const struct algorithm *algorithm)
{
	EVP_PKEY *key = read_key(pem);
	bool fits = false;

	if (key)
		fits = algorithm->curve ? is_on_curve(key, algorithm->curve) : is_rsa(key);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return fits;
}

/* Returns 0 or an errno, as libjwt does. */
static int set_claims(
	jwt_t *jwt, const struct client *client, const char *audience, int64_t now, const char *jti)
{
	const struct {
		const char *name;
		const char *value;
	} strings[] = {{"iss", client->id}, {"sub", client->id}, {"aud", audience}, {"jti", jti}};
	int error = 0;

	for (size_t i = 0; !error && i < COUNT(strings); i++)
		error = jwt_add_grant(jwt, strings[i].name, strings[i].value);
	if (!error)
		error = jwt_add_grant_int(jwt, "iat", (long)now);
	if (!error)
		error = jwt_add_grant_int(jwt, "exp", (long)(now + ASSERTION_LIFETIME));
	if (!error && client->key_id)
		error = jwt_add_header(jwt, "kid", client->key_id);
	return error;
}

static int encode(
	jwt_t *jwt, const struct algorithm *algorithm, const struct secret *pem, struct secret *ret)
{
	const unsigned char *key = (const unsigned char *)secret_reveal(pem);
	int error = jwt_set_alg(jwt, algorithm->id, key, (int)pem->len);

	if (error)
		return error;
	errno = 0;
	char *text = jwt_encode_str(jwt);
	if (!text)
		return errno ? errno : EINVAL;
	error = -secret_set(ret, text, strlen(text));
	secret_wipe_string(text);
	return error;
}

enum reason assertion_sign(const struct client *client, const char *audience, int64_t now,
	const char *jti, struct secret *ret)
{
	const struct algorithm *algorithm = find_algorithm(client->assertion_alg);
	jwt_t *jwt = NULL;

	if (!algorithm || !secret_present(&client->key) || !key_fits(&client->key, algorithm))
		return REASON_CONFIG;
	int error = jwt_new(&jwt);
	if (!error)
		error = set_claims(jwt, client, audience, now, jti);
	if (!error)
		error = encode(jwt, algorithm, &client->key, ret);
	jwt_free(jwt);
	ERR_clear_error();
	if (error == 0)
		return REASON_OK;
	return error == ENOMEM ? REASON_NO_MEMORY : REASON_CONFIG;
}
