#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client.h"

#define AUDIENCE "https://idp.example.com/token"

enum { ROOM = 4096, NOW = 1700000000 };

static void basic(const char *id, const char *secret, const char *expected)
{
	struct client client = {.id = id, .method = CLIENT_SECRET_BASIC};
	BUF_AUTO(form, ROOM);
	SECRET_AUTO(header);

	assert_int_equal(secret_set(&client.secret, secret, strlen(secret)), 0);
	enum reason reason = client_authenticate(&client, AUDIENCE, NOW, "jti", &form, &header);
	secret_free(&client.secret);
	assert_int_equal(reason, REASON_OK);
	assert_string_equal(secret_reveal(&header), expected);
	assert_int_equal(header.len, strlen(expected));
	if (strstr(buf_str(&form), "secret"))
		fail_msg("the secret is in the form: %s", buf_str(&form));
}

static void the_header(void **state)
{
	(void)state;
	/* RFC 6749 section 2.3.1 */
	basic("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw",
		"czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3");
	/* my+client%3A1:a%2Bb+%25%C3%A9: encoded before it is joined */
	basic("my client:1", "a+b %\xc3\xa9", "bXkrY2xpZW50JTNBMTphJTJCYislMjUlQzMlQTk=");
	/* every length of padding */
	basic("a", "b", "YTpi");
	basic("a", "bc", "YTpiYw==");
	basic("a", "bcd", "YTpiY2Q=");
}

static void the_form(void **state)
{
	struct client client = {.id = "my client", .method = CLIENT_SECRET_POST};
	BUF_AUTO(form, ROOM);
	SECRET_AUTO(header);

	(void)state;
	assert_int_equal(form.len, 0);
	assert_int_equal(buf_puts(&form, "scope=openid"), 0);
	assert_int_equal(secret_set(&client.secret, "a&b=c", 5), 0);
	/* what an earlier request left must not go out with this one */
	assert_int_equal(secret_set(&header, "earlier", 7), 0);
	enum reason reason = client_authenticate(&client, AUDIENCE, NOW, "jti", &form, &header);
	secret_free(&client.secret);
	assert_int_equal(reason, REASON_OK);
	assert_string_equal(
		buf_str(&form), "scope=openid&client_id=my+client&client_secret=a%26b%3Dc");
	assert_false(secret_present(&header));
}

static void a_public_client(void **state)
{
	const struct client client = {.id = "app", .method = CLIENT_NONE};
	BUF_AUTO(form, ROOM);
	SECRET_AUTO(header);

	(void)state;
	assert_int_equal(
		client_authenticate(&client, AUDIENCE, NOW, "jti", &form, &header), REASON_OK);
	assert_string_equal(buf_str(&form), "client_id=app");
	assert_false(secret_present(&header));
}

static void what_lacks_something(void **state)
{
	static const struct client clients[] = {
		{.id = NULL, .method = CLIENT_NONE},
		{.id = "", .method = CLIENT_NONE},
		{.id = "app", .method = CLIENT_SECRET_BASIC},
		{.id = "app", .method = CLIENT_SECRET_POST},
		{.id = "app", .method = CLIENT_PRIVATE_KEY_JWT, .assertion_alg = "ES256"},
		{.id = "app", .method = (enum client_method)99},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		BUF_AUTO(form, ROOM);
		SECRET_AUTO(header);

		if (client_authenticate(&clients[i], AUDIENCE, NOW, "jti", &form, &header) !=
			REASON_CONFIG)
			fail_msg("client %zu", i);
		assert_false(secret_present(&header));
	}
}

static void no_room(void **state)
{
	static const enum client_method methods[] = {CLIENT_NONE, CLIENT_SECRET_POST};
	struct client client = {.id = "client"};

	(void)state;
	assert_int_equal(secret_set(&client.secret, "secret", 6), 0);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		BUF_AUTO(form, strlen("client_id=client") + (methods[i] == CLIENT_NONE ? -1 : 5));
		SECRET_AUTO(header);

		client.method = methods[i];
		assert_int_equal(client_authenticate(&client, AUDIENCE, NOW, "jti", &form, &header),
			REASON_CONFIG);
	}
	secret_free(&client.secret);
}

static void a_secret_that_fits_no_header(void **state)
{
	struct client client = {.id = "client", .method = CLIENT_SECRET_BASIC};
	char *secret = malloc(ROOM);
	BUF_AUTO(form, ROOM);
	SECRET_AUTO(header);

	(void)state;
	assert_non_null(secret);
	memset(secret, '&', ROOM);
	assert_int_equal(secret_set(&client.secret, secret, ROOM), 0);
	free(secret);
	enum reason reason = client_authenticate(&client, AUDIENCE, NOW, "jti", &form, &header);
	secret_free(&client.secret);
	assert_int_equal(reason, REASON_CONFIG);
	assert_false(secret_present(&header));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header),
		cmocka_unit_test(the_form),
		cmocka_unit_test(a_public_client),
		cmocka_unit_test(what_lacks_something),
		cmocka_unit_test(no_room),
		cmocka_unit_test(a_secret_that_fits_no_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
