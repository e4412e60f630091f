#include "make_jws.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdbool.h>

#include "jwk.h"

/* Coordinates of RFC 7515 A.3. */
#define X256  "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define Y256  "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC256 "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\""
/* RFC 8037 A.2 */
#define ED                                                                                         \
	"\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_"                               \
	"7TyWQHOg7hcvPapiMlrwIaaPcHURo\""

static void parse(struct jwk_set *set, const char *keys)
{
	BUF_AUTO(text, 1 << 20);

	assert_int_equal(buf_printf(&text, "{\"keys\":[%s]}", keys), 0);
	assert_int_equal(jwk_set_parse(text.data, text.len, set), 0);
}

/* A set of one key: how many keys it gives, and what the note says. */
static const struct {
	const char *key;
	const char *note; /* a part of it; NULL: the key is taken */
} keys[] = {
	{"{" EC256 "}", NULL},
	{"{" EC256 ",\"kid\":\"a\",\"use\":\"sig\",\"alg\":\"ES256\",\"key_ops\":[\"verify\"]}",
		NULL},
	{"{" EC256 ",\"key_ops\":[\"sign\",\"verify\"]}", NULL},
	{"{" EC256 ",\"x5c\":[\"junk\"],\"x5u\":\"http://127.0.0.1/\",\"anything\":1}", NULL},
	{"{" ED "}", NULL},
	/* not for verifying */
	{"{" EC256 ",\"use\":\"enc\"}", "not for verifying"},
	{"{" EC256 ",\"use\":\"SIG\"}", "not for verifying"},
	{"{" EC256 ",\"use\":null}", "not for verifying"},
	{"{" EC256 ",\"use\":[\"sig\"]}", "not for verifying"},
	{"{" EC256 ",\"key_ops\":[]}", "not for verifying"},
	{"{" EC256 ",\"key_ops\":[\"sign\",1]}", "not for verifying"},
	{"{" EC256 ",\"key_ops\":\"verify\"}", "not for verifying"},
	/* private and symmetric */
	{"{" EC256 ",\"d\":\"AA\"}", "private members"},
	{"{" EC256 ",\"d\":null}", "private members"},
	{"{" EC256 ",\"p\":\"AA\"}", "private members"},
	{"{" EC256 ",\"q\":\"AA\"}", "private members"},
	{"{" EC256 ",\"dp\":\"AA\"}", "private members"},
	{"{" EC256 ",\"dq\":\"AA\"}", "private members"},
	{"{" EC256 ",\"qi\":\"AA\"}", "private members"},
	{"{" EC256 ",\"oth\":[]}", "private members"},
	{"{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}", "private members"},
	/* what every key has */
	{"{\"kty\":\"oct\"}", "kty other than"},
	{"{\"kty\":\"rsa\"}", "kty other than"},
	{"{\"kty\":1}", "kty other than"},
	{"{}", "kty other than"},
	{"1", "no object"},
	{"null", "no object"},
	{"[{" EC256 "}]", "no object"},
	{"{" EC256 ",\"kid\":1}", "a kid that is no string"},
	{"{" EC256 ",\"kid\":null}", "a kid that is no string"},
	{"{" EC256 ",\"alg\":1}", "an alg that is no string"},
	/* elliptic curves */
	{"{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}", "curves"},
	{"{\"kty\":\"EC\",\"crv\":\"P-224\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}", "curves"},
	{"{\"kty\":\"EC\",\"crv\":\"p-256\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}", "curves"},
	{"{\"kty\":\"EC\",\"crv\":\"prime256v1\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}", "curves"},
	{"{\"kty\":\"EC\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}", "curves"},
	{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\"}", "another length"},
	{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"\"}", "another length"},
	{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"AAAA\"}", "another length"},
	{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" Y256 "AA\"}",
		"another length"},
	{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\",\"y\":\"" X256 X256 "\"}", "another length"},
	{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" Y256 "=\"}",
		"another length"},
	{"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}",
		"another length"},
	{"{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}",
		"another length"},
	/* x one octet longer, y one shorter: the sum is right */
	{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AH_Nzidw9sRdQYPL7m_bS3tYBzM1e-nvE7rPbjx70VRF\","
	 "\"y\":\"8UTNG72bfocs3-257rn0s2ldbqkLJK2KRiMohYjlrQ\"}",
		"another length"},
	{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" X256 "\"}",
		"not on its curve"},
	{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
	 "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
		"not on its curve"},
	{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"__________________________________________8\","
	 "\"y\":\"" Y256 "\"}",
		"not on its curve"},
	/* octet keys */
	{"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" X256 "\"}", "not the curve Ed25519"},
	{"{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" X256 "\"}", "not the curve Ed25519"},
	{"{\"kty\":\"OKP\",\"x\":\"" X256 "\"}", "not the curve Ed25519"},
	{"{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", "missing"},
	{"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAEC\"}", "not 32 octets"},
	{"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X256 "AAAA\"}", "too long"},
};

static void a_key_is_taken_or_noted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		JWK_SET_AUTO(set);

		parse(&set, keys[i].key);
		if (set.n != (keys[i].note ? 0 : 1) || set.notes.n != (keys[i].note ? 1 : 0))
			fail_msg("%s: %zu keys, note %s", keys[i].key, set.n,
				set.notes.n ? set.notes.items[0] : "none");
		if (keys[i].note && !strstr(set.notes.items[0], keys[i].note))
			fail_msg("%s: %s", keys[i].key, set.notes.items[0]);
	}
	assert_int_equal(ERR_peek_error(), 0);
}

static const char *const no_sets[] = {
	"",
	"null",
	"[]",
	"{}",
	"{\"keys\":{}}",
	"{\"keys\":null}",
	"{\"KEYS\":[]}",
	"{\"keys\":[],\"keys\":[]}",
	"{\"keys\":[{" EC256 ",\"kty\":\"EC\"}]}",
	"{\"keys\":[]} x",
};

static void no_key_set_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(no_sets) / sizeof(no_sets[0]); i++) {
		JWK_SET_AUTO(set);

		if (jwk_set_parse(no_sets[i], strlen(no_sets[i]), &set) != -EBADMSG)
			fail_msg("accepted: %s", no_sets[i]);
	}
}

static void an_empty_set_is_a_set(void **state)
{
	JWK_SET_AUTO(set);

	(void)state;
	parse(&set, "");
	assert_int_equal(set.n, 0);
	assert_int_equal(set.notes.n, 0);
}

static void a_set_over_its_size_is_none(void **state)
{
	static const char set_text[] = "{\"keys\":[]}";
	BUF_AUTO(text, 1 << 20);
	JWK_SET_AUTO(set);

	(void)state;
	buf_puts(&text, set_text);
	while (text.len < JWK_SET_MAX)
		buf_puts(&text, " ");
	assert_int_equal(jwk_set_parse(text.data, text.len, &set), 0);
	buf_puts(&text, " ");
	assert_int_equal(jwk_set_parse(text.data, text.len, &set), -EBADMSG);
}

/* An RSA key: a modulus of BITS bits that ends in this octet, its exponent, and how many octets
 * of zero stand in front of both. */
static const struct {
	size_t bits;
	unsigned char last;
	uint64_t e;
	size_t zeros;
	const char *note;
} rsa_keys[] = {
	{2048, 0x01, 65537, 0, NULL},
	{2048, 0x01, 3, 0, NULL},
	{2048, 0x01, 0xffffffff, 0, NULL},
	{2049, 0x01, 65537, 0, NULL},
	{3072, 0x01, 65537, 1, NULL},
	{8192, 0x01, 65537, 0, NULL},
	{8192, 0x01, 65537, 4, NULL},
	{8192, 0x01, 65537, 5, "far too long"},
	{2047, 0x01, 65537, 0, "less than 2048"},
	{2047, 0x01, 65537, 4, "less than 2048"},
	{1024, 0x01, 65537, 0, "less than 2048"},
	{512, 0x01, 65537, 0, "less than 2048"},
	{0, 0x00, 65537, 3, "less than 2048"},
	{0, 0x00, 65537, 0, "missing"},
	{8193, 0x01, 65537, 0, "more than 8192"},
	{16384, 0x01, 65537, 0, "far too long"},
	{262144, 0x01, 65537, 0, "far too long"},
	{2048, 0x00, 65537, 0, "even RSA modulus"},
	{2048, 0x02, 65537, 0, "even RSA modulus"},
	{2048, 0x01, 0, 0, "missing"},
	{2048, 0x01, 0, 1, "below 3"},
	{2048, 0x01, 1, 0, "below 3"},
	{2048, 0x01, 2, 0, "even RSA exponent"},
	{2048, 0x01, 65538, 0, "even RSA exponent"},
	{2048, 0x01, 0x100000001, 0, "more than 32 bits"},
	{2048, 0x01, 0x0101010101010101, 0, "more than 32 bits"},
	{2048, 0x01, 0x0101010101010101, 1, "far too long"},
};

static void add_modulus(struct buf *out, size_t bits, unsigned char last, size_t zeros)
{
	size_t len = (bits + 7) / 8;
	unsigned char *bytes = calloc(1, zeros + len + 1);

	assert_non_null(bytes);
	if (len) {
		bytes[zeros] = (unsigned char)(1u << ((bits - 1) % 8));
		bytes[zeros + len - 1] |= last;
	}
	make_octets_member(out, "n", bytes, zeros + len);
	free(bytes);
}

static void add_exponent(struct buf *out, uint64_t e, size_t zeros)
{
	unsigned char bytes[16] = {0};
	size_t len = zeros;

	for (int shift = 56; shift >= 0; shift -= 8)
		if (e >> shift)
			bytes[len++] = (unsigned char)(e >> shift);
	make_octets_member(out, "e", bytes, len);
}

static void rsa_numbers_are_sane(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rsa_keys) / sizeof(rsa_keys[0]); i++) {
		BUF_AUTO(key, 1 << 20);
		JWK_SET_AUTO(set);

		buf_puts(&key, "{\"kty\":\"RSA\"");
		add_modulus(&key, rsa_keys[i].bits, rsa_keys[i].last, rsa_keys[i].zeros);
		add_exponent(&key, rsa_keys[i].e, rsa_keys[i].zeros);
		assert_int_equal(buf_puts(&key, "}"), 0);
		parse(&set, key.data);
		const char *note = set.notes.n ? set.notes.items[0] : NULL;
		if (!note != !rsa_keys[i].note || (note && !strstr(note, rsa_keys[i].note)))
			fail_msg("row %zu: %s", i, note ? note : "taken");
		assert_int_equal(set.n, note ? 0 : 1);
	}
}

/* The encodings of the eight points of small order, the same with a sign that they do not have, and
 * y coordinates at or above the prime (RFC 8032 section 5.1.3). */
static const struct {
	const char *octets;
	const char *note;
} okp_keys[] = {
	{"0100000000000000000000000000000000000000000000000000000000000000", "small order"},
	{"0100000000000000000000000000000000000000000000000000000000000080", "small order"},
	{"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "small order"},
	{"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "small order"},
	{"0000000000000000000000000000000000000000000000000000000000000000", "small order"},
	{"0000000000000000000000000000000000000000000000000000000000000080", "small order"},
	{"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "small order"},
	{"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", "small order"},
	{"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "small order"},
	{"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "small order"},
	{"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "not canonical"},
	{"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "not canonical"},
	{"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "not canonical"},
	{"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "not canonical"},
	{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "not canonical"},
	{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "not canonical"},
	{"ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", NULL},
	{"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f7f", NULL},
	{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", NULL},
};

static void ed25519_keys_are_canonical_and_of_full_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(okp_keys) / sizeof(okp_keys[0]); i++) {
		BUF_AUTO(key, 1024);
		JWK_SET_AUTO(set);
		unsigned char octets[32];
		size_t len = 0;

		assert_int_equal(OPENSSL_hexstr2buf_ex(
					 octets, sizeof(octets), &len, okp_keys[i].octets, '\0'),
			1);
		buf_puts(&key, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"");
		make_octets_member(&key, "x", octets, len);
		assert_int_equal(buf_puts(&key, "}"), 0);
		parse(&set, key.data);
		const char *note = set.notes.n ? set.notes.items[0] : NULL;
		if (!note != !okp_keys[i].note || (note && !strstr(note, okp_keys[i].note)))
			fail_msg("%s: %s", okp_keys[i].octets, note ? note : "taken");
	}
}

static void one_bad_key_does_not_spoil_the_set(void **state)
{
	JWK_SET_AUTO(set);

	(void)state;
	parse(&set,
		"{" EC256 ",\"kid\":\"a\",\"alg\":\"ES256\"},{\"kty\":\"oct\",\"kid\":\"b\"},{" ED
		",\"kid\":\"c\"}");
	assert_int_equal(set.n, 2);
	assert_string_equal(set.keys[0].kid, "a");
	assert_string_equal(set.keys[0].alg, "ES256");
	assert_int_equal(set.keys[0].type, JWK_P256);
	assert_string_equal(set.keys[1].kid, "c");
	assert_null(set.keys[1].alg);
	assert_int_equal(set.keys[1].type, JWK_ED25519);
	assert_int_equal(set.notes.n, 1);
	assert_string_equal(
		set.notes.items[0], "key 2 kid=b is left out: a kty other than RSA, EC, OKP");
}

static void a_kid_that_stands_twice_spoils_both(void **state)
{
	JWK_SET_AUTO(set);

	(void)state;
	parse(&set,
		"{" EC256 ",\"kid\":\"a\"},{" ED ",\"kid\":\"b\"},{" ED ",\"kid\":\"\\u0061\"}");
	assert_int_equal(set.n, 1);
	assert_string_equal(set.keys[0].kid, "b");
	assert_int_equal(set.notes.n, 2);
}

static void an_unusable_key_spoils_the_kid_too(void **state)
{
	JWK_SET_AUTO(set);

	(void)state;
	parse(&set, "{" EC256 ",\"kid\":\"a\"},{\"kty\":\"oct\",\"kid\":\"a\"}");
	assert_int_equal(set.n, 0);
	assert_int_equal(set.notes.n, 2);
}

static void keys_without_kid_do_not_spoil_each_other(void **state)
{
	JWK_SET_AUTO(set);

	(void)state;
	parse(&set, "{" EC256 "},{" ED "}");
	assert_int_equal(set.n, 2);
	assert_null(set.keys[0].kid);
}

static void a_kid_ends_at_its_limit(void **state)
{
	(void)state;
	for (size_t len = JWK_KID_MAX; len <= JWK_KID_MAX + 1; len++) {
		JWK_SET_AUTO(set);
		BUF_AUTO(key, MAKE_MAX);

		buf_puts(&key, "{" EC256 ",\"kid\":\"");
		for (size_t i = 0; i < len; i++)
			buf_puts(&key, "k");
		assert_int_equal(buf_puts(&key, "\"}"), 0);
		parse(&set, key.data);
		assert_int_equal(set.n, len <= JWK_KID_MAX ? 1 : 0);
	}
}

/* A note is one line, however the kid looks, and the longest kid does not cut it. */
static void notes_are_escaped(void **state)
{
	JWK_SET_AUTO(set);
	BUF_AUTO(key, MAKE_MAX);

	(void)state;
	buf_puts(&key, "{\"kty\":\"x\",\"kid\":\"");
	for (size_t i = 0; i < JWK_KID_MAX; i++)
		buf_puts(&key, "\\u001b");
	assert_int_equal(buf_puts(&key, "\"},{\"kid\":\"a\\nb c\"}"), 0);
	parse(&set, key.data);
	assert_int_equal(set.notes.n, 2);
	for (const char *c = set.notes.items[0]; *c; c++)
		assert_in_range(*c, 0x20, 0x7e);
	assert_non_null(strstr(set.notes.items[0], "a kty other than RSA, EC, OKP"));
	assert_string_equal(set.notes.items[1],
		"key 2 kid=\"a\\x0ab c\" is left out: a kty other than RSA, EC, OKP");
}

static void the_set_ends_at_its_limit(void **state)
{
	JWK_SET_AUTO(set);
	BUF_AUTO(text, 1 << 20);

	(void)state;
	for (int i = 0; i < JWK_SET_KEYS; i++)
		buf_puts(&text, "{" ED "},");
	size_t full = text.len - 1;
	buf_puts(&text, "{" ED "},{" ED "}");
	assert_int_equal(buf_error(&text), 0);
	parse(&set, text.data);
	assert_int_equal(set.n, JWK_SET_KEYS);
	assert_int_equal(set.notes.n, 1);
	jwk_set_free(&set);
	text.data[full] = '\0';
	parse(&set, text.data);
	assert_int_equal(set.n, JWK_SET_KEYS);
	assert_int_equal(set.notes.n, 0);
}

/* What OpenSSL makes is what is read, for each type. */
static void made_keys_come_back_equal(void **state)
{
	static const char *const kinds[] = {"RSA", "P-256", "P-384", "P-521", "ED25519"};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		EVP_PKEY *key = make_key(kinds[i]);
		BUF_AUTO(jwk, MAKE_MAX);
		JWK_SET_AUTO(set);

		make_jwk(&jwk, key, "");
		parse(&set, jwk.data);
		assert_int_equal(set.n, 1);
		assert_int_equal(set.keys[0].type, i);
		assert_int_equal(EVP_PKEY_eq(set.keys[0].key, key), 1);
		EVP_PKEY_free(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_taken_or_noted),
		cmocka_unit_test(no_key_set_at_all),
		cmocka_unit_test(an_empty_set_is_a_set),
		cmocka_unit_test(a_set_over_its_size_is_none),
		cmocka_unit_test(rsa_numbers_are_sane),
		cmocka_unit_test(ed25519_keys_are_canonical_and_of_full_order),
		cmocka_unit_test(one_bad_key_does_not_spoil_the_set),
		cmocka_unit_test(a_kid_that_stands_twice_spoils_both),
		cmocka_unit_test(an_unusable_key_spoils_the_kid_too),
		cmocka_unit_test(keys_without_kid_do_not_spoil_each_other),
		cmocka_unit_test(a_kid_ends_at_its_limit),
		cmocka_unit_test(notes_are_escaped),
		cmocka_unit_test(the_set_ends_at_its_limit),
		cmocka_unit_test(made_keys_come_back_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
