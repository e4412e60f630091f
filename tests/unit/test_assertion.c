#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "assertion.h"
#include "b64url.h"
#include "json.h"

#define AUDIENCE "https://idp.example.com/token"
#define JTI      "zGyDk3OC3bBqF8Ro"

enum { ROOM = 8192 };

static const int64_t now = 1700000000;

/* One key of each kind; making an RSA key takes long. */
enum kind { RSA_1024, RSA_2048, RSA_3072, RSA_PSS, P256, P384, P521, SECP256K1, ED25519, KINDS };
static EVP_PKEY *keys[KINDS];

static EVP_PKEY *make_rsa(const char *type, int bits)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits), 1);
	assert_int_equal(EVP_PKEY_generate(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

static int make_keys(void **state)
{
	(void)state;
	keys[RSA_1024] = make_rsa("RSA", 1024);
	keys[RSA_2048] = make_rsa("RSA", 2048);
	keys[RSA_3072] = make_rsa("RSA", 3072);
	keys[RSA_PSS] = make_rsa("RSA-PSS", 2048);
	keys[P256] = EVP_EC_gen("P-256");
	keys[P384] = EVP_EC_gen("P-384");
	keys[P521] = EVP_EC_gen("P-521");
	keys[SECP256K1] = EVP_EC_gen("secp256k1");
	keys[ED25519] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	for (int i = 0; i < KINDS; i++)
		if (!keys[i])
			return -1;
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	for (int i = 0; i < KINDS; i++)
		EVP_PKEY_free(keys[i]);
	return 0;
}

static void take_bio(BIO *bio, struct secret *ret)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);

	assert_true(len > 0);
	assert_int_equal(secret_set(ret, data, (size_t)len), 0);
	BIO_free(bio);
}

static void private_pem(enum kind kind, struct secret *ret)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_PrivateKey(bio, keys[kind], NULL, NULL, 0, NULL, NULL), 1);
	take_bio(bio, ret);
}

/* The three parts of a token; the signature decoded. */
struct parts {
	char *header;
	char *payload;
	const char *signed_bytes;
	size_t signed_len;
	struct buf signature;
};

static void split(const char *token, struct parts *ret)
{
	BUF_AUTO(header, ROOM);
	BUF_AUTO(payload, ROOM);
	const char *first = strchr(token, '.');

	assert_non_null(first);
	const char *second = strchr(first + 1, '.');
	assert_non_null(second);
	*ret = (struct parts){.signed_bytes = token, .signature.max = ROOM};
	ret->signed_len = (size_t)(second - token);
	assert_int_equal(b64url_decode(token, (size_t)(first - token), &header), 0);
	assert_int_equal(b64url_decode(first + 1, (size_t)(second - first - 1), &payload), 0);
	assert_int_equal(b64url_decode(second + 1, strlen(second + 1), &ret->signature), 0);
	ret->header = buf_steal(&header);
	ret->payload = buf_steal(&payload);
}

static void free_parts(struct parts *parts)
{
	free(parts->header);
	free(parts->payload);
	buf_free(&parts->signature);
}

/* OpenSSL wants an ECDSA signature in DER, JWS has r and s one behind the other (RFC 7518 3.4). */
static void to_der(struct buf *signature)
{
	const unsigned char *bytes = (const unsigned char *)signature->data;
	int half = (int)signature->len / 2;
	ECDSA_SIG *pair = ECDSA_SIG_new();
	unsigned char *der = NULL;

	assert_int_equal(signature->len % 2, 0);
	assert_int_equal(ECDSA_SIG_set0(pair, BN_bin2bn(bytes, half, NULL),
				 BN_bin2bn(bytes + half, half, NULL)),
		1);
	int len = i2d_ECDSA_SIG(pair, &der);
	assert_true(len > 0);
	buf_free(signature);
	assert_int_equal(buf_add(signature, der, (size_t)len), 0);
	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
}

static void check_signature(struct parts *parts, enum kind kind, const char *digest)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (EVP_PKEY_is_a(keys[kind], "EC"))
		to_der(&parts->signature);
	assert_int_equal(
		EVP_DigestVerifyInit_ex(context, NULL, digest, NULL, NULL, keys[kind], NULL), 1);
	assert_int_equal(EVP_DigestVerify(context, (const unsigned char *)parts->signature.data,
				 parts->signature.len, (const unsigned char *)parts->signed_bytes,
				 parts->signed_len),
		1);
	EVP_MD_CTX_free(context);
}

static void check_claims(const struct parts *parts, const char *alg, const char *kid)
{
	JSON_AUTO(header);
	JSON_AUTO(payload);
	int64_t iat = 0;
	int64_t exp = 0;

	header = json_parse_object(parts->header, strlen(parts->header), ROOM);
	payload = json_parse_object(parts->payload, strlen(parts->payload), ROOM);
	assert_string_equal(json_string(header, "alg"), alg);
	if (kid)
		assert_string_equal(json_string(header, "kid"), kid);
	else
		assert_null(json_member(header, "kid"));
	assert_string_equal(json_string(payload, "iss"), "my client");
	assert_string_equal(json_string(payload, "sub"), "my client");
	assert_string_equal(json_string(payload, "aud"), AUDIENCE);
	assert_string_equal(json_string(payload, "jti"), JTI);
	assert_true(json_integer(json_member(payload, "iat"), now, now, &iat));
	assert_true(json_integer(json_member(payload, "exp"), now + 1, now + 300, &exp));
	assert_int_equal(exp - iat, ASSERTION_LIFETIME);
	assert_int_equal(cJSON_GetArraySize(payload), 6);
}

static enum reason sign(
	const struct secret *pem, const char *alg, const char *kid, struct secret *ret)
{
	const struct client client = {.id = "my client",
		.method = CLIENT_PRIVATE_KEY_JWT,
		.key = *pem,
		.key_id = kid,
		.assertion_alg = alg};

	return assertion_sign(&client, AUDIENCE, now, JTI, ret);
}

static void what_openssl_verifies(void **state)
{
	static const struct {
		const char *alg;
		enum kind kind;
		const char *digest;
		const char *kid;
	} rows[] = {
		{"RS256", RSA_2048, "SHA256", "key-1"},
		{"RS384", RSA_2048, "SHA384", NULL},
		{"RS512", RSA_3072, "SHA512", "a \"b\" \\"},
		{"ES256", P256, "SHA256", "key-1"},
		{"ES384", P384, "SHA384", NULL},
		{"ES512", P521, "SHA512", "\xc3\xa9"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		SECRET_AUTO(pem);
		SECRET_AUTO(token);
		struct parts parts;

		private_pem(rows[i].kind, &pem);
		assert_int_equal(sign(&pem, rows[i].alg, rows[i].kid, &token), REASON_OK);
		split(secret_reveal(&token), &parts);
		check_claims(&parts, rows[i].alg, rows[i].kid);
		check_signature(&parts, rows[i].kind, rows[i].digest);
		free_parts(&parts);
	}
}

static void keys_that_do_not_fit(void **state)
{
	static const struct {
		const char *alg;
		enum kind kind;
	} rows[] = {
		{"RS256", RSA_1024},
		{"RS256", RSA_PSS},
		{"RS256", P256},
		{"RS256", ED25519},
		{"ES256", RSA_2048},
		{"ES256", P384},
		{"ES256", SECP256K1},
		{"ES256", ED25519},
		{"ES384", P256},
		{"ES384", P521},
		{"ES512", P384},
		{"ES512", RSA_3072},
		{NULL, RSA_2048},
		{"", RSA_2048},
		{"none", RSA_2048},
		{"rs256", RSA_2048},
		{"HS256", RSA_2048},
		{"PS256", RSA_2048},
		{"RS256 ", RSA_2048},
		{"es256", P256},
		{"ES256K", SECP256K1},
		{"EdDSA", ED25519},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		SECRET_AUTO(pem);
		SECRET_AUTO(token);

		private_pem(rows[i].kind, &pem);
		if (sign(&pem, rows[i].alg, "kid", &token) != REASON_CONFIG)
			fail_msg("%s with key %d", rows[i].alg, (int)rows[i].kind);
		assert_false(secret_present(&token));
	}
}

static void texts_that_are_no_key(void **state)
{
	static const char *const texts[] = {
		"x",
		"-----BEGIN PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n",
	};
	static const char *const algs[] = {"RS256", "ES256"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t k = 0; k < sizeof(algs) / sizeof(algs[0]); k++) {
			SECRET_AUTO(pem);
			SECRET_AUTO(token);

			assert_int_equal(secret_set(&pem, texts[i], strlen(texts[i])), 0);
			if (sign(&pem, algs[k], NULL, &token) != REASON_CONFIG)
				fail_msg("%s: %s", algs[k], texts[i]);
		}
}

static void a_public_key(void **state)
{
	BIO *bio = BIO_new(BIO_s_mem());
	SECRET_AUTO(pem);
	SECRET_AUTO(token);

	(void)state;
	assert_int_equal(PEM_write_bio_PUBKEY(bio, keys[P256]), 1);
	take_bio(bio, &pem);
	assert_int_equal(sign(&pem, "ES256", NULL, &token), REASON_CONFIG);
}

/* It is refused, and nobody is asked for the passphrase. */
static void an_encrypted_key(void **state)
{
	static char passphrase[] = "open sesame";
	BIO *bio = BIO_new(BIO_s_mem());
	SECRET_AUTO(pem);
	SECRET_AUTO(token);

	(void)state;
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, keys[P256], EVP_aes_256_cbc(),
				 passphrase, (int)strlen(passphrase), NULL, NULL),
		1);
	take_bio(bio, &pem);
	assert_int_equal(sign(&pem, "ES256", NULL, &token), REASON_CONFIG);
}

/* As `openssl ecparam -genkey` writes it: the curve's name (an OID) stands before the key. */
static void a_key_behind_its_parameters(void **state)
{
	static const unsigned char p256[] = {
		0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	BIO *bio = BIO_new(BIO_s_mem());
	SECRET_AUTO(pem);
	SECRET_AUTO(token);

	(void)state;
	assert_true(PEM_write_bio(bio, "EC PARAMETERS", "", p256, sizeof(p256)) > 0);
	assert_int_equal(
		PEM_write_bio_PrivateKey_traditional(bio, keys[P256], NULL, NULL, 0, NULL, NULL),
		1);
	take_bio(bio, &pem);
	assert_int_equal(sign(&pem, "ES256", NULL, &token), REASON_OK);
}

/* A client id that is not UTF-8 cannot be said in JSON. */
static void a_text_that_cannot_be_said(void **state)
{
	struct client client = {
		.id = "\xff", .method = CLIENT_PRIVATE_KEY_JWT, .assertion_alg = "ES256"};
	SECRET_AUTO(token);

	(void)state;
	private_pem(P256, &client.key);
	enum reason reason = assertion_sign(&client, AUDIENCE, now, JTI, &token);
	secret_free(&client.key);
	assert_int_equal(reason, REASON_CONFIG);
}

static void what_the_form_gets(void **state)
{
	static const char start[] =
		"client_id=my+client&client_assertion_type=urn%3Aietf%3Aparams%3A"
		"oauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=";
	struct client client = {
		.id = "my client", .method = CLIENT_PRIVATE_KEY_JWT, .assertion_alg = "ES256"};
	BUF_AUTO(form, ROOM);
	SECRET_AUTO(header);
	struct parts parts;

	(void)state;
	private_pem(P256, &client.key);
	enum reason reason = client_authenticate(&client, AUDIENCE, now, JTI, &form, &header);
	secret_free(&client.key);
	assert_int_equal(reason, REASON_OK);
	assert_false(secret_present(&header));
	assert_memory_equal(buf_str(&form), start, strlen(start));
	split(buf_str(&form) + strlen(start), &parts);
	check_claims(&parts, "ES256", NULL);
	check_signature(&parts, P256, "SHA256");
	free_parts(&parts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_openssl_verifies),
		cmocka_unit_test(keys_that_do_not_fit),
		cmocka_unit_test(texts_that_are_no_key),
		cmocka_unit_test(a_public_key),
		cmocka_unit_test(an_encrypted_key),
		cmocka_unit_test(a_key_behind_its_parameters),
		cmocka_unit_test(a_text_that_cannot_be_said),
		cmocka_unit_test(what_the_form_gets),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
