/* What the authorization code grant sends, with the vector of RFC 7636 appendix B. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "authorization.h"
#include "count.h"

static const unsigned char random_bytes[AUTHORIZATION_RANDOM] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,       /* state */
	255, 254, 253, 252, 251, 250, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, /* nonce */
	116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77,
	105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121, /* RFC 7636 appendix B */
};

static void an_attempt(void **state)
{
	AUTHORIZATION_AUTO(attempt);

	(void)state;
	assert_int_equal(authorization_begin(random_bytes, NULL, &attempt), 0);
	assert_string_equal(attempt.state, "AAECAwQFBgcICQoLDA0ODw");
	assert_string_equal(attempt.nonce, "__79_Pv6CQgHBgUEAwIBAA");
	assert_string_equal(
		secret_reveal(&attempt.verifier), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
	assert_string_equal(attempt.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

static void a_label(void **state)
{
	AUTHORIZATION_AUTO(attempt);
	AUTHORIZATION_AUTO(cut);
	char label[AUTHORIZATION_LABEL_MAX + 100];

	(void)state;
	assert_int_equal(authorization_begin(random_bytes, "alice@web7", &attempt), 0);
	assert_string_equal(attempt.state, "AAECAwQFBgcICQoLDA0ODw.YWxpY2VAd2ViNw");
	memset(label, 'a', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	assert_int_equal(authorization_begin(random_bytes, label, &cut), 0);
	assert_int_equal(strlen(cut.state), 23 + AUTHORIZATION_LABEL_MAX * 4 / 3);
}

static void the_request(void **state)
{
	AUTHORIZATION_AUTO(attempt);
	BUF_AUTO(form, AUTHORIZATION_URL_MAX);
	BUF_AUTO(link, AUTHORIZATION_URL_MAX);
	char one[] = "one", two[] = "two";
	struct strlist acr = {.items = (char *[]){one, two}, .n = 2};
	char offline[] = "access_type=offline", audience[] = "audience=https://a.example/?b=c&d";
	struct strlist more = {.items = (char *[]){offline, audience}, .n = 2};
	const struct authorization_request request = {
		.client_id = "linux login",
		.redirect_uri = "https://sso.example.com/callback.html",
		.scope = "openid profile",
		.prompt = "consent",
		.login_hint = "alice",
		.acr = &acr,
		.parameters = &more,
		.max_age = 900,
	};

	(void)state;
	assert_int_equal(authorization_begin(random_bytes, NULL, &attempt), 0);
	assert_int_equal(authorization_add(&attempt, &request, &form), 0);
	assert_int_equal(authorization_link("https://idp.example.com/auth", &form, &link), 0);
	assert_string_equal(buf_str(&link),
		"https://idp.example.com/auth?response_type=code&client_id=linux+login"
		"&redirect_uri=https%3A%2F%2Fsso.example.com%2Fcallback.html&scope=openid+profile"
		"&state=AAECAwQFBgcICQoLDA0ODw&nonce=__79_Pv6CQgHBgUEAwIBAA"
		"&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
		"&code_challenge_method=S256&prompt=consent&login_hint=alice&acr_values=one+two"
		"&max_age=900&access_type=offline"
		"&audience=https%3A%2F%2Fa.example%2F%3Fb%3Dc%26d");
}

static void what_is_not_wanted_is_not_said(void **state)
{
	AUTHORIZATION_AUTO(attempt);
	BUF_AUTO(form, AUTHORIZATION_URL_MAX);
	const struct authorization_request request = {
		.client_id = "c", .redirect_uri = "r", .scope = "openid", .max_age = -1};
	static const char *const unsaid[] = {"prompt=", "login_hint=", "acr_values=", "max_age="};

	(void)state;
	assert_int_equal(authorization_begin(random_bytes, NULL, &attempt), 0);
	assert_int_equal(authorization_add(&attempt, &request, &form), 0);
	for (size_t i = 0; i < COUNT(unsaid); i++)
		assert_null(strstr(buf_str(&form), unsaid[i]));
}

static void a_link_behind_a_query(void **state)
{
	BUF_AUTO(form, AUTHORIZATION_URL_MAX);
	BUF_AUTO(link, AUTHORIZATION_URL_MAX);

	(void)state;
	assert_int_equal(authorization_add_pushed("c", "urn:x:1", &form), 0);
	assert_int_equal(authorization_link("https://idp.example.com/auth?p=1", &form, &link), 0);
	assert_string_equal(buf_str(&link),
		"https://idp.example.com/auth?p=1&client_id=c&request_uri=urn%3Ax%3A1");
}

static void the_token_request(void **state)
{
	AUTHORIZATION_AUTO(attempt);
	BUF_AUTO(form, AUTHORIZATION_URL_MAX);
	SECRET_AUTO(code);

	(void)state;
	assert_int_equal(authorization_begin(random_bytes, NULL, &attempt), 0);
	assert_int_equal(secret_set(&code, "a/b", 3), 0);
	assert_int_equal(authorization_add_code(&attempt, &code, "https://r.example/", &form), 0);
	assert_string_equal(buf_str(&form),
		"grant_type=authorization_code&code=a%2Fb&redirect_uri=https%3A%2F%2Fr.example%2F"
		"&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

/* RFC 9126 sections 2.2 and 2.3. */
static const struct {
	long status;
	const char *reply;
	enum reason reason;
} pushed_replies[] = {
	{201, "{\"request_uri\":\"urn:x:1\",\"expires_in\":60}", REASON_OK},
	{200, "{\"request_uri\":\"urn:x:1\",\"expires_in\":60}", REASON_OK},
	{201, "{\"request_uri\":\"urn:x 1\",\"expires_in\":60}", REASON_REPLY_FORM},
	{201, "{\"request_uri\":\"urn:x:1\"}", REASON_REPLY_FORM},
	{201, "{\"request_uri\":\"urn:x:1\",\"expires_in\":0}", REASON_REPLY_FORM},
	{201, "{\"request_uri\":[\"urn:x:1\"],\"expires_in\":60}", REASON_REPLY_FORM},
	{201, "{\"error\":\"invalid_client\",\"request_uri\":\"urn:x:1\",\"expires_in\":60}",
		REASON_REPLY_FORM},
	{201, "<html>", REASON_REPLY_FORM},
	{302, "{\"request_uri\":\"urn:x:1\",\"expires_in\":60}", REASON_REPLY_FORM},
	{401, "{\"error\":\"invalid_client\"}", REASON_CLIENT_REFUSED},
	{400, "{\"error\":\"unauthorized_client\"}", REASON_CLIENT_REFUSED},
	{400, "{\"error\":\"invalid_request\"}", REASON_IDP_ERROR},
	{400, "{\"error\":\"something else\"}", REASON_IDP_ERROR},
	{429, "", REASON_TOO_MANY},
	{503, "", REASON_IDP_ERROR},
	{404, "", REASON_REPLY_FORM},
};

static void replies_to_a_pushed_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pushed_replies); i++) {
		PUSHED_AUTO(pushed);
		const char *reply = pushed_replies[i].reply;
		enum reason reason = pushed_parse(
			pushed_replies[i].status, reply, strlen(reply), &pushed, NULL, 0);

		assert_string_equal(reason_name(reason), reason_name(pushed_replies[i].reason));
		if (reason != REASON_OK)
			assert_null(pushed.request_uri);
		else
			assert_string_equal(pushed.request_uri, "urn:x:1");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attempt),
		cmocka_unit_test(a_label),
		cmocka_unit_test(the_request),
		cmocka_unit_test(what_is_not_wanted_is_not_said),
		cmocka_unit_test(a_link_behind_a_query),
		cmocka_unit_test(the_token_request),
		cmocka_unit_test(replies_to_a_pushed_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
