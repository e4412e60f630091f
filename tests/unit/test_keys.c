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

static const char one[] = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
static const char two[] = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
static const char three[] = "abababababababababababababababababababababababababababababababab";

/* RFC 5869 and RFC 2104 by another implementation: what a store holds must be found by the next
 * version of this program. */
static void names_stay_what_they_are(void **state)
{
	struct keys keys = {0};
	struct names names;

	(void)state;
	assert_int_equal(keys_add(&keys, one), 0);
	assert_int_equal(
		names_make(&keys, NAME_SESSION, "00112233445566778899aabbccddeeff", &names), 0);
	assert_int_equal(names.n, 1);
	assert_string_equal(names.text[0],
		"pam_sso:s:7db3f027cd44aab9ad9aba820446f9281ea4b14c775b76071348c396dd0e8279");
	assert_int_equal(names_make(&keys, NAME_INDEX, "user:alice", &names), 0);
	assert_string_equal(names.text[0],
		"pam_sso:i:d781a53150cf417d86a4c9da5a82ac23d970c1a597fc5227e2d5237d9e54a074");
	keys_wipe(&keys);
}

struct row {
	const char *hex;
	int result;
};

static const struct row rows[] = {
	{one, 0},
	{"ABABababababababababababababababababababababababababababababABAB", 0},
	{"", -EINVAL},
	{"01", -EINVAL},
	{"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2", -EINVAL},
	{"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f200", -EINVAL},
	{"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2g", -EINVAL},
	{"0x02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20", -EINVAL},
	{" 102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20", -EINVAL},
};

static void a_key_has_64_digits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct keys keys = {0};

		if (keys_add(&keys, rows[i].hex) != rows[i].result)
			fail_msg("row %zu", i);
		assert_int_equal(keys.n, rows[i].result == 0);
	}
}

static void there_are_two_that_differ(void **state)
{
	struct keys keys = {0};
	struct keys again = {0};

	(void)state;
	assert_int_equal(keys_add(&keys, three), 0);
	assert_int_equal(keys_add(&keys, rows[1].hex), -EINVAL);
	assert_int_equal(keys_add(&keys, two), 0);
	assert_int_equal(keys_add(&keys, one), -EINVAL);
	assert_int_equal(keys.n, 2);
	/* the order that machines agree on is the key's own */
	assert_int_equal(keys_add(&again, two), 0);
	assert_memory_equal(&again.key[0], &keys.key[1], sizeof(struct key));
	assert_memory_not_equal(keys.key[0].id, keys.key[1].id, KEY_ID);
	assert_memory_not_equal(keys.key[0].seal, keys.key[0].names, KEY_BYTES);
}

/* Every name of another key, kind or text is another. */
static void names_are_told_apart(void **state)
{
	static const char *const texts[] = {"", "a", "b", "aa", "s", "i"};
	static const enum name_kind kinds[] = {NAME_SESSION, NAME_INDEX, NAME_LOCK};
	char all[2 * COUNT(texts) * COUNT(kinds)][NAME_SIZE];
	struct keys keys = {0};
	size_t n = 0;

	(void)state;
	assert_int_equal(keys_add(&keys, one), 0);
	assert_int_equal(keys_add(&keys, two), 0);
	for (size_t t = 0; t < COUNT(texts); t++)
		for (size_t k = 0; k < COUNT(kinds); k++) {
			struct names names;

			assert_int_equal(names_make(&keys, kinds[k], texts[t], &names), 0);
			assert_int_equal(names.n, 2);
			memcpy(all[n++], names.text[0], NAME_SIZE);
			memcpy(all[n++], names.text[1], NAME_SIZE);
		}
	for (size_t a = 0; a < n; a++) {
		assert_int_equal(strlen(all[a]), NAME_SIZE - 1);
		for (size_t b = 0; b < a; b++)
			assert_string_not_equal(all[a] + 10, all[b] + 10);
	}
}

static void they_are_wiped(void **state)
{
	struct keys keys = {0};
	const struct keys none = {0};

	(void)state;
	assert_int_equal(keys_add(&keys, one), 0);
	assert_memory_not_equal(&keys, &none, sizeof(keys));
	keys_wipe(&keys);
	assert_memory_equal(&keys, &none, sizeof(keys));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay_what_they_are),
		cmocka_unit_test(a_key_has_64_digits),
		cmocka_unit_test(there_are_two_that_differ),
		cmocka_unit_test(names_are_told_apart),
		cmocka_unit_test(they_are_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
