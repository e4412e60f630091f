/*
 * verify: ID tokens verified a second, beside OpenSSL's own verification with the key at hand.
 *
 *	verify ROUNDS
 *
 * For every algorithm it makes a key, the set that holds it, and a token; then, by turns in every
 * round, it verifies the token with idtoken_verify(), with jws_parse() and jws_verify(), and its
 * signature with EVP_DigestVerify(). Prints a line a round, `alg=NAME idtoken=NS jws=NS
 * openssl=NS`: the time of one verification.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "b64url.h"
#include "buf.h"
#include "idtoken.h"
#include "jwk.h"
#include "jws.h"
#include "strlist.h"

enum {
	SIGNATURE_MAX = 1024,
	BATCH = 50, /* verifications a timing: one alone is near the clock's own cost */
};

#define ISSUER    "https://idp.example.org"
#define CLIENT_ID "machine"
#define NOW       1790000000

/* What a typical ID token says: about 600 bytes. */
#define CLAIMS                                                                                     \
	"{\"iss\":\"" ISSUER "\",\"aud\":\"" CLIENT_ID "\",\"sub\":\"248289761001\","              \
	"\"exp\":1790003600,\"iat\":1789999999,\"auth_time\":1789999990,"                          \
	"\"acr\":\"urn:mace:incommon:iap:silver\",\"amr\":[\"pwd\",\"otp\"],"                      \
	"\"name\":\"Jane Doe\",\"given_name\":\"Jane\",\"family_name\":\"Doe\","                   \
	"\"preferred_username\":\"jane\",\"email\":\"jane@example.org\","                          \
	"\"email_verified\":true,\"zoneinfo\":\"Europe/Vienna\",\"locale\":\"de-AT\","             \
	"\"sid\":\"08a5019c-17e1-4977-8f42-65a12843ea02\","                                        \
	"\"groups\":[\"staff\",\"engineering\",\"on-call\",\"linux-admins\"]}"

struct algorithm {
	const char *name;
	const char *key;    /* OpenSSL's name of its type */
	const char *curve;  /* JWK's `crv`, or NULL */
	const char *group;  /* OpenSSL's name of the curve, or NULL */
	const char *digest; /* NULL: the algorithm has its own */
	int size;           /* of r and of s, or of x and y; 0 for RSA */
	int pss;
};

static const struct algorithm algorithms[] = {
	{"RS256", "RSA", NULL, NULL, "SHA256", 0, 0},
	{"RS384", "RSA", NULL, NULL, "SHA384", 0, 0},
	{"RS512", "RSA", NULL, NULL, "SHA512", 0, 0},
	{"PS256", "RSA", NULL, NULL, "SHA256", 0, 1},
	{"PS384", "RSA", NULL, NULL, "SHA384", 0, 1},
	{"PS512", "RSA", NULL, NULL, "SHA512", 0, 1},
	{"ES256", "EC", "P-256", "P-256", "SHA256", 32, 0},
	{"ES384", "EC", "P-384", "P-384", "SHA384", 48, 0},
	{"ES512", "EC", "P-521", "P-521", "SHA512", 66, 0},
	{"EdDSA", "ED25519", "Ed25519", NULL, NULL, 32, 0},
};

/* One algorithm's material. */
struct material {
	const struct algorithm *algorithm;
	EVP_PKEY *key;
	struct jwk_set set;
	struct strlist algs;
	char *token;
	size_t signed_len;                   /* of the token: header and payload */
	unsigned char native[SIGNATURE_MAX]; /* the signature in OpenSSL's own form */
	size_t native_len;
};

static void require(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "verify: %s failed\n", what);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static EVP_PKEY *make_key(const struct algorithm *algorithm)
{
	EVP_PKEY *key = algorithm->group  ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", algorithm->group)
			: algorithm->size ? EVP_PKEY_Q_keygen(NULL, NULL, algorithm->key)
					  : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);

	require(key != NULL, "making a key");
	return key;
}

/* Adds `"name":"value"`: a number of the key, of SIZE bytes (0: as many as it has). */
static void add_number(
	struct buf *out, EVP_PKEY *key, const char *name, const char *param, int size)
{
	unsigned char bytes[SIGNATURE_MAX];
	BIGNUM *number = NULL;

	require(EVP_PKEY_get_bn_param(key, param, &number), "reading the key");
	int len = BN_bn2binpad(number, bytes, size ? size : BN_num_bytes(number));
	BN_free(number);
	buf_printf(out, ",\"%s\":\"", name);
	b64url_encode(bytes, (size_t)len, out);
	buf_puts(out, "\"");
}

static void add_okp(struct buf *out, EVP_PKEY *key)
{
	unsigned char bytes[32];
	size_t len = sizeof(bytes);

	require(EVP_PKEY_get_raw_public_key(key, bytes, &len), "reading the key");
	buf_puts(out, ",\"x\":\"");
	b64url_encode(bytes, len, out);
	buf_puts(out, "\"");
}

static void make_set(struct material *material)
{
	const struct algorithm *algorithm = material->algorithm;
	BUF_AUTO(json, JWK_SET_MAX);

	buf_printf(&json,
		"{\"keys\":[{\"kid\":\"k1\",\"use\":\"sig\",\"alg\":\"%s\",\"kty\":\"%s\"",
		algorithm->name, strcmp(algorithm->key, "ED25519") ? algorithm->key : "OKP");
	if (algorithm->curve)
		buf_printf(&json, ",\"crv\":\"%s\"", algorithm->curve);
	if (algorithm->group) {
		add_number(&json, material->key, "x", OSSL_PKEY_PARAM_EC_PUB_X, algorithm->size);
		add_number(&json, material->key, "y", OSSL_PKEY_PARAM_EC_PUB_Y, algorithm->size);
	} else if (algorithm->size) {
		add_okp(&json, material->key);
	} else {
		add_number(&json, material->key, "n", OSSL_PKEY_PARAM_RSA_N, 0);
		add_number(&json, material->key, "e", OSSL_PKEY_PARAM_RSA_E, 0);
	}
	buf_puts(&json, "}]}");
	require(jwk_set_parse(buf_str(&json), json.len, &material->set) == 0 &&
			material->set.n == 1,
		"reading the key set");
}

static void set_padding(const struct algorithm *algorithm, EVP_PKEY_CTX *ctx)
{
	if (!algorithm->pss)
		return;
	require(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
			EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1,
		"choosing PSS");
}

/* OpenSSL has an ECDSA signature as DER; RFC 7518 section 3.4 as r and s side by side. */
static void add_signature(struct buf *out, const struct material *material)
{
	unsigned char flat[SIGNATURE_MAX];
	const unsigned char *der = material->native;
	int size = material->algorithm->size;

	if (!material->algorithm->group) {
		b64url_encode(material->native, material->native_len, out);
		return;
	}
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)material->native_len);
	require(signature != NULL, "reading a signature");
	BN_bn2binpad(ECDSA_SIG_get0_r(signature), flat, size);
	BN_bn2binpad(ECDSA_SIG_get0_s(signature), flat + size, size);
	ECDSA_SIG_free(signature);
	b64url_encode(flat, (size_t)size * 2, out);
}

static void make_token(struct material *material)
{
	const struct algorithm *algorithm = material->algorithm;
	BUF_AUTO(token, JWS_MAX);
	BUF_AUTO(header, JWS_MAX);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx = NULL;

	buf_printf(&header, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"k1\"}", algorithm->name);
	b64url_encode(buf_str(&header), header.len, &token);
	buf_puts(&token, ".");
	b64url_encode(CLAIMS, strlen(CLAIMS), &token);
	material->signed_len = token.len;

	require(EVP_DigestSignInit_ex(
			ctx, &key_ctx, algorithm->digest, NULL, NULL, material->key, NULL) == 1,
		"beginning to sign");
	set_padding(algorithm, key_ctx);
	material->native_len = sizeof(material->native);
	require(EVP_DigestSign(ctx, material->native, &material->native_len,
			(const unsigned char *)buf_str(&token), token.len) == 1,
		"signing");
	EVP_MD_CTX_free(ctx);

	buf_puts(&token, ".");
	add_signature(&token, material);
	material->token = buf_steal(&token);
	require(material->token != NULL, "making a token");
}

static void verify_idtoken(const struct material *material)
{
	const struct idtoken_expect expect = {
		.issuer = ISSUER,
		.client_id = CLIENT_ID,
		.algs = &material->algs,
		.now = NOW,
		.began = -1,
		.skew = 60,
		.max_age = -1,
	};
	IDTOKEN_AUTO(token);
	char detail[256] = "";

	enum reason reason = idtoken_verify(material->token, strlen(material->token),
		&material->set, &expect, &token, detail, sizeof(detail));
	require(reason == REASON_OK, detail[0] ? detail : "verifying the ID token");
}

static void verify_jws(const struct material *material)
{
	JWS_AUTO(jws);

	require(jws_parse(material->token, strlen(material->token), &material->algs, &jws) ==
				REASON_OK &&
			jws_verify(&jws, &material->set) == REASON_OK,
		"verifying the JWS");
}

static void verify_openssl(const struct material *material)
{
	const struct algorithm *algorithm = material->algorithm;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx = NULL;

	require(EVP_DigestVerifyInit_ex(
			ctx, &key_ctx, algorithm->digest, NULL, NULL, material->key, NULL) == 1,
		"beginning to verify");
	set_padding(algorithm, key_ctx);
	require(EVP_DigestVerify(ctx, material->native, material->native_len,
			(const unsigned char *)material->token, material->signed_len) == 1,
		"EVP_DigestVerify");
	EVP_MD_CTX_free(ctx);
}

static int64_t time_of(void (*verify)(const struct material *), const struct material *material)
{
	int64_t begin = now_ns();

	for (int i = 0; i < BATCH; i++)
		verify(material);
	return (now_ns() - begin) / BATCH;
}

static void measure(const struct algorithm *algorithm, int rounds)
{
	struct material material = {.algorithm = algorithm};

	material.key = make_key(algorithm);
	require(strlist_add(&material.algs, algorithm->name) == 0, "naming the algorithm");
	make_set(&material);
	make_token(&material);
	for (int i = 0; i < rounds; i++) {
		printf("alg=%s idtoken=%jd jws=%jd openssl=%jd\n", algorithm->name,
			(intmax_t)time_of(verify_idtoken, &material),
			(intmax_t)time_of(verify_jws, &material),
			(intmax_t)time_of(verify_openssl, &material));
	}
	free(material.token);
	strlist_free(&material.algs);
	jwk_set_free(&material.set);
	EVP_PKEY_free(material.key);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: verify ROUNDS\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		measure(&algorithms[i], atoi(argv[1]));
	return 0;
}
