/*
 * A good token of each algorithm, and all that is one step away from it: every byte changed to every
 * other, left out, and put in; every beginning, every end, and every shorter part. All of it is
 * refused, also where it decodes to the very bytes that were signed.
 */
#include "make_jws.h"

#include <stdbool.h>
#include <stdio.h>

#include "jwk.h"
#include "jws.h"

struct good {
	const char *alg;
	struct strlist algs;
	struct jwk_set set;
	struct buf token;
};

static void make_good(int i, struct good *good)
{
	EVP_PKEY *key = make_key(make_algs[i].kind);
	BUF_AUTO(header, 256);
	BUF_AUTO(keys, MAKE_MAX);

	*good = (struct good){.alg = make_algs[i].name, .token = {.max = MAKE_MAX}};
	assert_int_equal(strlist_add(&good->algs, good->alg), 0);
	buf_puts(&keys, "{\"keys\":[");
	make_jwk(&keys, key, "");
	assert_int_equal(buf_puts(&keys, "]}"), 0);
	assert_int_equal(jwk_set_parse(keys.data, keys.len, &good->set), 0);
	/* The one has 3n + 1 bytes and the other 3n + 2, so that both end in bits that must be zero. */
	buf_printf(&header, "{\"alg\":\"%s\",\"cty\":\"a\"}", good->alg);
	assert_int_equal(header.len % 3, 1);
	make_jws(&good->token, key, good->alg, header.data, "{\"sub\":\"carl\"}");
	EVP_PKEY_free(key);
}

static void free_good(struct good *good)
{
	strlist_free(&good->algs);
	jwk_set_free(&good->set);
	buf_free(&good->token);
}

static enum reason verdict(const struct good *good, const char *token, size_t len)
{
	JWS_AUTO(jws);
	enum reason reason = jws_parse(token, len, &good->algs, &jws);

	return reason == REASON_OK ? jws_verify(&jws, &good->set) : reason;
}

static void refused(
	const struct good *good, const char *token, size_t len, const char *what, size_t at)
{
	if (verdict(good, token, len) == REASON_OK)
		fail_msg("%s: accepted, %s at %zu: %.*s", good->alg, what, at, (int)len, token);
}

/* Runs a test on a good token of each algorithm. */
static void for_each(void (*run)(const struct good *good, char *work))
{
	for (int i = 0; i < MAKE_ALGS; i++) {
		struct good good;

		make_good(i, &good);
		char *work = malloc(good.token.len + 1);
		assert_non_null(work);
		memcpy(work, good.token.data, good.token.len);
		assert_int_equal(verdict(&good, work, good.token.len), REASON_OK);
		run(&good, work);
		free(work);
		free_good(&good);
	}
}

static void change(const struct good *good, char *work)
{
	for (size_t at = 0; at < good->token.len; at++) {
		for (int by = 1; by < 256; by++) {
			work[at] = (char)(good->token.data[at] ^ by);
			refused(good, work, good->token.len, "changed", at);
		}
		work[at] = good->token.data[at];
	}
}

static void every_changed_byte_is_refused(void **state)
{
	(void)state;
	for_each(change);
}

/* The token with FROM to TO left out. */
static void leave_out(const struct good *good, char *work, size_t from, size_t to)
{
	size_t rest = good->token.len - to;

	memcpy(work, good->token.data, from);
	memcpy(work + from, good->token.data + to, rest);
	refused(good, work, from + rest, "left out", from);
}

static void cut(const struct good *good, char *work)
{
	size_t end = good->token.len;

	for (size_t at = 0; at < end; at++) {
		leave_out(good, work, at, at + 1);
		leave_out(good, work, at, end);
		leave_out(good, work, 0, at + 1);
	}
	/* From here to the end of the part. */
	for (size_t at = 0; at < end; at++) {
		const char *dot = memchr(good->token.data + at, '.', end - at);

		if (dot && good->token.data + at < dot)
			leave_out(good, work, at, (size_t)(dot - good->token.data));
	}
}

static void every_cut_token_is_refused(void **state)
{
	(void)state;
	for_each(cut);
}

static void insert(const struct good *good, char *work)
{
	size_t len = good->token.len;

	for (size_t at = 0; at <= len; at++) {
		memcpy(work, good->token.data, at);
		memcpy(work + at + 1, good->token.data + at, len - at);
		for (int byte = 0; byte < 256; byte++) {
			work[at] = (char)byte;
			refused(good, work, len + 1, "inserted", at);
		}
	}
}

static void every_inserted_byte_is_refused(void **state)
{
	(void)state;
	for_each(insert);
}

/* Every other last character of a part with which a lax decoder finds the same bytes. */
static void respell(const struct good *good, char *work)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t start = 0;

	for (size_t at = 0; at <= good->token.len; at++) {
		if (at < good->token.len && work[at] != '.')
			continue;
		static const unsigned int spare[] = {0, 0, 16, 4}; /* spellings, by length % 4 */
		unsigned int n = spare[(at - start) % 4];
		char *last = work + at - 1;
		const char kept = *last;
		size_t value = (size_t)(strchr(digits, kept) - digits);

		for (unsigned int other = 1; other < n; other++) {
			*last = digits[value + other];
			assert_int_equal(verdict(good, work, good->token.len), REASON_TOKEN_FORM);
		}
		*last = kept;
		start = at + 1;
	}
}

static void another_spelling_of_the_same_bytes_is_refused(void **state)
{
	(void)state;
	for_each(respell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_changed_byte_is_refused),
		cmocka_unit_test(every_cut_token_is_refused),
		cmocka_unit_test(every_inserted_byte_is_refused),
		cmocka_unit_test(another_spelling_of_the_same_bytes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
