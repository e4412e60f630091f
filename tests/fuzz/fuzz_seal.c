/*
 * What is stored at a server that is not trusted (store/seal.h): nothing opens but what was sealed.
 *
 * The first byte chooses: the rest is a value from the server; or two bytes that say where and how a
 * value is changed, and what is sealed in it.
 */
#include "fuzz.h"

#include <errno.h>

#include "seal.h"

enum { MAX = 64 * 1024 };

static const char name[] = "pam_sso:s:0000";
static const unsigned char nonce[SEAL_NONCE] = {1, 2, 3};
static const struct key key = {.seal = {4, 5, 6}};

static int open_value(const char *at, const void *sealed, size_t len, struct buf *plain)
{
	struct seal_head head;

	return seal_open(&key, at, sealed, len, &head, plain);
}

static void check_sealed(const uint8_t *bytes, size_t len, size_t at, uint8_t change)
{
	const struct seal_head head = {SEAL_SESSION, 7};
	BUF_AUTO(sealed, MAX + SEAL_OVERHEAD);
	BUF_AUTO(plain, MAX);

	MUST(seal_close(&key, name, &head, nonce, bytes, len, &sealed) == 0);
	MUST(sealed.len == len + SEAL_OVERHEAD);
	MUST(open_value("pam_sso:s:0001", sealed.data, sealed.len, &plain) == -EBADMSG);
	MUST(open_value(name, sealed.data, sealed.len - 1, &plain) == -EBADMSG);
	MUST(plain.len == 0);
	MUST(open_value(name, sealed.data, sealed.len, &plain) == 0);
	MUST(plain.len == len && memcmp(buf_str(&plain), bytes, len) == 0);
	buf_free(&plain);
	sealed.data[at % sealed.len] ^= (char)(change ? change : 1);
	MUST(open_value(name, sealed.data, sealed.len, &plain) == -EBADMSG);
	MUST(plain.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	BUF_AUTO(plain, MAX);

	if (len < 4 || len > MAX)
		return 0;
	if (bytes[0] % 2)
		check_sealed(bytes + 4, len - 4, (size_t)(bytes[1] << 8 | bytes[2]), bytes[3]);
	else
		MUST(open_value(name, bytes + 1, len - 1, &plain) == -EBADMSG);
	return 0;
}
