/*
 * Who decides, without memory: the Nth allocation fails, of ours and of the libraries', for every N.
 * What is right is accepted or refused, and what is wrong is never accepted.
 */
#include "make_jws.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "account.h"
#include "answer.h"
#include "count.h"
#include "idtoken.h"
#include "jwk.h"
#include "record.h"
#include "user_match.h"
#include "usermap.h"

#define ISSUER       "https://idp.example.com"
#define ACCESS_TOKEN "an access token"
#define STATE        "state=AAECAwQFBgcICQoLDA0ODw"

enum { NOW = 1800000000, FAILURES_MAX = 20000 };

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* The allocation that fails, counted down from N; 0: none. */
static volatile int countdown; /* a compiler knows what malloc() does, and it is not this */

#if defined(__SANITIZE_ADDRESS__) /* which has put its own in this place */
enum { CAN_FAIL = false };
#else
enum { CAN_FAIL = true };

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);

static bool fails(void)
{
	return countdown > 0 && --countdown == 0;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
	return fails() ? NULL : __libc_realloc(memory, size);
}
#endif

/* Tokens */

/* A key set and tokens that it goes with; the last byte but two of the second's signature is another. */
struct signer {
	const char *alg;
	struct buf set;
	struct buf good, bad;
};

/* The at_hash of ACCESS_TOKEN. */
static void add_hash(struct buf *out, const char *alg)
{
	const char *digest = make_way_of(alg).digest;
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t len = 0;

	assert_int_equal(EVP_Q_digest(NULL, digest ? digest : "SHA512", NULL, ACCESS_TOKEN,
				 strlen(ACCESS_TOKEN), hash, &len),
		1);
	assert_int_equal(b64url_encode(hash, len / 2, out), 0);
}

static void sign(struct signer *signer, const struct make_alg *alg)
{
	BUF_AUTO(payload, 1024);
	char header[64];
	EVP_PKEY *key = make_key(alg->kind);

	*signer = (struct signer){
		.alg = alg->name, .set.max = MAKE_MAX, .good.max = MAKE_MAX, .bad.max = MAKE_MAX};
	snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"a\",\"typ\":\"JWT\"}",
		alg->name);
	buf_puts(&payload,
		"{\"iss\":\"" ISSUER "\",\"sub\":\"s\",\"aud\":[\"us\"],\"exp\":1800000300,"
		"\"iat\":1800000000,\"nonce\":\"n\",\"acr\":\"high\",\"amr\":[\"otp\",\"pwd\"],"
		"\"auth_time\":1799999999,\"tenant\":{\"id\":\"t\"},\"at_hash\":\"");
	add_hash(&payload, alg->name);
	buf_puts(&payload, "\"}");
	buf_puts(&signer->set, "{\"keys\":[");
	make_jwk(&signer->set, key, ",\"kid\":\"a\",\"use\":\"sig\",\"key_ops\":[\"verify\"]");
	buf_puts(&signer->set, ",{\"kty\":\"oct\",\"kid\":\"b\"}]}");
	make_jws(&signer->good, key, alg->name, header, payload.data);
	buf_add(&signer->bad, signer->good.data, signer->good.len);
	char *byte = &signer->bad.data[signer->bad.len - 3];
	*byte = *byte == 'A' ? 'B' : 'A';
	EVP_PKEY_free(key);
}

static enum reason verify(const struct signer *signer, const struct buf *bytes)
{
	JWK_SET_AUTO(set);
	IDTOKEN_AUTO(token);
	STRLIST_AUTO(algs);
	STRLIST_AUTO(acr);
	STRLIST_AUTO(amr);
	STRLIST_AUTO(required);
	SECRET_AUTO(access_token);
	char detail[128] = "";

	if (secret_set(&access_token, ACCESS_TOKEN, strlen(ACCESS_TOKEN)) < 0 ||
		strlist_add(&algs, signer->alg) < 0 || strlist_add(&acr, "high") < 0 ||
		strlist_add(&amr, "otp") < 0 || strlist_add(&required, "tenant.id=t") < 0 ||
		jwk_set_parse(signer->set.data, signer->set.len, &set) < 0)
		return REASON_NO_MEMORY;
	const struct idtoken_expect expect = {
		.issuer = ISSUER,
		.client_id = "us",
		.algs = &algs,
		.nonce = "n",
		.access_token = &access_token,
		.now = NOW,
		.began = NOW - 100,
		.skew = 30,
		.acr = &acr,
		.amr = &amr,
		.max_age = 60,
		.required_claims = &required,
	};
	return idtoken_verify(
		bytes->data, bytes->len, &set, &expect, &token, detail, sizeof(detail));
}

/* Holds both tokens against their verdicts; returns whether an allocation failed. */
static bool verify_both(const struct signer *signer, int n)
{
	countdown = n;
	enum reason good = verify(signer, &signer->good);
	bool failed = countdown == 0;
	countdown = n;
	enum reason bad = verify(signer, &signer->bad);
	countdown = 0;

	if (bad == REASON_OK)
		fail_msg("%s: a wrong signature is accepted without allocation %d", signer->alg, n);
	if (!failed)
		assert_int_equal(good, REASON_OK);
	return failed;
}

static void no_token_is_accepted_that_is_wrong(void **state)
{
	(void)state;
	if (!CAN_FAIL)
		skip();
	for (size_t i = 0; i < MAKE_ALGS; i++) {
		struct signer signer;
		int n = 1;

		sign(&signer, &make_algs[i]);
		assert_int_equal(verify(&signer, &signer.good), REASON_OK);
		while (verify_both(&signer, n))
			assert_true(n++ < FAILURES_MAX);
		assert_true(n > 10);
		assert_int_equal(verify(&signer, &signer.good), REASON_OK);
		buf_free(&signer.set);
		buf_free(&signer.good);
		buf_free(&signer.bad);
	}
}

/* Accounts: alice by each way of mapping, and never bob. */

static const char *const configs[] = {
	"[user]\nclaims = email\nmatch = ([^@]+)@example\\.com\ntemplate = {1}\n",
	"[user]\ncasefold = ascii\n",
	"[user]\nroles = ops:alice\n",
	"[user]\nmap_file = /map\n",
	"[access]\nallow_groups = ops\n[user]\nmap_file = /map\nmap_only = no\n",
};

static enum reason decide(const struct config *config, const struct usermap *map, const char *user)
{
	STRLIST_AUTO(claims);
	STRLIST_AUTO(groups);
	struct account_decision got;

	if (strlist_add(&claims, "email=alice@example.com") < 0 ||
		strlist_add(&claims, "preferred_username=Alice") < 0 ||
		strlist_add(&groups, "ops") < 0)
		return REASON_NO_MEMORY;
	const struct identity identity = {.iss = ISSUER,
		.sub = "s-1",
		.claims = &claims,
		.email_verified = true,
		.groups_known = true,
		.groups = &groups};
	const struct local_user local = {
		.name = user, .exists = true, .uid = 1000, .shell = "/bin/sh"};
	account_decide(config, config->user.map_file ? map : NULL, &identity, &local, &got);
	return got.reason;
}

static void nobody_else_is_let_in(void **state)
{
	static const char map_text[] = "sub:s-1 alice\nbob bob\n";
	USERMAP_AUTO(map);
	struct config_error error;

	(void)state;
	if (!CAN_FAIL)
		skip();
	assert_int_equal(usermap_parse(map_text, strlen(map_text), "map", &map, &error), 0);
	for (size_t i = 0; i < COUNT(configs); i++) {
		CONFIG_AUTO(config);
		BUF_AUTO(text, 1024);
		bool failed = true;

		buf_printf(
			&text, "[provider]\nissuer = " ISSUER "\nclient_id = us\n%s", configs[i]);
		assert_int_equal(
			config_parse(text.data, text.len, "conf", "sshd", &config, &error), 0);
		assert_int_equal(decide(&config, &map, "alice"), REASON_OK);
		for (int n = 1; failed; n++) {
			countdown = n;
			enum reason alice = decide(&config, &map, "alice");
			failed = countdown == 0;
			countdown = n;
			enum reason bob = decide(&config, &map, "bob");
			countdown = 0;
			assert_int_not_equal(bob, REASON_OK);
			if (!failed)
				assert_int_equal(alice, REASON_OK);
		}
	}
}

/* Configurations: with all that the file and its profile say, or none. */

static void no_configuration_is_half_read(void **state)
{
	static const char text[] =
		"[provider]\nprofile = gitlab\nissuer = " ISSUER "\nclient_id = us\n"
		"[access]\nallow_users = alice bob\n[service su]\nallow_users = bob carol\n";
	bool failed = true;

	(void)state;
	if (!CAN_FAIL)
		skip();
	for (int n = 1; failed; n++) {
		CONFIG_AUTO(config);
		struct config_error error;

		countdown = n;
		int r = config_parse(text, strlen(text), "conf", "sshd", &config, &error);
		failed = countdown == 0;
		countdown = 0;
		assert_in_range(n, 1, FAILURES_MAX);
		assert_int_equal(r, failed ? -ENOMEM : 0);
		if (failed) {
			assert_null(config.provider.issuer);
			continue;
		}
		assert_string_equal(config.provider.device_authorization_endpoint,
			ISSUER "/oauth/authorize_device");
		assert_int_equal(config.access.allow_users.n, 1);
	}
}

/* Answers: the code, whole, of this sign-in alone. */

static enum reason read_answer(const char *text, struct secret *code)
{
	const struct answer_expect expect = {.state = "AAECAwQFBgcICQoLDA0ODw", .issuer = ISSUER};
	char detail[64];

	return answer_read(text, strlen(text), &expect, code, detail, sizeof(detail));
}

static enum reason read_parts(const char *first, const char *second, struct secret *code)
{
	__attribute__((cleanup(answer_parts_free))) struct answer_parts parts = {0};
	BUF_AUTO(whole, ANSWER_MAX);
	enum answer_part part = PART_MORE;
	unsigned int missing;

	if (second)
		part = answer_add_part(&parts, first, strlen(first), &whole, &missing);
	if (part == PART_MORE)
		part = answer_add_part(&parts, second ? second : first,
			strlen(second ? second : first), &whole, &missing);
	if (part != PART_WHOLE)
		return REASON_ANSWER;
	return read_answer(buf_str(&whole), code);
}

static const struct {
	const char *first, *second;
	enum reason reason;
} answers[] = {
	{"code=abc&" STATE "&iss=https%3A%2F%2Fidp.example.com", NULL, REASON_OK},
	{"1/2:code=abc&", "2/2:" STATE, REASON_OK},
	{"code=abc&" STATE "&iss=https%3A%2F%2Fevil.example.com", NULL, REASON_TOKEN_ISSUER},
	{"code=abc&" STATE "0", NULL, REASON_ANSWER},
	{"code=abc&error=access_denied&error_description=no&" STATE, NULL, REASON_ACCESS_DENIED},
};

static void no_answer_is_accepted_that_is_wrong(void **state)
{
	(void)state;
	if (!CAN_FAIL)
		skip();
	for (size_t i = 0; i < COUNT(answers); i++) {
		bool failed = true;

		for (int n = 1; failed; n++) {
			SECRET_AUTO(code);

			countdown = n;
			enum reason reason = read_parts(answers[i].first, answers[i].second, &code);
			failed = countdown == 0;
			countdown = 0;
			if (reason == REASON_OK)
				assert_string_equal(secret_reveal(&code), "abc");
			if (answers[i].reason != REASON_OK)
				assert_int_not_equal(reason, REASON_OK);
			if (!failed)
				assert_int_equal(reason, answers[i].reason);
		}
	}
}

/* Records: whole, or an error. */
static void no_record_is_half_read(void **state)
{
	static const struct record_key keys[] = {{"event", false}, {"claim", true}, {0}};
	static const char text[] = "event=result\nclaim=a=1\nclaim=b=2\nclaim=c=3\n\n";
	bool failed = true;

	(void)state;
	if (!CAN_FAIL)
		skip();
	for (int n = 1; failed; n++) {
		RECORD_AUTO(record);
		BUF_AUTO(out, RECORD_MAX);

		countdown = n;
		int r = record_parse(text, strlen(text), keys, &record);
		if (r > 0)
			r = record_format(record, &out);
		failed = countdown == 0;
		countdown = 0;
		if (r == 0)
			assert_string_equal(buf_str(&out), text);
		else if (!failed)
			fail_msg("without a failure: %d", r);
	}
}

/* The map file: whole, or an error. */
static void no_map_is_half_read(void **state)
{
	static const char text[] = "sub:1 alice bob\nsub:2 carol\na@example.com dave\n";
	bool failed = true;

	(void)state;
	if (!CAN_FAIL)
		skip();
	for (int n = 1; failed; n++) {
		USERMAP_AUTO(map);
		struct config_error error;

		countdown = n;
		int r = usermap_parse(text, strlen(text), "map", &map, &error);
		failed = countdown == 0;
		countdown = 0;
		if (r < 0) {
			assert_int_equal(r, -ENOMEM);
			assert_true(failed && map.n == 0);
			continue;
		}
		assert_int_equal(map.n, 3);
		assert_int_equal(usermap_find(&map, USERMAP_SUBJECT, "1")->n, 2);
		assert_true(strlist_has(usermap_find(&map, USERMAP_NAME, "a@example.com"), "dave"));
	}
}

/* A template: filled whole, or no name at all. */
static void no_name_is_half_made(void **state)
{
	static const char pattern[] = "([a-z]+)\\.([a-z]+)@example\\.com", template[] = "{2}_{1}";
	bool failed = true;

	(void)state;
	if (!CAN_FAIL)
		skip();
	for (int n = 1; failed; n++) {
		BUF_AUTO(out, 64);
		char wrong[128];

		countdown = n;
		int r = user_match_check(pattern, template, wrong, sizeof(wrong));
		if (r == 0)
			r = user_match_apply(pattern, template, "ada.byron@example.com", &out);
		failed = countdown == 0;
		countdown = 0;
		if (r == 0)
			assert_string_equal(buf_str(&out), "byron_ada");
		else
			assert_true(failed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_token_is_accepted_that_is_wrong),
		cmocka_unit_test(nobody_else_is_let_in),
		cmocka_unit_test(no_configuration_is_half_read),
		cmocka_unit_test(no_answer_is_accepted_that_is_wrong),
		cmocka_unit_test(no_record_is_half_read),
		cmocka_unit_test(no_map_is_half_read),
		cmocka_unit_test(no_name_is_half_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
