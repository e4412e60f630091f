#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "metadata.h"

#define ISSUER "https://idp.example.com"
#define ISS    "\"issuer\":\"" ISSUER "\""
#define TOKEN  "\"token_endpoint\":"
#define DEVICE "\"device_authorization_endpoint\":"

#define ISS_SUPPORTED "\"authorization_response_iss_parameter_supported\":"
#define PUSH_REQUIRED "\"require_pushed_authorization_requests\":"

static void addresses_of_documents(void **state)
{
	static const struct {
		const char *issuer;
		const char *url;
	} rows[] = {
		{"https://a.example", "https://a.example/.well-known/openid-configuration"},
		{"https://a.example/", "https://a.example/.well-known/openid-configuration"},
		{"https://a.example/realms/x",
			"https://a.example/realms/x/.well-known/openid-configuration"},
		{"https://a.example/x/", "https://a.example/x/.well-known/openid-configuration"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *url = metadata_url(rows[i].issuer);

		assert_non_null(url);
		assert_string_equal(url, rows[i].url);
		free(url);
	}
}

static enum reason parse(const char *document, struct metadata *ret, char *detail, size_t size)
{
	return metadata_parse(document, strlen(document), ISSUER, ret, detail, size);
}

static void a_whole_document(void **state)
{
	METADATA_AUTO(metadata);
	char detail[128] = "from before";

	(void)state;
	assert_int_equal(parse("{" ISS ", " TOKEN "\"https://idp.example.com/token\","
			       "\"authorization_endpoint\":\"https://idp.example.com/auth\"," DEVICE
			       "\"https://other.example/device\","
			       "\"jwks_uri\":\"https://keys.example/jwks\","
			       "\"revocation_endpoint\":\"https://idp.example.com/revoke\","
			       "\"userinfo_endpoint\":\"https://idp.example.com/me\"}",
				 &metadata, detail, sizeof(detail)),
		REASON_OK);
	assert_string_equal(metadata.token_endpoint, "https://idp.example.com/token");
	assert_string_equal(metadata.device_authorization_endpoint, "https://other.example/device");
	assert_string_equal(metadata.jwks_uri, "https://keys.example/jwks");
	assert_string_equal(metadata.userinfo_endpoint, "https://idp.example.com/me");
	assert_string_equal(metadata.revocation_endpoint, "https://idp.example.com/revoke");
	assert_string_equal(metadata.authorization_endpoint, "https://idp.example.com/auth");
	assert_null(metadata.pushed_authorization_request_endpoint);
	assert_true(metadata.read);
	assert_string_equal(detail, "");
}

static void what_is_not_there_is_not_known(void **state)
{
	METADATA_AUTO(metadata);

	(void)state;
	assert_int_equal(parse("{" ISS "}", &metadata, NULL, 0), REASON_OK);
	assert_null(metadata.token_endpoint);
	assert_null(metadata.device_authorization_endpoint);
	assert_null(metadata.jwks_uri);
	assert_null(metadata.userinfo_endpoint);
}

static void what_it_says_of_answers_and_requests(void **state)
{
	static const struct {
		const char *members;
		bool iss_in_answers, must_push;
	} rows[] = {
		{"", false, false},
		{"," ISS_SUPPORTED "false," PUSH_REQUIRED "false", false, false},
		{"," ISS_SUPPORTED "true", true, false},
		{"," PUSH_REQUIRED "true", false, true},
		{"," ISS_SUPPORTED "true," PUSH_REQUIRED "true", true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		METADATA_AUTO(metadata);
		char document[512];

		snprintf(document, sizeof(document), "{" ISS "%s}", rows[i].members);
		assert_int_equal(parse(document, &metadata, NULL, 0), REASON_OK);
		assert_int_equal(metadata.iss_in_answers, rows[i].iss_in_answers);
		assert_int_equal(metadata.must_push, rows[i].must_push);
	}
}

static void the_configuration_wins(void **state)
{
	METADATA_AUTO(metadata);

	(void)state;
	metadata.device_authorization_endpoint = strdup("https://configured.example/device");
	assert_int_equal(parse("{" ISS "," DEVICE "\"http://not.looked.at/\"," TOKEN
			       "\"https://idp.example.com/token\"}",
				 &metadata, NULL, 0),
		REASON_OK);
	assert_string_equal(
		metadata.device_authorization_endpoint, "https://configured.example/device");
	assert_string_equal(metadata.token_endpoint, "https://idp.example.com/token");
}

static const struct {
	const char *document;
	const char *detail; /* a part of it */
} refused[] = {
	{"", "not a JSON object"},
	{"<html>no</html>", "not a JSON object"},
	{"[]", "not a JSON object"},
	{"{" ISS "} x", "not a JSON object"},
	{"{" ISS "," ISS "}", "not a JSON object"},
	{"{" ISS "," TOKEN "\"https://a.example\"," TOKEN "\"https://b.example\"}",
		"not a JSON object"},
	{"{}", "another issuer"},
	{"{\"Issuer\":\"" ISSUER "\"}", "another issuer"},
	{"{\"issuer\":\"" ISSUER "/\"}", "another issuer: https://idp.example.com/"},
	{"{\"issuer\":\"https://IDP.example.com\"}", "another issuer"},
	{"{\"issuer\":\"https://idp.example.com.evil.example\"}", "another issuer"},
	{"{" ISS "," ISS_SUPPORTED "\"true\"}", "supported is neither true nor false"},
	{"{" ISS "," ISS_SUPPORTED "null}", "supported is neither true nor false"},
	{"{" ISS "," ISS_SUPPORTED "true," ISS_SUPPORTED "false}", "not a JSON object"},
	{"{" ISS "," PUSH_REQUIRED "1}", "requests is neither true nor false"},
	{"{" ISS ",\"authorization_endpoint\":\"http://idp.example.com/\"}",
		"authorization_endpoint is not an https address"},
	{"{" ISS ",\"pushed_authorization_request_endpoint\":\"file:///etc/passwd\"}",
		"pushed_authorization_request_endpoint is not an https address"},
	{"{\"issuer\":\"\\u001b[2J\"}", "another issuer: \\x1b[2J"},
	{"{\"issuer\":[\"" ISSUER "\"]}", "another issuer"},
	{"{\"issuer\":null}", "another issuer"},
	{"{" ISS "," TOKEN "\"http://idp.example.com/token\"}",
		"token_endpoint is not an https address: http://idp.example.com/token"},
	{"{" ISS "," DEVICE "\"file:///etc/passwd\"}", "device_authorization_endpoint is not"},
	{"{" ISS ",\"jwks_uri\":\"\"}", "jwks_uri is not"},
	{"{" ISS ",\"jwks_uri\":\"https://u@idp.example.com/\"}", "jwks_uri is not"},
	{"{" ISS "," TOKEN "\"https://idp.example.com/token\",\"jwks_uri\":\"ftp://a\"}",
		"jwks_uri is not"},
	{"{" ISS ",\"userinfo_endpoint\":7}", "userinfo_endpoint is not"},
	{"{" ISS ",\"userinfo_endpoint\":null}", "userinfo_endpoint is not"},
	{"{" ISS ",\"revocation_endpoint\":\"http://idp.example.com/\"}",
		"revocation_endpoint is not"},
	{"{" ISS "," TOKEN "{}}", "token_endpoint is not"},
};

static void documents_that_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		METADATA_AUTO(metadata);
		char detail[128] = "";

		if (parse(refused[i].document, &metadata, detail, sizeof(detail)) !=
			REASON_DISCOVERY)
			fail_msg("not refused: %s", refused[i].document);
		if (!strstr(detail, refused[i].detail))
			fail_msg("%s: %s", refused[i].document, detail);
		assert_null(metadata.token_endpoint);
		assert_null(metadata.device_authorization_endpoint);
		assert_null(metadata.jwks_uri);
		assert_null(metadata.userinfo_endpoint);
	}
}

static void a_document_that_is_too_long(void **state)
{
	METADATA_AUTO(metadata);
	size_t len = METADATA_MAX + 1;
	char *document = malloc(len);

	(void)state;
	assert_non_null(document);
	memset(document, ' ', len);
	memcpy(document, "{" ISS "}", strlen("{" ISS "}"));
	assert_int_equal(
		metadata_parse(document, len, ISSUER, &metadata, NULL, 0), REASON_DISCOVERY);
	assert_int_equal(metadata_parse(document, len - 1, ISSUER, &metadata, NULL, 0), REASON_OK);
	free(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_documents),
		cmocka_unit_test(a_whole_document),
		cmocka_unit_test(what_is_not_there_is_not_known),
		cmocka_unit_test(what_it_says_of_answers_and_requests),
		cmocka_unit_test(the_configuration_wins),
		cmocka_unit_test(documents_that_are_refused),
		cmocka_unit_test(a_document_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
