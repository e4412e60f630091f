/*
 * base64url (b64url.h): text is taken if, and only if, it is what its bytes are written as; and
 * whatever bytes are written are read again.
 */
#include "fuzz.h"

#include <errno.h>

#include "b64url.h"

enum { MAX = 64 * 1024 };

/* The rules once more, character by character. */
static bool is_canonical(const char *text, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	static const unsigned int spare[] = {0, 0, 15, 3};
	const char *last = digits;

	for (size_t i = 0; i < len; i++) {
		last = memchr(digits, text[i], sizeof(digits) - 1);
		if (!last)
			return false;
	}
	return len % 4 != 1 && ((unsigned int)(last - digits) & spare[len % 4]) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	BUF_AUTO(decoded, MAX);
	BUF_AUTO(encoded, MAX);

	if (len > MAX / 2)
		return 0;
	int r = b64url_decode(text, len, &decoded);
	MUST(r == (is_canonical(text, len) ? 0 : -EINVAL));
	if (r == 0) {
		MUST(b64url_encode(decoded.data, decoded.len, &encoded) == 0);
		MUST(encoded.len == len && memcmp(buf_str(&encoded), text, len) == 0);
		buf_free(&encoded);
	}
	buf_free(&decoded);
	MUST(b64url_encode(bytes, len, &encoded) == 0);
	MUST(is_canonical(buf_str(&encoded), encoded.len));
	MUST(b64url_decode(buf_str(&encoded), encoded.len, &decoded) == 0);
	MUST(decoded.len == len && memcmp(buf_str(&decoded), bytes, len) == 0);
	return 0;
}
