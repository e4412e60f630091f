#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "idtoken.h"
#include "json.h"
#include "renewal.h"

#define ISSUER "https://id.example.com/realm"
#define TIMES  ",\"iat\":1800000000,\"exp\":1800000300"
#define ISS    "\"iss\":\"" ISSUER "\","
#define AUD    "\"aud\":\"us\","
#define SUB    "\"sub\":\"alice\""
#define HONEST "{" ISS AUD SUB TIMES

enum {
	NOW = 1800000000,
	SKEW = 30,
	SIGNED_IN = NOW - 7200,
	EARLIER = NOW - 3600,
};

#define BEARER "\"token_type\":\"Bearer\",\"access_token\":\"at-2\""

static const struct {
	long status;
	const char *body;
	enum reason reason;
} replies[] = {
	{200, "{" BEARER ",\"id_token\":\"e.e.e\",\"refresh_token\":\"rt-2\"}", REASON_OK},
	{200, "{" BEARER ",\"id_token\":\"e.e.e\"}", REASON_OK},
	{200, "{" BEARER ",\"refresh_token\":\"rt-2\"}", REASON_TOKEN_MISSING},
	{200, "<html>", REASON_REPLY_FORM},
	/* the grant is not valid, or not any longer */
	{400, "{\"error\":\"invalid_grant\"}", REASON_SESSION_ENDED},
	{400, "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS50057: disabled\"}",
		REASON_SESSION_ENDED},
	{401, "{\"error\":\"invalid_grant\"}", REASON_SESSION_ENDED},
	{500, "{\"error\":\"invalid_grant\"}", REASON_SESSION_ENDED},
	{400, "{\"error\":\"expired_token\"}", REASON_SESSION_ENDED},
	/* no verdict about the grant */
	{200, "{\"error\":\"invalid_grant\"}", REASON_REPLY_FORM},
	{400, "{" BEARER ",\"error\":\"invalid_grant\"}", REASON_REPLY_FORM},
	{400, "{\"error\":\"Invalid_Grant\"}", REASON_IDP_ERROR},
	{400, "{\"error\":\"interaction_required\"}", REASON_IDP_ERROR},
	{401, "{\"error\":\"invalid_client\"}", REASON_CLIENT_REFUSED},
	{400, "{\"error\":\"unauthorized_client\"}", REASON_CLIENT_REFUSED},
	{400, "{\"error\":\"unsupported_grant_type\"}", REASON_IDP_ERROR},
	{400, "{\"error\":\"invalid_scope\"}", REASON_IDP_ERROR},
	{403, "{\"error\":\"access_denied\"}", REASON_ACCESS_DENIED},
	{400, "{\"error\":\"authorization_pending\"}", REASON_IDP_ERROR},
	{400, "{\"error\":\"slow_down\"}", REASON_IDP_ERROR},
	{400, "{\"error\":\"temporarily_unavailable\"}", REASON_IDP_ERROR},
	{429, "", REASON_IDP_ERROR},
	{503, "<html>", REASON_IDP_ERROR},
	{404, "<html>", REASON_REPLY_FORM},
};

static void what_a_reply_means(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		const char *body = replies[i].body;
		TOKEN_REPLY_AUTO(reply);

		token_reply_parse(replies[i].status, body, strlen(body), &reply);
		enum reason reason = renewal_outcome(&reply);
		if (reason != replies[i].reason)
			fail_msg("%ld %s: %s", replies[i].status, body, reason_name(reason));
	}
}

static void no_reply_at_all(void **state)
{
	TOKEN_REPLY_AUTO(reply);

	(void)state;
	assert_int_not_equal(renewal_outcome(&reply), REASON_OK);
}

static enum reason judge(
	const char *text, int64_t auth_time, int64_t max_age, char *detail, size_t size)
{
	const struct renewal_earlier earlier = {
		.sub = "alice", .iat = EARLIER, .auth_time = auth_time};
	const struct idtoken_expect expect = {
		.issuer = ISSUER,
		.client_id = "us",
		.now = NOW,
		.began = NOW - 10,
		.earlier = &earlier,
		.skew = SKEW,
		.max_age = max_age,
	};
	JSON_AUTO(claims);

	claims = json_parse_object(text, strlen(text), 4096);
	if (!claims)
		fail_msg("no object: %s", text);
	return idtoken_check_claims(claims, "RS256", &expect, detail, size);
}

/* What a renewed token says, of a session whose person signed in at SIGNED_IN. */
static const struct {
	const char *claims;
	enum reason reason;
} kept[] = {
	{HONEST "}", REASON_OK},
	{HONEST ",\"auth_time\":1799992800}", REASON_OK},
	{HONEST ",\"auth_time\":1799992800.0}", REASON_OK},
	/* iss, sub or aud changed */
	{"{\"iss\":\"https://evil.example\"," AUD SUB TIMES "}", REASON_SESSION_ENDED},
	{"{" AUD SUB TIMES "}", REASON_SESSION_ENDED},
	{"{" ISS AUD "\"sub\":\"bob\"" TIMES "}", REASON_SESSION_ENDED},
	{"{" ISS AUD "\"sub\":\"Alice\"" TIMES "}", REASON_SESSION_ENDED},
	{"{" ISS AUD "\"sub\":\"alice \"" TIMES "}", REASON_SESSION_ENDED},
	{"{" ISS AUD "\"sub\":\"\"" TIMES "}", REASON_SESSION_ENDED},
	{"{" ISS AUD "\"sub\":null" TIMES "}", REASON_SESSION_ENDED},
	{"{" ISS AUD "\"SUB\":\"alice\"" TIMES "}", REASON_SESSION_ENDED},
	{"{" ISS "\"aud\":\"others\"," SUB TIMES "}", REASON_SESSION_ENDED},
	{"{" ISS "\"aud\":[\"us\",\"others\"]," SUB TIMES "}", REASON_SESSION_ENDED},
	{"{" ISS SUB TIMES "}", REASON_SESSION_ENDED},
	{HONEST ",\"azp\":\"others\"}", REASON_SESSION_ENDED},
	/* so also where the token is out of date, or policy is not met */
	{"{" ISS AUD "\"sub\":\"bob\",\"iat\":1800000000,\"exp\":1}", REASON_SESSION_ENDED},
	/* auth_time changed */
	{HONEST ",\"auth_time\":1799992801}", REASON_SESSION_ENDED},
	{HONEST ",\"auth_time\":1799992800.5}", REASON_SESSION_ENDED},
	{HONEST ",\"auth_time\":1800000000}", REASON_SESSION_ENDED},
	{HONEST ",\"auth_time\":0}", REASON_SESSION_ENDED},
	{HONEST ",\"auth_time\":\"1799992800\"}", REASON_SESSION_ENDED},
	{HONEST ",\"auth_time\":null}", REASON_SESSION_ENDED},
	/* iat older: than the earlier token's, and than this renewal */
	{"{" ISS AUD SUB ",\"iat\":1799996369,\"exp\":1800000300}", REASON_SESSION_ENDED},
	{"{" ISS AUD SUB ",\"iat\":0,\"exp\":1800000300}", REASON_SESSION_ENDED},
	{"{" ISS AUD SUB ",\"iat\":1799996370,\"exp\":1800000300}", REASON_TOKEN_TIME},
	{"{" ISS AUD SUB ",\"iat\":1799999959,\"exp\":1800000300}", REASON_TOKEN_TIME},
	{"{" ISS AUD SUB ",\"iat\":1799999960,\"exp\":1800000300}", REASON_OK},
	/* a token that is none for other reasons */
	{"{" ISS AUD SUB ",\"iat\":\"1800000000\",\"exp\":1800000300}", REASON_TOKEN_TIME},
	{"{" ISS AUD SUB ",\"exp\":1800000300}", REASON_TOKEN_TIME},
	{"{" ISS AUD SUB ",\"iat\":1800000000}", REASON_TOKEN_TIME},
	{"{" ISS AUD SUB ",\"iat\":1800000000,\"exp\":1}", REASON_TOKEN_TIME},
	{HONEST ",\"events\":{}}", REASON_TOKEN_TYPE},
	{HONEST ",\"at_hash\":\"x\"}", REASON_TOKEN_AT_HASH},
};

static void what_a_token_must_keep(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		char detail[256] = "";
		enum reason reason = judge(kept[i].claims, SIGNED_IN, -1, detail, sizeof(detail));

		if (reason != kept[i].reason || (reason == REASON_OK) != !*detail)
			fail_msg("%s: %s (%s)", kept[i].claims, reason_name(reason), detail);
	}
}

static void a_sign_in_whose_time_was_not_claimed(void **state)
{
	static const struct {
		const char *claims;
		enum reason reason;
	} rows[] = {
		{HONEST "}", REASON_OK},
		{HONEST ",\"auth_time\":1799992800}", REASON_OK},
		{HONEST ",\"auth_time\":1799996430}", REASON_OK},
		{HONEST ",\"auth_time\":1799996431}", REASON_SESSION_ENDED},
		{HONEST ",\"auth_time\":true}", REASON_SESSION_ENDED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum reason reason = judge(rows[i].claims, -1, -1, NULL, 0);

		if (reason != rows[i].reason)
			fail_msg("%s: %s", rows[i].claims, reason_name(reason));
	}
}

static void policy_does_not_end_a_session(void **state)
{
	char detail[256];

	(void)state;
	assert_int_equal(
		judge(HONEST "}", SIGNED_IN, 9000, detail, sizeof(detail)), REASON_MAX_AGE);
	assert_int_equal(
		judge(HONEST ",\"auth_time\":1799992800}", SIGNED_IN, 7000, detail, sizeof(detail)),
		REASON_MAX_AGE);
	assert_int_equal(
		judge(HONEST ",\"auth_time\":1799992800}", SIGNED_IN, 7200, detail, sizeof(detail)),
		REASON_OK);
	/* A sign-in that was changed to look recent meets no policy. */
	assert_int_equal(
		judge(HONEST ",\"auth_time\":1800000000}", SIGNED_IN, 60, detail, sizeof(detail)),
		REASON_SESSION_ENDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_reply_means),
		cmocka_unit_test(no_reply_at_all),
		cmocka_unit_test(what_a_token_must_keep),
		cmocka_unit_test(a_sign_in_whose_time_was_not_claimed),
		cmocka_unit_test(policy_does_not_end_a_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
