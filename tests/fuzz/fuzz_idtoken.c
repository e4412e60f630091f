/*
 * An ID token whose signature is good (idtoken.h): the first line is its header, the rest its
 * payload, and the fuzzer has the key. What is accepted keeps the MUST sentences of idtoken_claims.c,
 * which are asked here once more, in other words.
 */
#include "fuzz.h"

#include <openssl/evp.h>

#include "b64url.h"
#include "idtoken.h"
#include "json.h"
#include "jws.h"
#include "renewal.h"

enum { NOW = 1800000000, BEGAN = NOW - 100, SKEW = 60, MAX_AGE = 3600 };

static const char issuer[] = "https://idp.example.com";
static const char client[] = "host";

/* RFC 8037 A.1 */
static const unsigned char private_key[32] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba,
	0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19,
	0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
static const char keys[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\","
			   "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

static void sign(struct buf *token)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(
		NULL, "ED25519", NULL, private_key, sizeof(private_key));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[64];
	size_t len = sizeof(signature);

	MUST(EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1);
	MUST(EVP_DigestSign(context, signature, &len, (unsigned char *)token->data, token->len) ==
		1);
	buf_puts(token, ".");
	MUST(b64url_encode(signature, len, token) == 0);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
}

static void make_token(const char *header, const uint8_t *payload, size_t len, struct buf *token)
{
	b64url_encode(header, strlen(header), token);
	buf_puts(token, ".");
	MUST(b64url_encode(payload, len, token) == 0);
	sign(token);
}

static double number(const cJSON *claims, const char *name)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(claims, name);

	MUST(cJSON_IsNumber(value));
	return value->valuedouble;
}

static const char *text(const cJSON *claims, const char *name)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(claims, name);

	MUST(cJSON_IsString(value));
	return value->valuestring;
}

static void check_audience(const cJSON *claims)
{
	const cJSON *aud = cJSON_GetObjectItemCaseSensitive(claims, "aud");
	const cJSON *one = cJSON_IsArray(aud) ? cJSON_GetArrayItem(aud, 0) : aud;
	bool ours = false;

	for (int i = 0; one; one = cJSON_IsArray(aud) ? cJSON_GetArrayItem(aud, ++i) : NULL) {
		MUST(cJSON_IsString(one));
		MUST(!strcmp(one->valuestring, client) || !strcmp(one->valuestring, "api"));
		ours = ours || strcmp(one->valuestring, client) == 0;
	}
	MUST(ours);
	if (cJSON_HasObjectItem(claims, "azp") || cJSON_GetArraySize(aud) > 1)
		MUST(strcmp(text(claims, "azp"), client) == 0);
}

static void check_times(const cJSON *claims)
{
	double iat = number(claims, "iat");

	MUST(number(claims, "exp") > NOW - SKEW && number(claims, "exp") < 253402300800.0);
	MUST(iat <= NOW + SKEW && iat >= BEGAN - SKEW);
	if (cJSON_GetObjectItemCaseSensitive(claims, "nbf"))
		MUST(number(claims, "nbf") >= 0 && number(claims, "nbf") <= NOW + SKEW);
	MUST(number(claims, "auth_time") >= NOW - SKEW - MAX_AGE);
	MUST(number(claims, "auth_time") <= NOW + SKEW);
}

static void check_accepted(const struct idtoken *token)
{
	const cJSON *claims = token->claims;
	size_t len = strlen(token->sub);

	MUST(strcmp(text(claims, "iss"), issuer) == 0);
	MUST(strcmp(text(claims, "sub"), token->sub) == 0 && len >= 1 && len <= 255);
	MUST(fuzz_is_printable(token->sub));
	MUST(strcmp(text(claims, "nonce"), "n") == 0 && strcmp(text(claims, "acr"), "mfa") == 0);
	MUST(!cJSON_GetObjectItemCaseSensitive(claims, "events"));
	MUST(!cJSON_GetObjectItemCaseSensitive(claims, "at_hash"));
	check_audience(claims);
	check_times(claims);
}

/* Whether the members of a header are such that the token may be taken. */
static void check_header(const char *header)
{
	JSON_AUTO(read);

	read = json_parse_object(header, strlen(header), JWS_MAX);
	MUST(read && strcmp(text(read, "alg"), "EdDSA") == 0);
	MUST(!json_member(read, "crit") && !json_member(read, "b64"));
	MUST(!json_member(read, "typ") || strcasecmp(text(read, "typ"), "JWT") == 0);
	MUST(!json_member(read, "kid") || strcmp(text(read, "kid"), "k") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char detail[256] = "";
	STRLIST_AUTO(algs);
	STRLIST_AUTO(audiences);
	STRLIST_AUTO(acr);
	JWK_SET_AUTO(set);
	IDTOKEN_AUTO(token);
	BUF_AUTO(compact, 2 * JWS_MAX);

	if (len > JWS_MAX)
		return 0;
	FUZZ_LINE(header, &bytes, &len);
	MUST(strlist_add(&algs, "EdDSA") == 0 && strlist_add(&audiences, "api") == 0);
	MUST(strlist_add(&acr, "mfa") == 0);
	MUST(jwk_set_parse(keys, strlen(keys), &set) == 0 && set.n == 1);
	const struct idtoken_expect expect = {.issuer = issuer,
		.client_id = client,
		.audiences = &audiences,
		.algs = &algs,
		.nonce = "n",
		.now = NOW,
		.began = BEGAN,
		.skew = SKEW,
		.acr = &acr,
		.max_age = MAX_AGE};
	make_token(header, bytes, len, &compact);
	enum reason reason = idtoken_verify(
		compact.data, compact.len, &set, &expect, &token, detail, sizeof(detail));
	MUST(reason != REASON_TOKEN_SIGNATURE && fuzz_is_printable(detail));
	MUST((reason == REASON_OK) == (token.claims != NULL) && (token.claims || *detail));
	if (reason != REASON_OK)
		return 0;
	check_header(header);
	check_accepted(&token);
	return 0;
}
