/*
 * What standards publish: signatures, and keys. Run from the top of the tree: the vectors are
 * records (record.h) in tests/unit/vectors, each with the section that it is from.
 *
 * jws	a token, the keys to verify it with, and the verdict. What the standards themselves accept is
 *	refused here where it is HMAC, unsecured, JSON, detached, encrypted, or has `crit`.
 * jwk	a key; with left_out, what its note says: it is private, symmetric, or not for verifying.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "count.h"
#include "file.h"
#include "jwk.h"
#include "jws.h"
#include "record.h"

static const struct record_key vocabulary[] = {
	{"source", false},
	{"verdict", false},
	{"key", true},
	{"left_out", false},
	{"token", false},
	{NULL, false},
};

static const char *const all_algs[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
	"ES256", "ES384", "ES512", "EdDSA", "HS256", "none"};

static void read_vectors(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	assert_int_equal(file_read_fd(fd, out), 0);
	close(fd);
}

/* Runs a check on each vector of a file. */
static void for_each(const char *path, void (*run)(const struct record *vector))
{
	BUF_AUTO(bytes, 1 << 20);
	size_t count = 0;

	read_vectors(path, &bytes);
	for (; bytes.len; count++) {
		RECORD_AUTO(vector);
		int size = record_parse(bytes.data, bytes.len, vocabulary, &vector);

		if (size <= 0)
			fail_msg("%s: vector %zu is no record", path, count + 1);
		run(vector);
		buf_consume(&bytes, (size_t)size);
	}
	assert_in_range(count, 15, 100);
}

static void keys_of(const struct record *vector, struct jwk_set *ret)
{
	BUF_AUTO(text, RECORD_MAX);

	buf_puts(&text, "{\"keys\":[");
	for (size_t i = 0; i < record_count(vector, "key"); i++) {
		buf_puts(&text, i ? "," : "");
		buf_puts(&text, record_nth(vector, "key", i));
	}
	assert_int_equal(buf_puts(&text, "]}"), 0);
	assert_int_equal(jwk_set_parse(text.data, text.len, ret), 0);
}

static enum reason verdict(const char *token, const struct strlist *algs, const struct jwk_set *set)
{
	JWS_AUTO(jws);
	enum reason reason = jws_parse(token, strlen(token), algs, &jws);

	return reason == REASON_OK ? jws_verify(&jws, set) : reason;
}

static void check_token(const struct record *vector)
{
	STRLIST_AUTO(algs);
	JWK_SET_AUTO(set);

	for (size_t i = 0; i < COUNT(all_algs); i++)
		strlist_add(&algs, all_algs[i]);
	keys_of(vector, &set);
	const char *got = reason_name(verdict(record_get(vector, "token"), &algs, &set));
	if (strcmp(got, record_get(vector, "verdict")) != 0)
		fail_msg("%s: %s", record_get(vector, "source"), got);
}

static void check_key(const struct record *vector)
{
	const char *left_out = record_get(vector, "left_out");
	JWK_SET_AUTO(set);

	keys_of(vector, &set);
	const char *note = set.notes.n ? set.notes.items[0] : NULL;
	if (set.n != (left_out ? 0 : 1) || !note != !left_out ||
		(left_out && !strstr(note, left_out)))
		fail_msg("%s: %s", record_get(vector, "source"), note ? note : "taken");
}

static void published_tokens_have_their_verdicts(void **state)
{
	(void)state;
	for_each("tests/unit/vectors/jws", check_token);
}

static void published_keys_are_taken_or_noted(void **state)
{
	(void)state;
	for_each("tests/unit/vectors/jwk", check_key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_tokens_have_their_verdicts),
		cmocka_unit_test(published_keys_are_taken_or_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
