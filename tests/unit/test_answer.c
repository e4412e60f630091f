/* What comes back through the browser: each line of answer.h as rows of input and verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answer.h"
#include "count.h"

#define STATE  "state=AAECAwQFBgcICQoLDA0ODw"
#define ISSUER "iss=https%3A%2F%2Fidp.example.com"
#define PAGE   "https://sso.example.com/callback.html?"

static const struct row {
	const char *text;
	enum reason reason;
	const char *code; /* with REASON_OK */
	bool iss_required;
} rows[] = {
	/* rule 1 */
	{PAGE "code=abc&" STATE, REASON_OK, "abc", false},
	{"code=abc&" STATE, REASON_OK, "abc", false},
	{STATE "&code=abc&session_state=1", REASON_OK, "abc", false},
	{"http://127.0.0.1:4711/cb?code=abc&" STATE "#x", REASON_OK, "abc", false},
	{"  code=a\n bc&" STATE "\r\n", REASON_OK, "abc", false},
	{"code=a%2Fb%7ec&" STATE, REASON_OK, "a/b~c", false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0OD%77", REASON_OK, "abc", false},
	/* rule 2 */
	{"", REASON_ANSWER, NULL, false},
	{"JZZS-FFJQ", REASON_ANSWER, NULL, false},
	{"code=abc", REASON_ANSWER, NULL, false},
	{"code=abc&state=", REASON_ANSWER, NULL, false},
	{"code=abc&state", REASON_ANSWER, NULL, false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0OD", REASON_ANSWER, NULL, false},
	{"code=abc&" STATE "w", REASON_ANSWER, NULL, false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0ODW", REASON_ANSWER, NULL, false},
	{"code=abc&State=AAECAwQFBgcICQoLDA0ODw", REASON_ANSWER, NULL, false},
	{"code=abc&" STATE "&" STATE, REASON_ANSWER, NULL, false},
	{"code=abc&" STATE "&state=other", REASON_ANSWER, NULL, false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0ODw%00", REASON_ANSWER, NULL, false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0ODw%0", REASON_ANSWER, NULL, false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0ODw%zz", REASON_ANSWER, NULL, false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0OD%7/", REASON_ANSWER, NULL, false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0OD%7:", REASON_ANSWER, NULL, false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0OD%7@", REASON_ANSWER, NULL, false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0OD%7G", REASON_ANSWER, NULL, false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0OD%7`", REASON_ANSWER, NULL, false},
	{"code=abc&state=AAECAwQFBgcICQoLDA0OD%+7", REASON_ANSWER, NULL, false},
	{"#code=abc&" STATE, REASON_ANSWER, NULL, false},
	{PAGE "#code=abc&" STATE, REASON_ANSWER, NULL, false},
	{PAGE "code=abd#?code=abc&" STATE, REASON_ANSWER, NULL, false},
	{"http://127.0.0.1/cb#?code=abc&" STATE, REASON_ANSWER, NULL, false},
	{"code=abc&" STATE "&st%61te=other", REASON_ANSWER, NULL, false},
	{"error=access_denied&state=other", REASON_ANSWER, NULL, false},
	/* rule 3 */
	{"code=abc&c%6Fde=abd&" STATE, REASON_ANSWER, NULL, false},
	{"code=abc&code=abd&" STATE, REASON_ANSWER, NULL, false},
	{"code=abc&" ISSUER "&" ISSUER "&" STATE, REASON_ANSWER, NULL, false},
	{"error=access_denied&error=server_error&" STATE, REASON_ANSWER, NULL, false},
	/* rule 4 */
	{"code=abc&" ISSUER "&" STATE, REASON_OK, "abc", true},
	{"code=abc&" ISSUER "&" STATE, REASON_OK, "abc", false},
	{"code=abc&" STATE, REASON_TOKEN_ISSUER, NULL, true},
	{"code=abc&" ISSUER "%2F&" STATE, REASON_TOKEN_ISSUER, NULL, false},
	{"code=abc&iss=https%3A%2F%2Fevil.example&" STATE, REASON_TOKEN_ISSUER, NULL, false},
	{"code=abc&%69ss=https%3A%2F%2Fevil.example&" STATE, REASON_TOKEN_ISSUER, NULL, false},
	{"code=abc&iss=&" STATE, REASON_TOKEN_ISSUER, NULL, false},
	{"code=abc&iss=%zz&" STATE, REASON_TOKEN_ISSUER, NULL, false},
	{"error=access_denied&iss=https%3A%2F%2Fevil.example&" STATE, REASON_TOKEN_ISSUER, NULL,
		false},
	/* rule 5 */
	{"error=access_denied&" STATE, REASON_ACCESS_DENIED, NULL, false},
	{"err%6fr=access_denied&code=abc&" STATE, REASON_ACCESS_DENIED, NULL, false},
	{"error=access_denied&code=abc&" STATE, REASON_ACCESS_DENIED, NULL, false},
	{"error=login_required&" STATE, REASON_ACCESS_DENIED, NULL, false},
	{"error=unauthorized_client&" STATE, REASON_ACCESS_DENIED, NULL, false},
	{"error=server_error&error_description=later+please&" STATE, REASON_ACCESS_DENIED, NULL,
		false},
	{"error=&code=abc&" STATE, REASON_ACCESS_DENIED, NULL, false},
	{"error=%zz&code=abc&" STATE, REASON_ACCESS_DENIED, NULL, false},
	{"error=access_denied&error_description=%zz&" STATE, REASON_ACCESS_DENIED, NULL, false},
	{"%zz=x&code=abc&" STATE, REASON_OK, "abc", false},
	/* rule 6 */
	{STATE, REASON_ANSWER, NULL, false},
	{"code=&" STATE, REASON_ANSWER, NULL, false},
	{"code=a%0ab&" STATE, REASON_ANSWER, NULL, false},
	{"code=a+b&" STATE, REASON_ANSWER, NULL, false},
	{"code=a%00b&" STATE, REASON_ANSWER, NULL, false},
	{"code=%C3%A4&" STATE, REASON_ANSWER, NULL, false},
	{"code=\xc3\xa4&" STATE, REASON_ANSWER, NULL, false},
	{"code=\xff&" STATE, REASON_ANSWER, NULL, false},
};

static void answers(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		SECRET_AUTO(code);
		const struct answer_expect expect = {.state = "AAECAwQFBgcICQoLDA0ODw",
			.issuer = "https://idp.example.com",
			.iss_required = rows[i].iss_required};
		enum reason reason = answer_read(
			rows[i].text, strlen(rows[i].text), &expect, &code, NULL, 0);

		if (reason != rows[i].reason)
			fail_msg("%s: %s", rows[i].text, reason_name(reason));
		assert_string_equal(secret_reveal(&code), rows[i].code ? rows[i].code : "");
	}
}

/* Which no C string tells from its end. */
static void a_nul_and_too_much_are_no_answer(void **unused)
{
	static const char nul[] = "code=abc&" STATE "\0&code=abd";
	static char much[ANSWER_MAX + 64] = "code=abc&" STATE "&more=";
	const struct answer_expect expect = {
		.state = "AAECAwQFBgcICQoLDA0ODw", .issuer = "https://idp.example.com"};
	SECRET_AUTO(code);

	(void)unused;
	assert_int_equal(answer_read(nul, sizeof(nul) - 1, &expect, &code, NULL, 0), REASON_ANSWER);
	assert_int_equal(answer_read(nul, strlen(nul), &expect, &code, NULL, 0), REASON_OK);
	secret_free(&code);
	memset(much + strlen(much), 'x', sizeof(much) - strlen(much));
	assert_int_equal(answer_read(much, sizeof(much), &expect, &code, NULL, 0), REASON_ANSWER);
	assert_string_equal(secret_reveal(&code), "");
}

static void a_description_is_told_escaped(void **unused)
{
	static const char text[] = "error=server_error&error_description=%1b]0;x%07+later&" STATE;
	const struct answer_expect expect = {
		.state = "AAECAwQFBgcICQoLDA0ODw", .issuer = "https://idp.example.com"};
	SECRET_AUTO(code);
	char detail[64];

	(void)unused;
	assert_int_equal(answer_read(text, strlen(text), &expect, &code, detail, sizeof(detail)),
		REASON_ACCESS_DENIED);
	assert_string_equal(detail, "server_error: \\x1b]0;x\\x07 later");
}

/* What is typed, in order; after each the verdict, and at the end the whole text. */
static const struct {
	const char *texts[5];
	enum answer_part verdicts[5];
	const char *whole;
} pastes[] = {
	{{"code=a&state=b"}, {PART_WHOLE}, "code=a&state=b"},
	{{"1/1:code=a"}, {PART_WHOLE}, "code=a"},
	{{"1/3:aa", "2/3:bb", "3/3:cc"}, {PART_MORE, PART_MORE, PART_WHOLE}, "aabbcc"},
	{{" 3/3:cc", "1/3:aa", "1/3:AA", "2/3:bb"}, {PART_MORE, PART_MORE, PART_MORE, PART_WHOLE},
		"AAbbcc"},
	{{"1/3:aa", "1/2:aa", "2/2:bb", "1/2:aa"}, {PART_MORE, PART_BAD, PART_MORE, PART_WHOLE},
		"aabb"},
	{{"1/3:aa", "code=a"}, {PART_MORE, PART_WHOLE}, "code=a"},
	{{"4/3:aa", "1/2:"}, {PART_BAD, PART_BAD}, NULL},
	/* no parts: texts that begin otherwise */
	{{"0/3:aa"}, {PART_WHOLE}, "0/3:aa"},
	{{"1/17:aa"}, {PART_WHOLE}, "1/17:aa"},
	{{"01/2:aa"}, {PART_WHOLE}, "01/2:aa"},
	{{"1/2aa"}, {PART_WHOLE}, "1/2aa"},
	{{"1/123456789012:aa"}, {PART_WHOLE}, "1/123456789012:aa"},
	{{"/2:aa"}, {PART_WHOLE}, "/2:aa"},
	{{"1"}, {PART_WHOLE}, "1"},
	{{"\t1/1:aa"}, {PART_WHOLE}, "aa"},
	{{"1/"}, {PART_WHOLE}, "1/"},
	{{""}, {PART_WHOLE}, ""},
};

static void parts(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(pastes); i++) {
		__attribute__((cleanup(answer_parts_free))) struct answer_parts parts = {0};
		BUF_AUTO(whole, ANSWER_MAX);
		unsigned int missing = 0;

		for (size_t j = 0; j < COUNT(pastes[i].texts) && pastes[i].texts[j]; j++)
			assert_int_equal(answer_add_part(&parts, pastes[i].texts[j],
						 strlen(pastes[i].texts[j]), &whole, &missing),
				pastes[i].verdicts[j]);
		if (pastes[i].whole)
			assert_string_equal(buf_str(&whole), pastes[i].whole);
		else
			assert_int_equal(whole.len, 0);
	}
}

static void the_next_part_is_named(void **unused)
{
	__attribute__((cleanup(answer_parts_free))) struct answer_parts parts = {0};
	BUF_AUTO(whole, ANSWER_MAX);
	unsigned int missing = 0;

	(void)unused;
	assert_int_equal(answer_add_part(&parts, "1/3:a", 5, &whole, &missing), PART_MORE);
	assert_int_equal(missing, 2);
	assert_int_equal(answer_add_part(&parts, "2/3:b", 5, &whole, &missing), PART_MORE);
	assert_int_equal(missing, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(a_nul_and_too_much_are_no_answer),
		cmocka_unit_test(a_description_is_told_escaped),
		cmocka_unit_test(parts),
		cmocka_unit_test(the_next_part_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
