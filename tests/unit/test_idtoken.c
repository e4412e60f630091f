#include "make_jws.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "idtoken.h"
#include "json.h"
#include "jws.h"

#define ISSUER "https://id.example.com/realm"

enum {
	NOW = 1800000000,
	BEGAN = NOW - 100,
	SKEW = 30,
};

/* The token that everything else is a change of. */
static const struct claim {
	const char *name;
	const char *value;
} honest[] = {
	{"iss", "\"" ISSUER "\""},
	{"sub", "\"248289761001\""},
	{"aud", "\"us\""},
	{"exp", "1800000300"},
	{"iat", "1800000000"},
};

enum { HONEST = sizeof(honest) / sizeof(honest[0]) };

/* Adds the honest claims, with those of CHANGE in their place or besides. A NULL value takes one
 * away. */
static void add_claims(struct buf *out, const struct claim change[3])
{
	bool used[3] = {false};
	const char *comma = "";

	buf_puts(out, "{");
	for (size_t i = 0; i < HONEST; i++) {
		const char *value = honest[i].value;

		for (int c = 0; c < 3 && change[c].name; c++)
			if (strcmp(change[c].name, honest[i].name) == 0) {
				used[c] = true;
				value = change[c].value;
			}
		if (value) {
			buf_printf(out, "%s\"%s\":%s", comma, honest[i].name, value);
			comma = ",";
		}
	}
	for (int c = 0; c < 3 && change[c].name; c++)
		if (!used[c] && change[c].value)
			buf_printf(out, ",\"%s\":%s", change[c].name, change[c].value);
	assert_int_equal(buf_puts(out, "}"), 0);
}

static struct idtoken_expect expect_honest(void)
{
	return (struct idtoken_expect){
		.issuer = ISSUER,
		.client_id = "us",
		.now = NOW,
		.began = BEGAN,
		.skew = SKEW,
		.max_age = -1,
	};
}

static void expect_reason(enum reason got, enum reason wanted, const char *what, const char *detail)
{
	if (got != wanted)
		fail_msg(
			"%s: %s (%s), not %s", what, reason_name(got), detail, reason_name(wanted));
	if (got == REASON_OK && *detail)
		fail_msg("%s: accepted with a complaint: %s", what, detail);
	if (got != REASON_OK && !*detail)
		fail_msg("%s: refused without a word", what);
}

/* Holds the claims against EXPECT. */
static void judge(
	const struct claim change[3], const struct idtoken_expect *expect, enum reason wanted)
{
	BUF_AUTO(text, MAKE_MAX);
	JSON_AUTO(claims);
	char detail[256] = "";

	add_claims(&text, change);
	claims = json_parse_object(text.data, text.len, MAKE_MAX);
	if (!claims)
		fail_msg("no object: %s", text.data);
	expect_reason(idtoken_check_claims(claims, "RS256", expect, detail, sizeof(detail)), wanted,
		text.data, detail);
}

struct row {
	struct claim change[3];
	enum reason reason;
};

static const struct row rows[] = {
	{{{0}}, REASON_OK},
	{{{"anything", "[1]"}, {"SUB", "\"root\""}, {"ISS", "1"}}, REASON_OK},

	/* iss */
	{{{"iss", NULL}}, REASON_TOKEN_ISSUER},
	{{{"iss", "\"https://evil.example\""}}, REASON_TOKEN_ISSUER},
	{{{"iss", "\"" ISSUER "/\""}}, REASON_TOKEN_ISSUER},
	{{{"iss", "\"https://id.example.com/REALM\""}}, REASON_TOKEN_ISSUER},
	{{{"iss", "\"https://ID.example.com/realm\""}}, REASON_TOKEN_ISSUER},
	{{{"iss", "\"http://id.example.com/realm\""}}, REASON_TOKEN_ISSUER},
	{{{"iss", "\"https://id.example.com:443/realm\""}}, REASON_TOKEN_ISSUER},
	{{{"iss", "\"https://id.example.com/realm \""}}, REASON_TOKEN_ISSUER},
	{{{"iss", "\"https://id.example.com/real\""}}, REASON_TOKEN_ISSUER},
	{{{"iss", "\"\""}}, REASON_TOKEN_ISSUER},
	{{{"iss", "[\"" ISSUER "\"]"}}, REASON_TOKEN_ISSUER},
	{{{"iss", "null"}}, REASON_TOKEN_ISSUER},
	{{{"iss", "\"https://login.microsoftonline.com/{tenantid}/v2.0\""}}, REASON_TOKEN_ISSUER},
	{{{"iss", NULL}, {"ISS", "\"" ISSUER "\""}}, REASON_TOKEN_ISSUER},

	/* other kinds of tokens */
	{{{"events", "{\"http://schemas.openid.net/event/backchannel-logout\":{}}"}},
		REASON_TOKEN_TYPE},
	{{{"events", "null"}}, REASON_TOKEN_TYPE},
	{{{"typ", "\"ID\""}}, REASON_OK},
	{{{"typ", "\"Bearer\""}}, REASON_TOKEN_TYPE},
	{{{"typ", "\"Refresh\""}}, REASON_TOKEN_TYPE},
	{{{"typ", "1"}}, REASON_TOKEN_TYPE},
	{{{"token_use", "\"id\""}}, REASON_OK},
	{{{"token_use", "\"access\""}}, REASON_TOKEN_TYPE},

	/* sub */
	{{{"sub", NULL}}, REASON_TOKEN_SUBJECT},
	{{{"sub", NULL}, {"SUB", "\"248289761001\""}}, REASON_TOKEN_SUBJECT},
	{{{"sub", "\"\""}}, REASON_TOKEN_SUBJECT},
	{{{"sub", "null"}}, REASON_TOKEN_SUBJECT},
	{{{"sub", "248289761001"}}, REASON_TOKEN_SUBJECT},
	{{{"sub", "[\"a\"]"}}, REASON_TOKEN_SUBJECT},
	{{{"sub", "\"a\\nb\""}}, REASON_TOKEN_SUBJECT},
	{{{"sub", "\"\\u001b[2J\""}}, REASON_TOKEN_SUBJECT},
	{{{"sub", "\"\\u007f\""}}, REASON_TOKEN_SUBJECT},
	{{{"sub", "\"j\xc3\xbcrgen\""}}, REASON_TOKEN_SUBJECT},
	{{{"sub", "\"http://cilogon.org/serverA/users/1 2\""}}, REASON_OK},

	/* aud, azp */
	{{{"aud", "[\"us\"]"}}, REASON_OK},
	{{{"aud", NULL}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "\"them\""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "\"US\""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "\"us \""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "\"us,them\""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "\"\""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[]"}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[\"\"]"}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "{\"us\":1}"}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "1"}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "null"}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[\"us\",1]"}, {"azp", "\"us\""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[\"us\",null]"}, {"azp", "\"us\""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[[\"us\"]]"}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[\"them\"]"}, {"azp", "\"us\""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[\"us\",\"them\"]"}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[\"us\",\"them\"]"}, {"azp", "\"us\""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[\"us\",\"us\"]"}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[\"us\",\"us\"]"}, {"azp", "\"us\""}}, REASON_OK},
	{{{"azp", "\"us\""}}, REASON_OK},
	{{{"azp", "\"them\""}}, REASON_TOKEN_AUDIENCE},
	{{{"azp", "\"\""}}, REASON_TOKEN_AUDIENCE},
	{{{"azp", "null"}}, REASON_TOKEN_AUDIENCE},
	{{{"azp", "[\"us\"]"}}, REASON_TOKEN_AUDIENCE},

	/* exp: now is 1800000000, the skew 30 s */
	{{{"exp", NULL}}, REASON_TOKEN_TIME},
	{{{"exp", "1799999970"}}, REASON_TOKEN_TIME},
	{{{"exp", "1799999970.5"}}, REASON_OK},
	{{{"exp", "1799999971"}}, REASON_OK},
	{{{"exp", "1800000300.25"}}, REASON_OK},
	{{{"exp", "1.8000003e9"}}, REASON_OK},
	{{{"exp", "253402300799"}}, REASON_OK},
	{{{"exp", "253402300800"}}, REASON_TOKEN_TIME},
	{{{"exp", "1e20"}}, REASON_TOKEN_TIME},
	{{{"exp", "0"}}, REASON_TOKEN_TIME},
	{{{"exp", "-1"}}, REASON_TOKEN_TIME},
	{{{"exp", "\"1800000300\""}}, REASON_TOKEN_TIME},
	{{{"exp", "true"}}, REASON_TOKEN_TIME},
	{{{"exp", "null"}}, REASON_TOKEN_TIME},
	{{{"exp", "[1800000300]"}}, REASON_TOKEN_TIME},

	/* iat: the login began at 1799999900 */
	{{{"iat", NULL}}, REASON_TOKEN_TIME},
	{{{"iat", "1800000030"}}, REASON_OK},
	{{{"iat", "1800000030.5"}}, REASON_TOKEN_TIME},
	{{{"iat", "1800000031"}}, REASON_TOKEN_TIME},
	{{{"iat", "1799999870"}}, REASON_OK},
	{{{"iat", "1799999869"}}, REASON_TOKEN_TIME},
	{{{"iat", "1799999869.9"}}, REASON_TOKEN_TIME},
	{{{"iat", "0"}}, REASON_TOKEN_TIME},
	{{{"iat", "-1"}}, REASON_TOKEN_TIME},
	{{{"iat", "\"1800000000\""}}, REASON_TOKEN_TIME},
	{{{"iat", "true"}}, REASON_TOKEN_TIME},
	{{{"iat", "null"}}, REASON_TOKEN_TIME},

	/* nbf */
	{{{"nbf", "1800000030"}}, REASON_OK},
	{{{"nbf", "0"}}, REASON_OK},
	{{{"nbf", "1800000031"}}, REASON_TOKEN_TIME},
	{{{"nbf", "-1"}}, REASON_TOKEN_TIME},
	{{{"nbf", "1e20"}}, REASON_TOKEN_TIME},
	{{{"nbf", "\"0\""}}, REASON_TOKEN_TIME},
	{{{"nbf", "null"}}, REASON_TOKEN_TIME},

	/* not asked for */
	{{{"nonce", "\"whatever\""}, {"acr", "1"}, {"auth_time", "\"x\""}}, REASON_OK},
};

static void claims_by_claims(void **state)
{
	const struct idtoken_expect expect = expect_honest();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		judge(rows[i].change, &expect, rows[i].reason);
}

/* cJSON can be made to hold what the strict front refuses: the check does not lean on it. */
static void times_that_are_no_numbers_are_refused(void **state)
{
	const double values[] = {HUGE_VAL, -HUGE_VAL, (double)NAN};
	const struct idtoken_expect expect = expect_honest();

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		BUF_AUTO(text, MAKE_MAX);
		JSON_AUTO(claims);

		add_claims(&text, (struct claim[3]){{"exp", "0"}});
		claims = json_parse_object(text.data, text.len, MAKE_MAX);
		cJSON_GetObjectItem(claims, "exp")->valuedouble = values[i];
		assert_int_equal(
			idtoken_check_claims(claims, "RS256", &expect, NULL, 0), REASON_TOKEN_TIME);
	}
}

static void sub_ends_at_its_limit(void **state)
{
	const struct idtoken_expect expect = expect_honest();

	(void)state;
	for (size_t len = IDTOKEN_SUB_MAX; len <= IDTOKEN_SUB_MAX + 1; len++) {
		BUF_AUTO(value, 1024);

		buf_puts(&value, "\"");
		for (size_t i = 0; i < len; i++)
			buf_puts(&value, "s");
		buf_puts(&value, "\"");
		judge((struct claim[3]){{"sub", value.data}}, &expect,
			len <= IDTOKEN_SUB_MAX ? REASON_OK : REASON_TOKEN_SUBJECT);
	}
}

static void an_iat_is_not_held_against_an_unknown_start(void **state)
{
	struct idtoken_expect expect = expect_honest();

	(void)state;
	expect.began = -1;
	judge((struct claim[3]){{"iat", "1"}}, &expect, REASON_OK);
}

static const struct row audience_rows[] = {
	{{{0}}, REASON_OK},
	{{{"aud", "[\"us\",\"api\"]"}, {"azp", "\"us\""}}, REASON_OK},
	{{{"aud", "[\"api\",\"us\"]"}, {"azp", "\"us\""}}, REASON_OK},
	{{{"aud", "[\"us\",\"api\"]"}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[\"us\",\"api\"]"}, {"azp", "\"api\""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[\"us\",\"api\",\"them\"]"}, {"azp", "\"us\""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "\"api\""}}, REASON_TOKEN_AUDIENCE},
	{{{"aud", "[\"api\"]"}, {"azp", "\"us\""}}, REASON_TOKEN_AUDIENCE},
};

static void further_audiences_only_where_configured(void **state)
{
	struct idtoken_expect expect = expect_honest();
	STRLIST_AUTO(audiences);

	(void)state;
	strlist_add(&audiences, "api");
	expect.audiences = &audiences;
	for (size_t i = 0; i < sizeof(audience_rows) / sizeof(audience_rows[0]); i++)
		judge(audience_rows[i].change, &expect, audience_rows[i].reason);
}

static const struct row nonce_rows[] = {
	{{{"nonce", "\"n-0S6_WzA2Mj\""}}, REASON_OK},
	{{{0}}, REASON_TOKEN_NONCE},
	{{{"nonce", "\"n-0S6_WzA2M\""}}, REASON_TOKEN_NONCE},
	{{{"nonce", "\"n-0S6_WzA2Mjj\""}}, REASON_TOKEN_NONCE},
	{{{"nonce", "\"N-0S6_WzA2Mj\""}}, REASON_TOKEN_NONCE},
	{{{"nonce", "\"\""}}, REASON_TOKEN_NONCE},
	{{{"nonce", "null"}}, REASON_TOKEN_NONCE},
	{{{"nonce", "[\"n-0S6_WzA2Mj\"]"}}, REASON_TOKEN_NONCE},
};

static void the_nonce_that_was_sent_comes_back(void **state)
{
	struct idtoken_expect expect = expect_honest();

	(void)state;
	expect.nonce = "n-0S6_WzA2Mj";
	for (size_t i = 0; i < sizeof(nonce_rows) / sizeof(nonce_rows[0]); i++)
		judge(nonce_rows[i].change, &expect, nonce_rows[i].reason);
}

/* The example of OpenID Connect Core A.3, and the same token under other hashes. */
#define ACCESS_TOKEN "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"

static const struct {
	const char *alg;
	const char *at_hash;
	enum reason reason;
} at_hashes[] = {
	{"RS256", "\"77QmUPtjPfzWtF2AnpK9RQ\"", REASON_OK},
	{"PS256", "\"77QmUPtjPfzWtF2AnpK9RQ\"", REASON_OK},
	{"ES256", "\"77QmUPtjPfzWtF2AnpK9RQ\"", REASON_OK},
	{"RS384", "\"77QmUPtjPfzWtF2AnpK9RQ\"", REASON_TOKEN_AT_HASH},
	{"EdDSA", "\"77QmUPtjPfzWtF2AnpK9RQ\"", REASON_TOKEN_AT_HASH},
	{"RS256", "\"77QmUPtjPfzWtF2AnpK9RA\"", REASON_TOKEN_AT_HASH},
	{"RS256", "\"77QmUPtjPfzWtF2AnpK9RQ==\"", REASON_TOKEN_AT_HASH},
	{"RS256", "\"77QmUPtjPfzWtF2AnpK9\"", REASON_TOKEN_AT_HASH},
	{"RS256", "\"\"", REASON_TOKEN_AT_HASH},
	{"RS256", "null", REASON_TOKEN_AT_HASH},
	{"RS256", "1", REASON_TOKEN_AT_HASH},
	{"none", "\"77QmUPtjPfzWtF2AnpK9RQ\"", REASON_TOKEN_AT_HASH},
};

static enum reason at_hash_verdict(
	const char *alg, const char *at_hash, const struct secret *access_token)
{
	struct idtoken_expect expect = expect_honest();
	BUF_AUTO(text, MAKE_MAX);
	JSON_AUTO(claims);

	expect.access_token = access_token;
	add_claims(&text, (struct claim[3]){{"at_hash", at_hash}});
	claims = json_parse_object(text.data, text.len, MAKE_MAX);
	assert_non_null(claims);
	return idtoken_check_claims(claims, alg, &expect, NULL, 0);
}

static void at_hash_is_of_the_access_token(void **state)
{
	SECRET_AUTO(access_token);

	(void)state;
	secret_set(&access_token, ACCESS_TOKEN, strlen(ACCESS_TOKEN));
	for (size_t i = 0; i < sizeof(at_hashes) / sizeof(at_hashes[0]); i++)
		expect_reason(
			at_hash_verdict(at_hashes[i].alg, at_hashes[i].at_hash, &access_token),
			at_hashes[i].reason, at_hashes[i].at_hash,
			at_hashes[i].reason == REASON_OK ? "" : "-");
}

/* Each algorithm with its own hash, worked out here by the plain interface. */
static void at_hash_goes_by_the_algorithm(void **state)
{
	SECRET_AUTO(access_token);

	(void)state;
	secret_set(&access_token, ACCESS_TOKEN, strlen(ACCESS_TOKEN));
	for (int i = 0; i < MAKE_ALGS; i++) {
		const char *digest = make_way_of(make_algs[i].name).digest;
		const EVP_MD *md = EVP_get_digestbyname(digest ? digest : "SHA512");
		unsigned char hash[EVP_MAX_MD_SIZE];
		unsigned int len = 0;
		BUF_AUTO(at_hash, 256);

		assert_int_equal(
			EVP_Digest(ACCESS_TOKEN, strlen(ACCESS_TOKEN), hash, &len, md, NULL), 1);
		buf_puts(&at_hash, "\"");
		b64url_encode(hash, len / 2, &at_hash);
		buf_puts(&at_hash, "\"");
		assert_int_equal(
			at_hash_verdict(make_algs[i].name, at_hash.data, &access_token), REASON_OK);
	}
}

/* Also where it is the hash of nothing. */
static void at_hash_without_an_access_token_is_refused(void **state)
{
	SECRET_AUTO(none);

	(void)state;
	assert_int_equal(
		at_hash_verdict("RS256", "\"77QmUPtjPfzWtF2AnpK9RQ\"", NULL), REASON_TOKEN_AT_HASH);
	assert_int_equal(at_hash_verdict("RS256", "\"47DEQpj8HBSa-_TImW-5JA\"", &none),
		REASON_TOKEN_AT_HASH);
}

static const struct row acr_rows[] = {
	{{{"acr", "\"gold\""}}, REASON_OK},
	{{{"acr", "\"silver\""}}, REASON_OK},
	{{{0}}, REASON_ACR},
	{{{"acr", "\"Gold\""}}, REASON_ACR},
	{{{"acr", "\"gold silver\""}}, REASON_ACR},
	{{{"acr", "\"\""}}, REASON_ACR},
	{{{"acr", "[\"gold\"]"}}, REASON_ACR},
	{{{"acr", "null"}}, REASON_ACR},
	{{{"acr", "1"}}, REASON_ACR},
};

static void acr_is_one_of_the_accepted(void **state)
{
	struct idtoken_expect expect = expect_honest();
	STRLIST_AUTO(acr);

	(void)state;
	strlist_add(&acr, "gold");
	strlist_add(&acr, "silver");
	expect.acr = &acr;
	for (size_t i = 0; i < sizeof(acr_rows) / sizeof(acr_rows[0]); i++)
		judge(acr_rows[i].change, &expect, acr_rows[i].reason);
}

static const struct row amr_rows[] = {
	{{{"amr", "[\"pwd\",\"hwk\",\"user\"]"}}, REASON_OK},
	{{{"amr", "[\"hwk\",\"pwd\"]"}}, REASON_OK},
	{{{"amr", "[\"pwd\"]"}}, REASON_AMR},
	{{{"amr", "[\"hwk\"]"}}, REASON_AMR},
	{{{"amr", "[\"pwd\",\"HWK\"]"}}, REASON_AMR},
	{{{"amr", "[\"pwd\",[\"hwk\"]]"}}, REASON_AMR},
	{{{"amr", "[]"}}, REASON_AMR},
	{{{"amr", "\"pwd hwk\""}}, REASON_AMR},
	{{{"amr", "{\"pwd\":1,\"hwk\":1}"}}, REASON_AMR},
	{{{"amr", "null"}}, REASON_AMR},
	{{{0}}, REASON_AMR},
};

static void amr_has_all_of_the_required(void **state)
{
	struct idtoken_expect expect = expect_honest();
	STRLIST_AUTO(amr);

	(void)state;
	strlist_add(&amr, "pwd");
	strlist_add(&amr, "hwk");
	expect.amr = &amr;
	for (size_t i = 0; i < sizeof(amr_rows) / sizeof(amr_rows[0]); i++)
		judge(amr_rows[i].change, &expect, amr_rows[i].reason);
}

/* max_age is 600 s, the skew 30. */
static const struct row age_rows[] = {
	{{{"auth_time", "1800000000"}}, REASON_OK},
	{{{"auth_time", "1799999370"}}, REASON_OK},
	{{{"auth_time", "1799999369"}}, REASON_MAX_AGE},
	{{{"auth_time", "1799999369.5"}}, REASON_MAX_AGE},
	{{{"auth_time", "1800000030"}}, REASON_OK},
	{{{"auth_time", "1800000031"}}, REASON_MAX_AGE},
	{{{"auth_time", "1e20"}}, REASON_MAX_AGE},
	{{{"auth_time", "0"}}, REASON_MAX_AGE},
	{{{"auth_time", "-1"}}, REASON_MAX_AGE},
	{{{"auth_time", "\"1800000000\""}}, REASON_MAX_AGE},
	{{{"auth_time", "true"}}, REASON_MAX_AGE},
	{{{"auth_time", "null"}}, REASON_MAX_AGE},
	{{{0}}, REASON_MAX_AGE},
};

static void auth_time_is_not_longer_ago_than_max_age(void **state)
{
	struct idtoken_expect expect = expect_honest();

	(void)state;
	expect.max_age = 600;
	for (size_t i = 0; i < sizeof(age_rows) / sizeof(age_rows[0]); i++)
		judge(age_rows[i].change, &expect, age_rows[i].reason);
}

/* max_age=0 asks for a sign-in just now. */
static void a_max_age_of_zero_counts(void **state)
{
	struct idtoken_expect expect = expect_honest();

	(void)state;
	expect.max_age = 0;
	judge((struct claim[3]){{"auth_time", "1799999970"}}, &expect, REASON_OK);
	judge((struct claim[3]){{"auth_time", "1799999969"}}, &expect, REASON_MAX_AGE);
	judge((struct claim[3]){{0}}, &expect, REASON_MAX_AGE);
}

static const struct {
	const char *required;
	enum reason reason;
} requirements[] = {
	{"tid=9188040d", REASON_OK},
	{"tid=9188040D", REASON_REQUIRED_CLAIM},
	{"tid=", REASON_REQUIRED_CLAIM},
	{"tid", REASON_REQUIRED_CLAIM},
	{"", REASON_REQUIRED_CLAIM},
	{"=", REASON_REQUIRED_CLAIM},
	{"oid=9188040d", REASON_REQUIRED_CLAIM},
	{"realm_access.roles=ops", REASON_OK},
	{"realm_access.roles=dev", REASON_REQUIRED_CLAIM},
	{"ok=true", REASON_OK},
	{"ok=false", REASON_REQUIRED_CLAIM},
};

static void required_claims_have_their_value(void **state)
{
	static const struct claim change[3] = {
		{"tid", "\"9188040d\""},
		{"realm_access", "{\"roles\":[\"all\",\"ops\"]}"},
		{"ok", "true"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(requirements) / sizeof(requirements[0]); i++) {
		struct idtoken_expect expect = expect_honest();
		STRLIST_AUTO(required);

		strlist_add(&required, "tid=9188040d");
		strlist_add(&required, requirements[i].required);
		expect.required_claims = &required;
		judge(change, &expect, requirements[i].reason);
	}
}

/* Whole tokens: the two layers together. */
struct signer {
	EVP_PKEY *key;
	struct jwk_set set;
	struct strlist algs;
};

static int make_signer(void **state)
{
	struct signer *signer = calloc(1, sizeof(*signer));
	BUF_AUTO(text, MAKE_MAX);

	assert_non_null(signer);
	signer->key = make_key("P-256");
	buf_puts(&text, "{\"keys\":[");
	make_jwk(&text, signer->key, ",\"kid\":\"k\"");
	buf_puts(&text, "]}");
	assert_int_equal(jwk_set_parse(text.data, text.len, &signer->set), 0);
	assert_int_equal(strlist_add(&signer->algs, "ES256"), 0);
	*state = signer;
	return 0;
}

static int free_signer(void **state)
{
	struct signer *signer = *state;

	EVP_PKEY_free(signer->key);
	jwk_set_free(&signer->set);
	strlist_free(&signer->algs);
	free(signer);
	return 0;
}

static enum reason verify(struct signer *signer, const char *header, const char *payload,
	struct idtoken *ret, char *detail, size_t detail_size)
{
	struct idtoken_expect expect = expect_honest();
	BUF_AUTO(token, MAKE_MAX);

	expect.algs = &signer->algs;
	make_jws(&token, signer->key, "ES256", header, payload);
	return idtoken_verify(
		token.data, token.len, &signer->set, &expect, ret, detail, detail_size);
}

/* A header over the honest claims. */
static const struct {
	const char *header;
	enum reason reason;
} token_headers[] = {
	{"{\"alg\":\"ES256\",\"kid\":\"k\"}", REASON_OK},
	{"{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"JWT\"}", REASON_OK},
	{"{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"jwt\"}", REASON_OK},
	{"{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", REASON_TOKEN_TYPE},
	{"{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"application/at+jwt\"}", REASON_TOKEN_TYPE},
	{"{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"logout+jwt\"}", REASON_TOKEN_TYPE},
	{"{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"dpop+jwt\"}", REASON_TOKEN_TYPE},
	{"{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"JOSE\"}", REASON_TOKEN_TYPE},
	{"{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"\"}", REASON_TOKEN_TYPE},
	{"{\"alg\":\"ES256\",\"kid\":\"x\"}", REASON_TOKEN_KEY_UNKNOWN},
	{"{\"alg\":\"ES384\",\"kid\":\"k\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"none\"}", REASON_TOKEN_ALG},
	{"{\"alg\":\"ES256\",\"crit\":[]}", REASON_TOKEN_FORM},
};

static void headers_of_whole_tokens(void **state)
{
	BUF_AUTO(payload, MAKE_MAX);

	add_claims(&payload, (struct claim[3]){{0}});
	for (size_t i = 0; i < sizeof(token_headers) / sizeof(token_headers[0]); i++) {
		IDTOKEN_AUTO(token);
		char detail[256] = "before";

		enum reason reason = verify(*state, token_headers[i].header, payload.data, &token,
			detail, sizeof(detail));
		expect_reason(reason, token_headers[i].reason, token_headers[i].header, detail);
		assert_int_equal(token.claims != NULL, reason == REASON_OK);
		assert_int_equal(token.sub != NULL, reason == REASON_OK);
	}
}

/* More keys than are tried: the refusal says so. */
static void too_many_keys_that_fit_are_named(void **state)
{
	struct signer *signer = *state;
	struct idtoken_expect expect = expect_honest();
	BUF_AUTO(text, MAKE_MAX);
	BUF_AUTO(bytes, MAKE_MAX);
	JWK_SET_AUTO(set);
	IDTOKEN_AUTO(token);
	char detail[256] = "";

	expect.algs = &signer->algs;
	buf_puts(&text, "{\"keys\":[");
	for (int i = 0; i <= JWS_TRIES; i++) {
		buf_puts(&text, i ? "," : "");
		make_jwk(&text, signer->key, "");
	}
	buf_puts(&text, "]}");
	assert_int_equal(jwk_set_parse(text.data, text.len, &set), 0);
	make_jws(&bytes, signer->key, "ES256", "{\"alg\":\"ES256\"}", "{}");
	assert_int_equal(idtoken_verify(bytes.data, bytes.len, &set, &expect, &token, detail,
				 sizeof(detail)),
		REASON_TOKEN_KEY);
	assert_non_null(strstr(detail, "more keys fit than are tried; no kid"));
}

/* Payloads that are signed well and are no strict JSON object. */
static const char *const payloads[] = {
	"",
	"x",
	"null",
	"[]",
	"\"sub\"",
	"{\"iss\":\"" ISSUER "\",\"sub\":\"a\",\"sub\":\"b\",\"aud\":\"us\",\"exp\":1800000300,"
	"\"iat\":1800000000}",
	"{\"iss\":\"" ISSUER "\",\"sub\":\"a\",\"aud\":\"us\",\"exp\":1e400,\"iat\":1800000000}",
	"{\"iss\":\"" ISSUER "\",\"sub\":\"a\",\"aud\":\"us\",\"exp\":1800000300,"
	"\"iat\":1800000000} x",
	"{\"iss\":\"" ISSUER "\",\"sub\":\"a\\u0000b\",\"aud\":\"us\",\"exp\":1800000300,"
	"\"iat\":1800000000}",
	"{\"iss\":\"" ISSUER "\",\"sub\":\"a\xff\",\"aud\":\"us\",\"exp\":1800000300,"
	"\"iat\":1800000000}",
};

static void payloads_are_strict_json(void **state)
{
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		IDTOKEN_AUTO(token);
		char detail[256] = "";

		expect_reason(verify(*state, "{\"alg\":\"ES256\",\"kid\":\"k\"}", payloads[i],
				      &token, detail, sizeof(detail)),
			REASON_TOKEN_FORM, payloads[i], detail);
		assert_null(token.claims);
	}
}

/* Claims are looked at in whole tokens too, and a refusal gives nothing out. */
static void a_refused_token_gives_nothing(void **state)
{
	BUF_AUTO(payload, MAKE_MAX);
	IDTOKEN_AUTO(token);
	char detail[256] = "";

	add_claims(&payload, (struct claim[3]){{"aud", "\"them\""}});
	expect_reason(verify(*state, "{\"alg\":\"ES256\",\"kid\":\"k\"}", payload.data, &token,
			      detail, sizeof(detail)),
		REASON_TOKEN_AUDIENCE, payload.data, detail);
	assert_null(token.claims);
	assert_null(token.sub);
}

static void an_accepted_token_gives_its_claims(void **state)
{
	BUF_AUTO(payload, MAKE_MAX);
	IDTOKEN_AUTO(token);

	add_claims(&payload, (struct claim[3]){{"SUB", "\"root\""}, {"name", "\"Alice\""}});
	assert_int_equal(
		verify(*state, "{\"alg\":\"ES256\"}", payload.data, &token, NULL, 0), REASON_OK);
	assert_string_equal(token.sub, "248289761001");
	assert_string_equal(json_string(token.claims, "name"), "Alice");
}

/* What a token says reaches the log escaped and cut, and a nonce does not reach it at all. */
static void details_are_fit_for_a_log(void **state)
{
	BUF_AUTO(payload, MAKE_MAX);
	IDTOKEN_AUTO(token);
	char detail[64] = "";

	add_claims(&payload, (struct claim[3]){{"iss", "\"\\u001b]52;c;\\u0007\\n"
						       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
						       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\""}});
	assert_int_equal(
		verify(*state, "{\"alg\":\"ES256\"}", payload.data, &token, detail, sizeof(detail)),
		REASON_TOKEN_ISSUER);
	for (const char *c = detail; *c; c++)
		assert_in_range(*c, 0x20, 0x7e);
	assert_non_null(strstr(detail, "\\x1b]52;c;\\x07\\x0a"));
	assert_int_equal(strlen(detail), sizeof(detail) - 1);
}

/* Every byte of an accepted token matters. */
static void no_changed_byte_is_accepted(void **state)
{
	struct signer *signer = *state;
	struct idtoken_expect expect = expect_honest();
	BUF_AUTO(payload, MAKE_MAX);
	BUF_AUTO(bytes, MAKE_MAX);

	expect.algs = &signer->algs;
	add_claims(&payload, (struct claim[3]){{0}});
	make_jws(&bytes, signer->key, "ES256", "{\"alg\":\"ES256\",\"kid\":\"k\"}", payload.data);
	for (size_t i = 0; i < bytes.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			IDTOKEN_AUTO(token);

			bytes.data[i] = (char)(bytes.data[i] ^ (1 << bit));
			if (idtoken_verify(bytes.data, bytes.len, &signer->set, &expect, &token,
				    NULL, 0) == REASON_OK)
				fail_msg("accepted with bit %d of byte %zu changed", bit, i);
			bytes.data[i] = (char)(bytes.data[i] ^ (1 << bit));
		}
	IDTOKEN_AUTO(token);
	assert_int_equal(
		idtoken_verify(bytes.data, bytes.len, &signer->set, &expect, &token, NULL, 0),
		REASON_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims_by_claims),
		cmocka_unit_test(times_that_are_no_numbers_are_refused),
		cmocka_unit_test(sub_ends_at_its_limit),
		cmocka_unit_test(an_iat_is_not_held_against_an_unknown_start),
		cmocka_unit_test(further_audiences_only_where_configured),
		cmocka_unit_test(the_nonce_that_was_sent_comes_back),
		cmocka_unit_test(at_hash_is_of_the_access_token),
		cmocka_unit_test(at_hash_goes_by_the_algorithm),
		cmocka_unit_test(at_hash_without_an_access_token_is_refused),
		cmocka_unit_test(acr_is_one_of_the_accepted),
		cmocka_unit_test(amr_has_all_of_the_required),
		cmocka_unit_test(auth_time_is_not_longer_ago_than_max_age),
		cmocka_unit_test(a_max_age_of_zero_counts),
		cmocka_unit_test(required_claims_have_their_value),
		cmocka_unit_test(headers_of_whole_tokens),
		cmocka_unit_test(too_many_keys_that_fit_are_named),
		cmocka_unit_test(payloads_are_strict_json),
		cmocka_unit_test(a_refused_token_gives_nothing),
		cmocka_unit_test(an_accepted_token_gives_its_claims),
		cmocka_unit_test(details_are_fit_for_a_log),
		cmocka_unit_test(no_changed_byte_is_accepted),
	};

	return cmocka_run_group_tests(tests, make_signer, free_signer);
}
