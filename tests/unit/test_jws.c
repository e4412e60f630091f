#include "make_jws.h"

#include <openssl/err.h>
#include <stdbool.h>
#include <stdio.h>

#include "jwk.h"
#include "jws.h"

/* One key of each kind for all tests: making RSA keys takes a while. */
struct keys {
	EVP_PKEY *of[MAKE_ALGS];
	EVP_PKEY *other[MAKE_ALGS];
	struct strlist algs;
};

static EVP_PKEY *shared_key(EVP_PKEY **keys, int i)
{
	for (int j = 0; j < i; j++)
		if (strcmp(make_algs[i].kind, make_algs[j].kind) == 0) {
			EVP_PKEY_up_ref(keys[j]);
			return keys[j];
		}
	return make_key(make_algs[i].kind);
}

static int make_keys(void **state)
{
	struct keys *keys = calloc(1, sizeof(*keys));

	assert_non_null(keys);
	for (int i = 0; i < MAKE_ALGS; i++) {
		keys->of[i] = shared_key(keys->of, i);
		keys->other[i] = shared_key(keys->other, i);
		assert_int_equal(strlist_add(&keys->algs, make_algs[i].name), 0);
	}
	*state = keys;
	return 0;
}

static int free_keys(void **state)
{
	struct keys *keys = *state;

	for (int i = 0; i < MAKE_ALGS; i++) {
		EVP_PKEY_free(keys->of[i]);
		EVP_PKEY_free(keys->other[i]);
	}
	strlist_free(&keys->algs);
	free(keys);
	return 0;
}

static int alg_index(const char *alg)
{
	for (int i = 0; i < MAKE_ALGS; i++)
		if (strcmp(make_algs[i].name, alg) == 0)
			return i;
	fail_msg("no algorithm %s", alg);
	return -1;
}

static void parse_set(struct jwk_set *set, const char *keys)
{
	BUF_AUTO(text, MAKE_MAX);

	assert_int_equal(buf_printf(&text, "{\"keys\":[%s]}", keys), 0);
	assert_int_equal(jwk_set_parse(text.data, text.len, set), 0);
}

/* A set of one key. */
static void set_of(struct jwk_set *set, EVP_PKEY *key, const char *more)
{
	BUF_AUTO(jwk, MAKE_MAX);

	make_jwk(&jwk, key, more);
	parse_set(set, jwk.data);
	assert_int_equal(set->n, 1);
}

/* The verdict of both steps, from a block without a byte to spare. */
static enum reason verdict(
	const char *token, size_t len, const struct strlist *algs, const struct jwk_set *set)
{
	JWS_AUTO(jws);
	char *exact = malloc(len ? len : 1);

	assert_non_null(exact);
	memcpy(exact, token, len);
	enum reason reason = jws_parse(exact, len, algs, &jws);
	if (reason == REASON_OK)
		reason = jws_verify(&jws, set);
	free(exact);
	return reason;
}

static void expect(enum reason got, enum reason wanted, const char *what)
{
	if (got != wanted)
		fail_msg("%s: %s, not %s", what, reason_name(got), reason_name(wanted));
}

static void every_algorithm_verifies_what_it_signed(void **state)
{
	const struct keys *keys = *state;

	for (int i = 0; i < MAKE_ALGS; i++) {
		BUF_AUTO(token, MAKE_MAX);
		BUF_AUTO(header, 256);
		JWK_SET_AUTO(set);
		JWS_AUTO(jws);

		buf_printf(&header, "{\"typ\":\"JWT\",\"alg\":\"%s\",\"kid\":\"k\"}",
			make_algs[i].name);
		make_jws(&token, keys->of[i], make_algs[i].name, header.data, "not \"JSON\" {");
		set_of(&set, keys->of[i], ",\"kid\":\"k\"");
		assert_int_equal(jws_parse(token.data, token.len, &keys->algs, &jws), REASON_OK);
		assert_string_equal(jws.alg->name, make_algs[i].name);
		assert_string_equal(jws.kid, "k");
		assert_string_equal(jws.typ, "JWT");
		assert_string_equal(buf_str(&jws.payload), "not \"JSON\" {");
		expect(jws_verify(&jws, &set), REASON_OK, make_algs[i].name);
	}
}

/* Tokens that fail before a key is looked at, though an honest key signed them. The header is
 * signed as it stands, with RS256. */
static const struct {
	const char *header;
	enum reason reason;
} headers[] = {
	{"{\"alg\":\"RS256\"}", REASON_OK},
	{"{\"alg\":\"RS256\",\"typ\":\"anything\",\"cty\":\"x\",\"unknown\":[1]}", REASON_OK},
	{" {\r\n\"alg\" : \"RS256\" } ", REASON_OK},
	/* keys and addresses in the header are not looked at */
	{"{\"alg\":\"RS256\",\"jku\":\"https://evil.example/\",\"x5u\":\"file:///etc/passwd\","
	 "\"jwk\":{\"kty\":\"oct\"},\"x5c\":[\"AA\"],\"x5t\":\"AA\"}",
		REASON_OK},
	/* alg */
	{"{\"alg\":\"none\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"None\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"NONE\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"nOnE\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"\"}", REASON_TOKEN_ALG},
	{"{}", REASON_TOKEN_ALG},
	{"{\"typ\":\"JWT\"}", REASON_TOKEN_ALG},
	{"{\"ALG\":\"RS256\"}", REASON_TOKEN_ALG},
	{"{\"alg\":null}", REASON_TOKEN_ALG},
	{"{\"alg\":256}", REASON_TOKEN_ALG},
	{"{\"alg\":true}", REASON_TOKEN_ALG},
	{"{\"alg\":[\"RS256\"]}", REASON_TOKEN_ALG},
	{"{\"alg\":\"rs256\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"Rs256\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"RS256 \"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"RS1\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"HS256\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"HS384\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"HS512\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"ES256K\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"eddsa\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"Ed25519\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"RSA-OAEP\"}", REASON_TOKEN_ALG},
	/* what changes the meaning */
	{"{\"alg\":\"RS256\",\"crit\":[\"exp\"],\"exp\":1}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"crit\":[]}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"crit\":null}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"b64\":true}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"]}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"zip\":\"DEF\"}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"enc\":\"A128GCM\"}", REASON_TOKEN_FORM},
	/* kid, typ */
	{"{\"alg\":\"RS256\",\"kid\":1}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"kid\":null}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"kid\":[\"k\"]}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"typ\":1}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"kid\":\"\"}", REASON_TOKEN_KEY_UNKNOWN},
	{"{\"alg\":\"RS256\",\"kid\":\"../../dev/null\"}", REASON_TOKEN_KEY_UNKNOWN},
	/* no strict JSON object */
	{"[]", REASON_TOKEN_FORM},
	{"null", REASON_TOKEN_FORM},
	{"x", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\"} x", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"alg\":\"RS256\"}", REASON_TOKEN_FORM},
	{"{\"alg\":\"none\",\"\\u0061lg\":\"RS256\"}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"a\":\"\\u0000\"}", REASON_TOKEN_FORM},
	{"{\"alg\":\"RS256\",\"a\":\"\xff\"}", REASON_TOKEN_FORM},
	{"\xef\xbb\xbf{\"alg\":\"RS256\"}", REASON_TOKEN_FORM},
};

static void headers_are_judged_before_keys(void **state)
{
	const struct keys *keys = *state;
	JWK_SET_AUTO(set);

	set_of(&set, keys->of[0], "");
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		BUF_AUTO(token, MAKE_MAX);

		make_jws(&token, keys->of[0], "RS256", headers[i].header, "{}");
		expect(verdict(token.data, token.len, &keys->algs, &set), headers[i].reason,
			headers[i].header);
	}
}

static void a_kid_over_its_limit_is_refused(void **state)
{
	const struct keys *keys = *state;

	for (size_t len = JWK_KID_MAX; len <= JWK_KID_MAX + 1; len++) {
		BUF_AUTO(header, MAKE_MAX);
		BUF_AUTO(token, MAKE_MAX);
		JWK_SET_AUTO(set);

		set_of(&set, keys->of[0], "");
		buf_puts(&header, "{\"alg\":\"RS256\",\"kid\":\"");
		for (size_t i = 0; i < len; i++)
			buf_puts(&header, "k");
		buf_puts(&header, "\"}");
		make_jws(&token, keys->of[0], "RS256", header.data, "{}");
		expect(verdict(token.data, token.len, &keys->algs, &set),
			len <= JWK_KID_MAX ? REASON_TOKEN_KEY_UNKNOWN : REASON_TOKEN_FORM, "kid");
	}
}

/* A known algorithm that the configuration does not list is as good as none. */
static void only_listed_algorithms_are_accepted(void **state)
{
	const struct keys *keys = *state;

	for (int signer = 0; signer < MAKE_ALGS; signer++) {
		BUF_AUTO(token, MAKE_MAX);
		BUF_AUTO(header, 256);
		JWK_SET_AUTO(set);

		set_of(&set, keys->of[signer], "");
		buf_printf(&header, "{\"alg\":\"%s\"}", make_algs[signer].name);
		make_jws(&token, keys->of[signer], make_algs[signer].name, header.data, "{}");
		for (int listed = 0; listed < MAKE_ALGS; listed++) {
			STRLIST_AUTO(algs);

			strlist_add(&algs, make_algs[listed].name);
			expect(verdict(token.data, token.len, &algs, &set),
				listed == signer ? REASON_OK : REASON_TOKEN_ALG,
				make_algs[signer].name);
		}
		expect(verdict(token.data, token.len, &(struct strlist){0}, &set), REASON_TOKEN_ALG,
			"an empty list");
	}
}

/* A list that names algorithms which are not verified here accepts none of them. */
static void listing_none_or_hmac_changes_nothing(void **state)
{
	static const char *const names[] = {"none", "HS256", "HS384", "HS512", ""};
	const struct keys *keys = *state;
	STRLIST_AUTO(algs);
	JWK_SET_AUTO(set);

	set_of(&set, keys->of[0], "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		strlist_add(&algs, names[i]);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		BUF_AUTO(token, MAKE_MAX);
		BUF_AUTO(header, 256);

		buf_printf(&header, "{\"alg\":\"%s\"}", names[i]);
		make_jws(&token, keys->of[0], "RS256", header.data, "{}");
		expect(verdict(token.data, token.len, &algs, &set), REASON_TOKEN_ALG, names[i]);
	}
}

/* Each signature under each other algorithm's name, with the key that made it and the key that
 * fits. */
static void an_algorithm_under_another_name_is_refused(void **state)
{
	const struct keys *keys = *state;

	for (int signer = 0; signer < MAKE_ALGS; signer++)
		for (int named = 0; named < MAKE_ALGS; named++) {
			BUF_AUTO(token, MAKE_MAX);
			BUF_AUTO(header, 256);
			JWK_SET_AUTO(signers);
			JWK_SET_AUTO(nameds);

			if (signer == named)
				continue;
			buf_printf(
				&header, "{\"alg\":\"%s\",\"kid\":\"k\"}", make_algs[named].name);
			make_jws(&token, keys->of[signer], make_algs[signer].name, header.data,
				"{}");
			set_of(&signers, keys->of[signer], ",\"kid\":\"k\"");
			set_of(&nameds, keys->of[named], ",\"kid\":\"k\"");
			expect(verdict(token.data, token.len, &keys->algs, &signers),
				strcmp(make_algs[signer].kind, make_algs[named].kind) == 0
					? REASON_TOKEN_SIGNATURE
					: REASON_TOKEN_KEY,
				header.data);
			expect(verdict(token.data, token.len, &keys->algs, &nameds),
				REASON_TOKEN_SIGNATURE, header.data);
		}
}

/* RFC 7518 section 3.5: the salt is as long as the digest, MGF1 is over the same one. */
static const struct {
	const char *alg;
	struct make_way way;
	enum reason reason;
} pss_ways[] = {
	{"PS256", {"SHA256", 32, "SHA256"}, REASON_OK},
	{"PS256", {"SHA256", 0, "SHA256"}, REASON_TOKEN_SIGNATURE},
	{"PS256", {"SHA256", 31, "SHA256"}, REASON_TOKEN_SIGNATURE},
	{"PS256", {"SHA256", 33, "SHA256"}, REASON_TOKEN_SIGNATURE},
	{"PS256", {"SHA256", RSA_PSS_SALTLEN_MAX, "SHA256"}, REASON_TOKEN_SIGNATURE},
	{"PS256", {"SHA256", 32, "SHA1"}, REASON_TOKEN_SIGNATURE},
	{"PS256", {"SHA256", 32, "SHA512"}, REASON_TOKEN_SIGNATURE},
	{"PS256", {"SHA384", 32, "SHA384"}, REASON_TOKEN_SIGNATURE},
	{"PS256", {"SHA256", MAKE_NO_PSS, NULL}, REASON_TOKEN_SIGNATURE},
	{"PS384", {"SHA384", 48, "SHA384"}, REASON_OK},
	{"PS384", {"SHA384", 32, "SHA384"}, REASON_TOKEN_SIGNATURE},
	{"PS512", {"SHA512", 64, "SHA512"}, REASON_OK},
	{"PS512", {"SHA512", 32, "SHA512"}, REASON_TOKEN_SIGNATURE},
	{"RS256", {"SHA256", MAKE_NO_PSS, NULL}, REASON_OK},
	{"RS256", {"SHA1", MAKE_NO_PSS, NULL}, REASON_TOKEN_SIGNATURE},
	{"RS256", {"SHA256", 32, "SHA256"}, REASON_TOKEN_SIGNATURE},
};

static void rsa_parameters_are_fixed(void **state)
{
	const struct keys *keys = *state;
	JWK_SET_AUTO(set);

	set_of(&set, keys->of[0], "");
	for (size_t i = 0; i < sizeof(pss_ways) / sizeof(pss_ways[0]); i++) {
		BUF_AUTO(token, MAKE_MAX);
		BUF_AUTO(header, 256);
		char what[64];

		buf_printf(&header, "{\"alg\":\"%s\"}", pss_ways[i].alg);
		make_jws_by_way(&token, keys->of[0], &pss_ways[i].way, header.data, "{}", 2);
		snprintf(what, sizeof(what), "row %zu", i);
		expect(verdict(token.data, token.len, &keys->algs, &set), pss_ways[i].reason, what);
	}
}

/* Puts other bytes in the place of a token's signature. */
static void replace_signature(struct buf *token, const void *bytes, size_t len)
{
	const char *dot = strrchr(token->data, '.');

	token->len = (size_t)(dot - token->data) + 1;
	assert_int_equal(b64url_encode(bytes, len, token), 0);
}

/* The signature of a token as bytes. */
static void signature_of(const struct buf *token, struct buf *out)
{
	const char *dot = strrchr(token->data, '.');

	assert_int_equal(b64url_decode(dot + 1, strlen(dot + 1), out), 0);
}

static void signatures_have_their_exact_length(void **state)
{
	const struct keys *keys = *state;

	for (int i = 0; i < MAKE_ALGS; i++) {
		BUF_AUTO(token, MAKE_MAX);
		BUF_AUTO(header, 256);
		BUF_AUTO(signature, 1024);
		unsigned char changed[1024] = {0};
		JWK_SET_AUTO(set);

		set_of(&set, keys->of[i], "");
		buf_printf(&header, "{\"alg\":\"%s\"}", make_algs[i].name);
		make_jws(&token, keys->of[i], make_algs[i].name, header.data, "{}");
		signature_of(&token, &signature);
		memcpy(changed + 1, signature.data, signature.len);
		const struct {
			const unsigned char *bytes;
			size_t len;
		} wrong[] = {
			{changed, signature.len + 1},     /* a zero in front */
			{changed + 1, signature.len + 1}, /* a zero behind */
			{changed + 1, signature.len - 1},
			{changed + 2, signature.len - 1},
			{changed + 1, signature.len / 2},
			{changed + 1, 1},
			{changed + 200, signature.len},
		};
		for (size_t n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++) {
			replace_signature(&token, wrong[n].bytes, wrong[n].len);
			expect(verdict(token.data, token.len, &keys->algs, &set),
				REASON_TOKEN_SIGNATURE, make_algs[i].name);
		}
		replace_signature(&token, signature.data, signature.len);
		expect(verdict(token.data, token.len, &keys->algs, &set), REASON_OK, "the own one");
	}
}

/* What stands in R or S. */
enum half { HALF_KEPT, HALF_ZERO, HALF_ORDER, HALF_OVER_ORDER, HALF_ALL_ONES };

static void write_half(unsigned char *half, int octets, EVP_PKEY *key, enum half what)
{
	BIGNUM *order = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_ORDER, &order), 1);
	if (what == HALF_ZERO)
		memset(half, 0, (size_t)octets);
	if (what == HALF_ALL_ONES)
		memset(half, 0xff, (size_t)octets);
	if (what == HALF_ORDER)
		BN_bn2binpad(order, half, octets);
	if (what ==
		HALF_OVER_ORDER) { /* the same number, once around: R + order, where it has room */
		BIGNUM *number = BN_bin2bn(half, octets, NULL);
		BN_add(number, number, order);
		if (BN_num_bytes(number) <= octets)
			BN_bn2binpad(number, half, octets);
		else
			memset(half, 0xff, (size_t)octets);
		BN_free(number);
	}
	BN_free(order);
}

static void ecdsa_halves_are_in_range(void **state)
{
	static const struct {
		enum half r, s;
	} rows[] = {
		{HALF_ZERO, HALF_ZERO},
		{HALF_ZERO, HALF_KEPT},
		{HALF_KEPT, HALF_ZERO},
		{HALF_ORDER, HALF_KEPT},
		{HALF_KEPT, HALF_ORDER},
		{HALF_ORDER, HALF_ORDER},
		{HALF_OVER_ORDER, HALF_KEPT},
		{HALF_KEPT, HALF_OVER_ORDER},
		{HALF_ALL_ONES, HALF_ALL_ONES},
	};
	const struct keys *keys = *state;

	for (int i = alg_index("ES256"); i <= alg_index("ES512"); i++)
		for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
			BUF_AUTO(token, MAKE_MAX);
			BUF_AUTO(header, 256);
			BUF_AUTO(signature, 1024);
			JWK_SET_AUTO(set);

			set_of(&set, keys->of[i], "");
			buf_printf(&header, "{\"alg\":\"%s\"}", make_algs[i].name);
			make_jws(&token, keys->of[i], make_algs[i].name, header.data, "{}");
			signature_of(&token, &signature);
			int octets = (int)signature.len / 2;
			unsigned char *pair = (unsigned char *)signature.data;
			write_half(pair, octets, keys->of[i], rows[row].r);
			write_half(pair + octets, octets, keys->of[i], rows[row].s);
			replace_signature(&token, pair, signature.len);
			expect(verdict(token.data, token.len, &keys->algs, &set),
				REASON_TOKEN_SIGNATURE, make_algs[i].name);
		}
}

/* As DER, which is what OpenSSL makes, and not what RFC 7518 section 3.4 says. */
static void ecdsa_as_der_is_refused(void **state)
{
	const struct keys *keys = *state;
	EVP_PKEY *key = keys->of[alg_index("ES256")];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	BUF_AUTO(token, MAKE_MAX);
	JWK_SET_AUTO(set);
	unsigned char der[256];
	size_t len = sizeof(der);

	set_of(&set, key, "");
	make_jws(&token, key, "ES256", "{\"alg\":\"ES256\"}", "{}");
	size_t signed_len = (size_t)(strrchr(token.data, '.') - token.data);
	assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL), 1);
	assert_int_equal(
		EVP_DigestSign(context, der, &len, (unsigned char *)token.data, signed_len), 1);
	replace_signature(&token, der, len);
	expect(verdict(token.data, token.len, &keys->algs, &set), REASON_TOKEN_SIGNATURE, "DER");
	EVP_MD_CTX_free(context);
}

/* Ed25519: S + L has the same meaning to a lax verifier (RFC 8032 section 5.1.7). */
static void ed25519_s_over_the_order_is_refused(void **state)
{
	static const unsigned char order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
		0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
	const struct keys *keys = *state;
	EVP_PKEY *key = keys->of[alg_index("EdDSA")];
	BUF_AUTO(token, MAKE_MAX);
	BUF_AUTO(signature, 64);
	JWK_SET_AUTO(set);
	unsigned int carry = 0;

	set_of(&set, key, "");
	make_jws(&token, key, "EdDSA", "{\"alg\":\"EdDSA\"}", "{}");
	signature_of(&token, &signature);
	for (int i = 0; i < 32; i++) {
		carry += (unsigned char)signature.data[32 + i] + order[i];
		signature.data[32 + i] = (char)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	replace_signature(&token, signature.data, signature.len);
	expect(verdict(token.data, token.len, &keys->algs, &set), REASON_TOKEN_SIGNATURE, "S + L");
}

static void another_key_is_refused(void **state)
{
	const struct keys *keys = *state;

	for (int i = 0; i < MAKE_ALGS; i++) {
		BUF_AUTO(token, MAKE_MAX);
		BUF_AUTO(header, 256);
		JWK_SET_AUTO(set);

		set_of(&set, keys->other[i], ",\"kid\":\"k\"");
		buf_printf(&header, "{\"alg\":\"%s\",\"kid\":\"k\"}", make_algs[i].name);
		make_jws(&token, keys->of[i], make_algs[i].name, header.data, "{}");
		expect(verdict(token.data, token.len, &keys->algs, &set), REASON_TOKEN_SIGNATURE,
			make_algs[i].name);
	}
}

/* The attacker's own key, brought along in the header, does not verify. */
static void a_key_in_the_header_is_not_used(void **state)
{
	const struct keys *keys = *state;
	EVP_PKEY *key = keys->other[alg_index("ES256")];
	BUF_AUTO(header, MAKE_MAX);
	BUF_AUTO(token, MAKE_MAX);
	JWK_SET_AUTO(set);

	set_of(&set, keys->of[alg_index("ES256")], "");
	buf_puts(&header, "{\"alg\":\"ES256\",\"jwk\":");
	make_jwk(&header, key, "");
	buf_puts(&header, "}");
	make_jws(&token, key, "ES256", header.data, "{}");
	expect(verdict(token.data, token.len, &keys->algs, &set), REASON_TOKEN_SIGNATURE, "jwk");
}

/* HS256 with the RSA public key's text as the secret: the classic confusion. */
static void hmac_with_the_public_key_is_refused(void **state)
{
	static const char signed_text[] = "eyJhbGciOiJIUzI1NiJ9.e30";
	const struct keys *keys = *state;
	BUF_AUTO(jwk, MAKE_MAX);
	BUF_AUTO(token, MAKE_MAX);
	STRLIST_AUTO(algs);
	JWK_SET_AUTO(set);
	unsigned char mac[32];
	size_t len = 0;

	make_jwk(&jwk, keys->of[0], "");
	set_of(&set, keys->of[0], "");
	strlist_add(&algs, "HS256");
	assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, jwk.data, jwk.len,
		(const unsigned char *)signed_text, sizeof(signed_text) - 1, mac, sizeof(mac),
		&len));
	buf_printf(&token, "%s.", signed_text);
	b64url_encode(mac, len, &token);
	expect(verdict(token.data, token.len, &algs, &set), REASON_TOKEN_ALG, "HS256");
}

/* How a token of RS256 that names no key, or the key "k", fares with a set. */
static const struct {
	const char *what;
	const char *kid;  /* of the header, or NULL */
	const char *own;  /* members of the signing key in the set; NULL: it is not there */
	const char *more; /* of each of the other keys */
	int others;       /* keys of the same type before it; -N: behind it */
	enum reason reason;
} sets[] = {
	{"the key of that kid", "k", ",\"kid\":\"k\"", "", 0, REASON_OK},
	{"one among others", "k", ",\"kid\":\"k\"", "", 10, REASON_OK},
	{"its alg is right", "k", ",\"kid\":\"k\",\"alg\":\"RS256\"", "", 0, REASON_OK},
	{"its alg is another", "k", ",\"kid\":\"k\",\"alg\":\"RS512\"", "", 0, REASON_TOKEN_KEY},
	{"its alg is unknown", "k", ",\"kid\":\"k\",\"alg\":\"rs256\"", "", 0, REASON_TOKEN_KEY},
	{"it is for encryption", "k", ",\"kid\":\"k\",\"use\":\"enc\"", "", 0,
		REASON_TOKEN_KEY_UNKNOWN},
	{"another kid", "k", ",\"kid\":\"K\"", "", 0, REASON_TOKEN_KEY_UNKNOWN},
	{"no kid in the set", "k", "", "", 0, REASON_TOKEN_KEY_UNKNOWN},
	{"the kid twice", "k", ",\"kid\":\"k\"", ",\"kid\":\"k\"", 1, REASON_TOKEN_KEY_UNKNOWN},
	{"no keys", "k", NULL, "", 0, REASON_TOKEN_KEY_UNKNOWN},
	{"no keys, no kid", NULL, NULL, "", 0, REASON_TOKEN_KEY_UNKNOWN},
	{"no kid, one key", NULL, "", "", 0, REASON_OK},
	{"no kid, one key that has one", NULL, ",\"kid\":\"k\"", "", 0, REASON_OK},
	{"no kid, the last that is tried", NULL, "", "", JWS_TRIES - 1, REASON_OK},
	{"no kid, the first of some", NULL, "", "", 1 - JWS_TRIES, REASON_OK},
	{"no kid, too many", NULL, "", "", JWS_TRIES, REASON_TOKEN_KEY},
	{"no kid, many that do not fit", NULL, "", ",\"alg\":\"PS256\"", 10, REASON_OK},
	{"no kid, it does not fit", NULL, ",\"alg\":\"PS256\"", "", 0, REASON_TOKEN_KEY_UNKNOWN},
	{"no kid, others only", NULL, NULL, "", 2, REASON_TOKEN_SIGNATURE},
};

static void fill_set(struct jwk_set *set, const struct keys *keys, size_t row)
{
	BUF_AUTO(text, MAKE_MAX);
	int others = abs(sets[row].others);
	int own = sets[row].others > 0 ? others : 0;
	const char *comma = "";

	for (int n = 0; n <= others; n++) {
		if (n == own && !sets[row].own)
			continue;
		buf_puts(&text, comma);
		make_jwk(&text, n == own ? keys->of[0] : keys->other[0],
			n == own ? sets[row].own : sets[row].more);
		comma = ",";
	}
	parse_set(set, buf_str(&text));
}

static void the_key_is_found_by_kid_or_by_fit(void **state)
{
	const struct keys *keys = *state;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		BUF_AUTO(token, MAKE_MAX);
		JWK_SET_AUTO(set);

		fill_set(&set, keys, i);
		make_jws(&token, keys->of[0], "RS256",
			sets[i].kid ? "{\"alg\":\"RS256\",\"kid\":\"k\"}" : "{\"alg\":\"RS256\"}",
			"{}");
		expect(verdict(token.data, token.len, &keys->algs, &set), sets[i].reason,
			sets[i].what);
	}
}

/* The parts of an honest RS256 token, put together in ways that are not three canonical parts.
 * H, P and S are its header, payload and signature; other characters stand for themselves. */
static const char *const forms[] = {
	"",
	".",
	"..",
	"...",
	"H",
	"H.",
	"H.P",
	"H.P.",
	"H..S",
	".P.S",
	"H.P.S.",
	".H.P.S",
	"H.P.S.S",
	"H.H.P.S.S", /* as many as a JWE has */
	"H.P.P.P.S",
	"H.P.S.H.P.S",
	"H. P.S",
	" H.P.S",
	"H.P.S ",
	"H.P.S\n",
	"H\n.P.S",
	"H.P.S=",
	"H.P.S==",
	"H=.P.S",
	"H.P=.S",
	"H.P.S+",
	"H.P.S/",
	"H.P.S\xc3\xa9",
	"H.P.SAAA", /* 4n+1 */
	"{\"payload\":\"P\",\"protected\":\"H\",\"signature\":\"S\"}",
	"{\"payload\":\"P\",\"signatures\":[{\"protected\":\"H\",\"signature\":\"S\"}]}",
	"Bearer H.P.S",
	"H,P,S",
};

static void add_form(struct buf *out, const char *form, const char *const parts[3])
{
	for (; *form; form++) {
		const char *place = strchr("HPS", *form);
		if (place)
			buf_puts(out, parts[place - "HPS"]);
		else
			buf_add(out, form, 1);
	}
	assert_int_equal(buf_add(out, "", 0), 0);
}

static void three_canonical_parts_or_nothing(void **state)
{
	const struct keys *keys = *state;
	BUF_AUTO(token, MAKE_MAX);
	JWK_SET_AUTO(set);

	set_of(&set, keys->of[0], "");
	make_jws(&token, keys->of[0], "RS256", "{\"alg\":\"RS256\"}", "{}");
	char *save = NULL;
	char *h = strtok_r(token.data, ".", &save);
	char *p = strtok_r(NULL, ".", &save);
	const char *const parts[3] = {h, p, strtok_r(NULL, ".", &save)};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		BUF_AUTO(text, MAKE_MAX);

		add_form(&text, forms[i], parts);
		expect(verdict(text.data, text.len, &keys->algs, &set), REASON_TOKEN_FORM,
			forms[i]);
	}
	BUF_AUTO(whole, MAKE_MAX);
	add_form(&whole, "H.P.S", parts);
	expect(verdict(whole.data, whole.len, &keys->algs, &set), REASON_OK, "H.P.S");
}

static void a_nul_is_refused_wherever_it_stands(void **state)
{
	const struct keys *keys = *state;
	BUF_AUTO(token, MAKE_MAX);
	JWK_SET_AUTO(set);

	set_of(&set, keys->of[0], "");
	make_jws(&token, keys->of[0], "RS256", "{\"alg\":\"RS256\"}", "{}");
	expect(verdict(token.data, token.len + 1, &keys->algs, &set), REASON_TOKEN_FORM,
		"at the end");
}

/* A payload of such a length that the token is as long as it may be, and one longer. */
static void a_token_ends_at_its_limit(void **state)
{
	const struct keys *keys = *state;
	EVP_PKEY *key = keys->of[alg_index("EdDSA")];
	char payload[JWS_MAX];
	JWK_SET_AUTO(set);
	size_t seen_ok = 0;

	memset(payload, 'x', sizeof(payload));
	set_of(&set, key, "");
	for (size_t len = 12200; len < 12220; len++) {
		const struct make_way way = make_way_of("EdDSA");
		BUF_AUTO(token, MAKE_MAX);

		make_jws_by_way(&token, key, &way, "{\"alg\":\"EdDSA\"}", payload, len);
		bool ok = token.len <= JWS_MAX;
		seen_ok += ok;
		expect(verdict(token.data, token.len, &keys->algs, &set),
			ok ? REASON_OK : REASON_TOKEN_FORM, "length");
	}
	assert_in_range(seen_ok, 1, 19);
}

static void openssl_is_left_without_errors(void **state)
{
	(void)state;
	assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_algorithm_verifies_what_it_signed),
		cmocka_unit_test(headers_are_judged_before_keys),
		cmocka_unit_test(a_kid_over_its_limit_is_refused),
		cmocka_unit_test(only_listed_algorithms_are_accepted),
		cmocka_unit_test(listing_none_or_hmac_changes_nothing),
		cmocka_unit_test(an_algorithm_under_another_name_is_refused),
		cmocka_unit_test(rsa_parameters_are_fixed),
		cmocka_unit_test(signatures_have_their_exact_length),
		cmocka_unit_test(ecdsa_halves_are_in_range),
		cmocka_unit_test(ecdsa_as_der_is_refused),
		cmocka_unit_test(ed25519_s_over_the_order_is_refused),
		cmocka_unit_test(another_key_is_refused),
		cmocka_unit_test(a_key_in_the_header_is_not_used),
		cmocka_unit_test(hmac_with_the_public_key_is_refused),
		cmocka_unit_test(the_key_is_found_by_kid_or_by_fit),
		cmocka_unit_test(three_canonical_parts_or_nothing),
		cmocka_unit_test(a_nul_is_refused_wherever_it_stands),
		cmocka_unit_test(a_token_ends_at_its_limit),
		cmocka_unit_test(openssl_is_left_without_errors),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
