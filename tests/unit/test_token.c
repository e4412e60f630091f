#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "token.h"

#define BEARER "\"token_type\":\"Bearer\","
#define ACCESS "\"access_token\":\"at-1\","
#define ID     "\"id_token\":\"eyJ.eyJ.c2ln\""

static void tokens(void **state)
{
	static const char body[] = "{" BEARER ACCESS ID
				   ",\"refresh_token\":\"rt-1\",\"expires_in\":3600}";
	TOKEN_REPLY_AUTO(reply);

	(void)state;
	token_reply_parse(200, body, strlen(body), &reply);
	assert_int_equal(reply.outcome, TOKEN_ISSUED);
	assert_int_equal(reply.reason, REASON_OK);
	assert_string_equal(secret_reveal(&reply.access_token), "at-1");
	assert_string_equal(secret_reveal(&reply.id_token), "eyJ.eyJ.c2ln");
	assert_string_equal(secret_reveal(&reply.refresh_token), "rt-1");
	assert_int_equal(reply.expires_in, 3600);
	assert_string_equal(reply.detail, "");
}

static void without_what_may_be_missing(void **state)
{
	static const char *const bodies[] = {
		"{" ACCESS ID ",\"token_type\":\"bearer\"}",
		"{" ACCESS ID ",\"token_type\":\"BEARER\",\"expires_in\":\"3600\"}",
		"{" BEARER ACCESS ID ",\"expires_in\":-1}",
		"{" BEARER ACCESS ID ",\"expires_in\":0.5}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		TOKEN_REPLY_AUTO(reply);

		token_reply_parse(200, bodies[i], strlen(bodies[i]), &reply);
		if (reply.outcome != TOKEN_ISSUED)
			fail_msg("%s: %s", bodies[i], reply.detail);
		assert_false(secret_present(&reply.refresh_token));
		assert_int_equal(reply.expires_in, -1);
	}
}

static const struct row {
	long status;
	const char *body;
	enum token_outcome outcome;
	enum reason reason;
	const char *detail; /* a part of it */
} rows[] = {
	/* RFC 8628 section 3.5 */
	{400, "{\"error\":\"authorization_pending\"}", TOKEN_PENDING, REASON_UNSET,
		"authorization_pending"},
	{400, "{\"error\":\"slow_down\"}", TOKEN_SLOW_DOWN, REASON_UNSET, "slow_down"},
	{400, "{\"error\":\"access_denied\",\"error_description\":\"The person said no\"}",
		TOKEN_REFUSED, REASON_ACCESS_DENIED, "access_denied: The person said no"},
	{400, "{\"error\":\"expired_token\"}", TOKEN_REFUSED, REASON_EXPIRED, "expired_token"},
	/* RFC 6749 section 5.2 */
	{400, "{\"error\":\"invalid_grant\"}", TOKEN_REFUSED, REASON_EXPIRED, "invalid_grant"},
	{401, "{\"error\":\"invalid_client\"}", TOKEN_REFUSED, REASON_CLIENT_REFUSED,
		"invalid_client"},
	{400, "{\"error\":\"unauthorized_client\"}", TOKEN_REFUSED, REASON_CLIENT_REFUSED,
		"unauthorized_client"},
	{400, "{\"error\":\"unsupported_grant_type\"}", TOKEN_REFUSED, REASON_NO_DEVICE_FLOW,
		"unsupported_grant_type"},
	{400, "{\"error\":\"invalid_scope\"}", TOKEN_REFUSED, REASON_IDP_ERROR, "invalid_scope"},
	{400, "{\"error\":\"invalid_request\"}", TOKEN_REFUSED, REASON_IDP_ERROR,
		"invalid_request"},
	{500, "{\"error\":\"server_error\"}", TOKEN_RETRY, REASON_UNSET, "server_error"},
	{503, "{\"error\":\"temporarily_unavailable\"}", TOKEN_RETRY, REASON_UNSET,
		"temporarily_unavailable"},
	/* the status of an error does not decide: Auth0, PingAM, Google, Entra ID */
	{403, "{\"error\":\"authorization_pending\"}", TOKEN_PENDING, REASON_UNSET, ""},
	{428, "{\"error\":\"authorization_pending\"}", TOKEN_PENDING, REASON_UNSET, ""},
	{429, "{\"error\":\"slow_down\"}", TOKEN_SLOW_DOWN, REASON_UNSET, ""},
	{403, "{\"error\":\"access_denied\"}", TOKEN_REFUSED, REASON_ACCESS_DENIED, ""},
	{500, "{\"error\":\"invalid_client\"}", TOKEN_REFUSED, REASON_CLIENT_REFUSED, ""},
	{400, "{\"error\":\"server_error\"}", TOKEN_RETRY, REASON_UNSET, ""},
	{400, "{\"error\":\"authorization_declined\",\"error_codes\":[70008]}", TOKEN_REFUSED,
		REASON_ACCESS_DENIED, ""},
	{400, "{\"error\":\"bad_verification_code\"}", TOKEN_REFUSED, REASON_EXPIRED, ""},
	/* errors that are not known */
	{400, "{\"error\":\"out_of_cheese\"}", TOKEN_REFUSED, REASON_IDP_ERROR, "out_of_cheese"},
	{400, "{\"error\":\"Slow_Down\"}", TOKEN_REFUSED, REASON_IDP_ERROR, ""},
	{400, "{\"error\":\"\"}", TOKEN_REFUSED, REASON_IDP_ERROR, ""},
	{400, "{\"error\":\"\\u001b[2J\\r\\nx\",\"error_description\":\"\\u202e\"}", TOKEN_REFUSED,
		REASON_IDP_ERROR, "\\x1b[2J\\x0d\\x0ax: \\xe2\\x80\\xae"},
	{429, "{\"error\":\"too_many_requests\"}", TOKEN_RETRY, REASON_TOO_MANY,
		"too_many_requests"},
	/* no error at all */
	{429, "", TOKEN_RETRY, REASON_TOO_MANY, "HTTP status 429"},
	{502, "<html>Bad Gateway</html>", TOKEN_RETRY, REASON_UNSET, "HTTP status 502"},
	{599, "{}", TOKEN_RETRY, REASON_UNSET, ""},
	{600, "{}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{400, "{}", TOKEN_UNUSABLE, REASON_REPLY_FORM, "HTTP status 400"},
	{400, "{\"Error\":\"authorization_pending\"}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{400, "{\"error\":[\"authorization_pending\"]}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{400, "{\"error\":\"slow_down\",\"error\":\"authorization_pending\"}", TOKEN_UNUSABLE,
		REASON_REPLY_FORM, ""},
	{404, "<html>Not Found</html>", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{400, "error=authorization_pending", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	/* status and content that do not go together */
	{200, "{\"error\":\"authorization_pending\"}", TOKEN_UNUSABLE, REASON_REPLY_FORM,
		"an error with status 200"},
	{200, "{" BEARER ACCESS ID ",\"error\":\"access_denied\"}", TOKEN_UNUSABLE,
		REASON_REPLY_FORM, ""},
	{200, "{" BEARER ACCESS ID ",\"error\":null}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{400, "{" BEARER ACCESS ID "}", TOKEN_UNUSABLE, REASON_REPLY_FORM, "do not go together"},
	{400, "{" ID ",\"error\":\"authorization_pending\"}", TOKEN_UNUSABLE, REASON_REPLY_FORM,
		""},
	{503, "{\"refresh_token\":\"x\"}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{201, "{" BEARER ACCESS ID "}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{204, "", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{302, "{\"error\":\"authorization_pending\"}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{0, "{" BEARER ACCESS ID "}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	/* a success that is none */
	{200, "{" BEARER "\"access_token\":\"at-1\"}", TOKEN_UNUSABLE, REASON_TOKEN_MISSING,
		"no id_token"},
	{200, "{" BEARER ID "}", TOKEN_UNUSABLE, REASON_REPLY_FORM, "no access_token"},
	{200, "{" ACCESS ID "}", TOKEN_UNUSABLE, REASON_REPLY_FORM, "token_type"},
	{200, "{" ACCESS ID ",\"token_type\":\"DPoP\"}", TOKEN_UNUSABLE, REASON_REPLY_FORM,
		"token_type"},
	{200, "{" ACCESS ID ",\"token_type\":\"Bearer \"}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{200, "{" ACCESS ID ",\"token_type\":[\"Bearer\"]}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{200, "{" BEARER ACCESS ID "," ID "}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{200, "{" BEARER ACCESS ID "}{}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{200, "", TOKEN_UNUSABLE, REASON_REPLY_FORM, "not a JSON object"},
	{200, "<html>Sign in</html>", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{200, "access_token=at-1&token_type=bearer", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{200, "\xef\xbb\xbf{" BEARER ACCESS ID "}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	/* what must not be sent on */
	{200, "{" BEARER ID ",\"access_token\":\"a b\"}", TOKEN_UNUSABLE, REASON_REPLY_FORM,
		"access_token is not printable ASCII"},
	{200, "{" BEARER ID ",\"access_token\":\"a\\r\\nX: y\"}", TOKEN_UNUSABLE, REASON_REPLY_FORM,
		""},
	{200, "{" BEARER ID ",\"access_token\":\"a\\u0000b\"}", TOKEN_UNUSABLE, REASON_REPLY_FORM,
		""},
	{200, "{" BEARER ID ",\"access_token\":\"\"}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{200, "{" BEARER ID ",\"access_token\":7}", TOKEN_UNUSABLE, REASON_REPLY_FORM, ""},
	{200, "{" BEARER ACCESS ID ",\"refresh_token\":\"r\\u00e9\"}", TOKEN_UNUSABLE,
		REASON_REPLY_FORM, "refresh_token is not printable ASCII"},
	{200, "{" BEARER ACCESS ID ",\"refresh_token\":null}", TOKEN_UNUSABLE, REASON_REPLY_FORM,
		""},
	{200, "{" BEARER ACCESS "\"id_token\":\"eyJ.eyJ.c2ln\\n\"}", TOKEN_UNUSABLE,
		REASON_REPLY_FORM, "id_token is not printable ASCII"},
};

static void check(const struct row *row, const struct token_reply *reply)
{
	if (reply->outcome != row->outcome || reply->reason != row->reason)
		fail_msg("%ld %s: outcome %d, %s", row->status, row->body, (int)reply->outcome,
			reason_name(reply->reason));
	if (!strstr(reply->detail, row->detail))
		fail_msg("%ld %s: detail %s", row->status, row->body, reply->detail);
	if (secret_present(&reply->access_token) || secret_present(&reply->id_token) ||
		secret_present(&reply->refresh_token))
		fail_msg("%ld %s: a token is left", row->status, row->body);
}

static void replies_without_tokens(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		TOKEN_REPLY_AUTO(reply);

		token_reply_parse(rows[i].status, rows[i].body, strlen(rows[i].body), &reply);
		check(&rows[i], &reply);
	}
}

#define NEXT ",\"refresh_token\":\"rt-2\""

/* The one that was sent is spent: the next is kept whatever else is wrong. */
static void a_refresh_token_of_a_refused_reply(void **state)
{
	static const char *const bodies[] = {
		"{" BEARER ACCESS "\"x\":1" NEXT "}",
		"{" BEARER ID NEXT "}",
		"{" ACCESS ID NEXT "}",
		"{" ACCESS ID NEXT ",\"token_type\":\"DPoP\"}",
		"{" BEARER ID NEXT ",\"access_token\":\"a b\"}",
		"{\"refresh_token\":\"rt-2\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		TOKEN_REPLY_AUTO(reply);

		token_reply_parse(200, bodies[i], strlen(bodies[i]), &reply);
		if (reply.outcome != TOKEN_UNUSABLE ||
			strcmp(secret_reveal(&reply.refresh_token), "rt-2") != 0)
			fail_msg("%s: %s", bodies[i], reply.detail);
		assert_false(secret_present(&reply.access_token));
		assert_false(secret_present(&reply.id_token));
	}
}

static void utf_16(void **state)
{
	static const char body[] = "{" BEARER ACCESS ID "}";
	char wide[2 * sizeof(body)] = {0};
	TOKEN_REPLY_AUTO(reply);

	(void)state;
	for (size_t i = 0; i < strlen(body); i++)
		wide[2 * i] = body[i];
	token_reply_parse(200, wide, 2 * strlen(body), &reply);
	assert_int_equal(reply.outcome, TOKEN_UNUSABLE);
	assert_int_equal(reply.reason, REASON_REPLY_FORM);
}

static void a_long_reply(void **state)
{
	static const char body[] = "{" BEARER ACCESS ID "}";
	char *longer = malloc(TOKEN_REPLY_MAX + 1);
	TOKEN_REPLY_AUTO(fits);
	TOKEN_REPLY_AUTO(too_long);

	(void)state;
	assert_non_null(longer);
	memset(longer, ' ', TOKEN_REPLY_MAX + 1);
	memcpy(longer, body, strlen(body));
	token_reply_parse(200, longer, TOKEN_REPLY_MAX, &fits);
	token_reply_parse(200, longer, TOKEN_REPLY_MAX + 1, &too_long);
	free(longer);
	assert_int_equal(fits.outcome, TOKEN_ISSUED);
	assert_int_equal(too_long.outcome, TOKEN_UNUSABLE);
}

static void what_it_comes_to(void **state)
{
	static const struct {
		enum token_outcome outcome;
		enum reason reason, expected;
	} outcomes[] = {
		{TOKEN_ISSUED, REASON_OK, REASON_OK},
		{TOKEN_PENDING, REASON_UNSET, REASON_IDP_ERROR},
		{TOKEN_SLOW_DOWN, REASON_UNSET, REASON_IDP_ERROR},
		{TOKEN_RETRY, REASON_UNSET, REASON_IDP_ERROR},
		{TOKEN_RETRY, REASON_TOO_MANY, REASON_TOO_MANY},
		{TOKEN_REFUSED, REASON_EXPIRED, REASON_EXPIRED},
		{TOKEN_UNUSABLE, REASON_TOKEN_MISSING, REASON_TOKEN_MISSING},
		{TOKEN_REFUSED, REASON_OK, REASON_INTERNAL},
		{TOKEN_UNUSABLE, REASON_UNSET, REASON_INTERNAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		const struct token_reply reply = {
			.outcome = outcomes[i].outcome, .reason = outcomes[i].reason};

		assert_int_equal(token_reply_reason(&reply), outcomes[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens),
		cmocka_unit_test(without_what_may_be_missing),
		cmocka_unit_test(replies_without_tokens),
		cmocka_unit_test(a_refresh_token_of_a_refused_reply),
		cmocka_unit_test(utf_16),
		cmocka_unit_test(a_long_reply),
		cmocka_unit_test(what_it_comes_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
