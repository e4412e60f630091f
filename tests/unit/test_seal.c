#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "count.h"
#include "keys.h"
#include "seal.h"

static const unsigned char nonce[SEAL_NONCE] = "nonce-of-12b";
static const char name[] = "pam_sso:s:0";
static const char text[] = "0123456789abcdef0123456789abcdef\nrefresh_token=canary\n";
static const struct seal_head head = {SEAL_SESSION, 7};

static struct key key_of(char digit)
{
	struct keys keys = {0};
	char hex[2 * KEY_BYTES + 1] = "";

	memset(hex, digit, 2 * (size_t)KEY_BYTES);
	assert_int_equal(keys_add(&keys, hex), 0);
	return keys.key[0];
}

static void seal(const struct key *key, const struct seal_head *with, struct buf *out)
{
	assert_int_equal(seal_close(key, name, with, nonce, text, strlen(text), out), 0);
	assert_int_equal(out->len, strlen(text) + SEAL_OVERHEAD);
}

static void what_is_sealed_is_opened(void **state)
{
	static const struct seal_head heads[] = {
		{SEAL_SESSION, 1}, {SEAL_ENDED, INT64_MAX}, {SEAL_INDEX, 0}};
	struct key key = key_of('a');

	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++)
		for (size_t len = 0; len <= strlen(text); len++) {
			BUF_AUTO(sealed, 1000);
			BUF_AUTO(plain, 1000);
			struct seal_head back = {0};

			assert_int_equal(
				seal_close(&key, name, &heads[i], nonce, text, len, &sealed), 0);
			assert_int_equal(
				seal_open(&key, name, sealed.data, sealed.len, &back, &plain), 0);
			assert_int_equal(back.kind, heads[i].kind);
			assert_int_equal(back.version, heads[i].version);
			assert_int_equal(plain.len, len);
			assert_memory_equal(buf_str(&plain), text, len);
		}
}

/* Opens LEN bytes that must not open, and leave nothing. */
static void refuse(const struct key *key, const char *under, const char *bytes, size_t len)
{
	BUF_AUTO(plain, 1000);
	struct seal_head back = {SEAL_INDEX, 99};

	assert_int_equal(seal_open(key, under, bytes, len, &back, &plain), -EBADMSG);
	assert_int_equal(plain.len, 0);
	assert_int_equal(back.kind, SEAL_INDEX);
	assert_int_equal(back.version, 99);
}

static void every_bit_counts(void **state)
{
	struct key key = key_of('a');
	BUF_AUTO(sealed, 1000);

	(void)state;
	seal(&key, &head, &sealed);
	for (size_t bit = 0; bit < 8 * sealed.len; bit++) {
		sealed.data[bit / 8] ^= (char)(1 << bit % 8);
		refuse(&key, name, sealed.data, sealed.len);
		sealed.data[bit / 8] ^= (char)(1 << bit % 8);
	}
}

static void every_length_counts(void **state)
{
	struct key key = key_of('a');
	BUF_AUTO(sealed, 1000);

	(void)state;
	seal(&key, &head, &sealed);
	for (size_t len = 0; len < sealed.len; len++)
		refuse(&key, name, sealed.data, len);
	refuse(&key, name, sealed.data, sealed.len + 1); /* its NUL */
}

static void nothing_opens_elsewhere(void **state)
{
	static const char *const names[] = {
		"", "pam_sso:s:", "pam_sso:s:1", "pam_sso:i:0", "pam_sso:s:0 ", "pam_sso:s:00"};
	struct key key = key_of('a');
	struct key other = key_of('b');
	BUF_AUTO(sealed, 1000);

	(void)state;
	seal(&key, &head, &sealed);
	for (size_t i = 0; i < COUNT(names); i++)
		refuse(&key, names[i], sealed.data, sealed.len);
	refuse(&other, name, sealed.data, sealed.len);
}

/* The front of one value before the rest of another, which has the same nonce. */
static void a_front_belongs_to_its_value(void **state)
{
	static const struct seal_head others[] = {
		{SEAL_SESSION, 8}, {SEAL_ENDED, 7}, {SEAL_INDEX, 7}};
	struct key key = key_of('a');

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		BUF_AUTO(sealed, 1000);
		BUF_AUTO(other, 1000);

		seal(&key, &head, &sealed);
		seal(&key, &others[i], &other);
		memcpy(other.data, sealed.data, 10);
		refuse(&key, name, other.data, other.len);
	}
}

/* Made by another implementation of AES-256-GCM and HKDF: what a store holds must be opened by the
 * next version of this program. */
static void the_format_stays_what_it_is(void **state)
{
	static const unsigned char expected[] = {0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x07, 0x6e, 0x6f, 0x6e, 0x63, 0x65, 0x2d, 0x6f, 0x66, 0x2d, 0x31, 0x32, 0x62,
		0x98, 0x02, 0xf5, 0x04, 0x5c, 0x17, 0x3b, 0xb1, 0xd0, 0x42, 0x79, 0x8e, 0x39, 0x7d,
		0x21, 0xf9, 0xf5, 0x8e, 0x5b, 0xf7, 0x4f};
	struct key key = key_of('a');
	BUF_AUTO(sealed, 1000);

	(void)state;
	assert_int_equal(seal_close(&key, name, &head, nonce, "hello", 5, &sealed), 0);
	assert_int_equal(sealed.len, sizeof(expected));
	assert_memory_equal(sealed.data, expected, sizeof(expected));
}

static void a_ceiling_is_kept(void **state)
{
	struct key key = key_of('a');
	struct seal_head back;
	BUF_AUTO(sealed, 1000);
	BUF_AUTO(small, 10);
	BUF_AUTO(plain, 10);

	(void)state;
	seal(&key, &head, &sealed);
	assert_int_equal(seal_open(&key, name, sealed.data, sealed.len, &back, &plain), -EMSGSIZE);
	assert_int_equal(
		seal_close(&key, name, &head, nonce, text, strlen(text), &small), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sealed_is_opened),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(every_length_counts),
		cmocka_unit_test(nothing_opens_elsewhere),
		cmocka_unit_test(a_front_belongs_to_its_value),
		cmocka_unit_test(the_format_stays_what_it_is),
		cmocka_unit_test(a_ceiling_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
