#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "b64url.h"

struct pair {
	const char *bytes;
	size_t len;
	const char *text;
};

static const struct pair pairs[] = {
	/* RFC 4648 section 10, in the URL alphabet and without padding */
	{"", 0, ""},
	{"f", 1, "Zg"},
	{"fo", 2, "Zm8"},
	{"foo", 3, "Zm9v"},
	{"foob", 4, "Zm9vYg"},
	{"fooba", 5, "Zm9vYmE"},
	{"foobar", 6, "Zm9vYmFy"},
	/* RFC 7515 appendix C */
	{"\x03\xec\xff\xe0\xc1", 5, "A-z_4ME"},
	{"\xff\xff\xff", 3, "____"},
	{"\xfb\xef\xbe", 3, "----"},
	{"\0\0", 2, "AAA"},
};

static void pairs_hold_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		BUF_AUTO(encoded, 64);
		BUF_AUTO(decoded, 64);

		assert_int_equal(b64url_encode(pairs[i].bytes, pairs[i].len, &encoded), 0);
		assert_string_equal(buf_str(&encoded), pairs[i].text);
		assert_int_equal(b64url_decode(pairs[i].text, strlen(pairs[i].text), &decoded), 0);
		assert_int_equal(decoded.len, pairs[i].len);
		assert_memory_equal(buf_str(&decoded), pairs[i].bytes, pairs[i].len);
	}
}

static const char *const refused[] = {
	"A",        /* 4n+1 */
	"Zm9vY",    /* 4n+1 */
	"Zg==",     /* padding */
	"Zm8=",     /* padding */
	"Zm9v=",    /* padding without need */
	"Zh",       /* trailing bits of one byte */
	"Zm9",      /* trailing bits of two bytes */
	"Zm9vYh",   /* the same behind a whole group */
	"+w",       /* the alphabet of plain base64 */
	"A/8A",     /* the same */
	" Zg",      /* white space in front */
	"Zg ",      /* behind */
	"Zm\n9v",   /* inside */
	"Zm9v\n",   /* a final newline */
	"Zg\xc3",   /* not ASCII */
	"\xff\xff", /* not ASCII */
	"Zm9.",     /* a separator */
};

static void anything_else_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		BUF_AUTO(decoded, 64);

		if (b64url_decode(refused[i], strlen(refused[i]), &decoded) != -EINVAL)
			fail_msg("accepted: %s", refused[i]);
	}
}

static void a_nul_is_outside_the_alphabet(void **state)
{
	BUF_AUTO(decoded, 64);

	(void)state;
	assert_int_equal(b64url_decode("Zm9v\0Zm9", 8, &decoded), -EINVAL);
}

/* One text for each run of bytes: of 65536 texts of two characters, the 64 * 4 canonical ones
 * pass. */
static void two_characters_have_256_meanings(void **state)
{
	bool seen[256] = {0};
	unsigned int accepted = 0;

	(void)state;
	for (unsigned int i = 0; i < 65536; i++) {
		BUF_AUTO(decoded, 8);
		char text[2] = {(char)(i >> 8), (char)i};

		if (b64url_decode(text, 2, &decoded) != 0)
			continue;
		accepted++;
		assert_int_equal(decoded.len, 1);
		assert_false(seen[(unsigned char)decoded.data[0]]);
		seen[(unsigned char)decoded.data[0]] = true;
	}
	assert_int_equal(accepted, 256);
}

/* Lengths around the chunks in which the work is done. */
static void long_runs_come_back(void **state)
{
	unsigned char bytes[2000];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + i / 256);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		BUF_AUTO(encoded, 4000);
		BUF_AUTO(decoded, 4000);

		assert_int_equal(b64url_encode(bytes, len, &encoded), 0);
		assert_int_equal(b64url_decode(buf_str(&encoded), encoded.len, &decoded), 0);
		assert_int_equal(decoded.len, len);
		assert_memory_equal(buf_str(&decoded), bytes, len);
	}
}

static void the_ceiling_holds(void **state)
{
	BUF_AUTO(encoded, 7);
	BUF_AUTO(decoded, 5);

	(void)state;
	assert_int_equal(b64url_encode("foobar", 6, &encoded), -EMSGSIZE);
	assert_int_equal(b64url_decode("Zm9vYmFy", 8, &decoded), -EMSGSIZE);
}

static void what_was_there_stays(void **state)
{
	BUF_AUTO(out, 64);

	(void)state;
	assert_int_equal(buf_puts(&out, "x."), 0);
	assert_int_equal(b64url_encode("foo", 3, &out), 0);
	assert_string_equal(buf_str(&out), "x.Zm9v");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_hold_both_ways),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_nul_is_outside_the_alphabet),
		cmocka_unit_test(two_characters_have_256_meanings),
		cmocka_unit_test(long_runs_come_back),
		cmocka_unit_test(the_ceiling_holds),
		cmocka_unit_test(what_was_there_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
