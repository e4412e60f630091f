#include "b64url.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/* Bytes that are coded before they are handed to the buffer: a multiple of 3. */
enum { CHUNK = 384 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The place of a byte in the alphabet, or -1. */
static int value_of(char byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return byte - 'A';
	if (byte >= 'a' && byte <= 'z')
		return byte - 'a' + 26;
	if (byte >= '0' && byte <= '9')
		return byte - '0' + 52;
	if (byte == '-')
		return 62;
	return byte == '_' ? 63 : -1;
}

/* Decodes up to four characters into RET. Returns how many bytes they are, or -EINVAL. */
static int decode_quad(const char *text, size_t len, unsigned char ret[3])
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int value = i < len ? value_of(text[i]) : 0;
		if (value < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)value;
	}
	ret[0] = (unsigned char)(bits >> 16);
	ret[1] = (unsigned char)(bits >> 8);
	ret[2] = (unsigned char)bits;
	switch (len) {
	case 4: return 3;
	case 3: return ret[2] ? -EINVAL : 2;
	case 2: return ret[1] || ret[2] ? -EINVAL : 1;
	default: return -EINVAL;
	}
}

/* Decodes what CHUNK bytes make at most. */
static int decode_chunk(const char *text, size_t len, struct buf *out)
{
	unsigned char bytes[CHUNK];
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < len && r >= 0; i += 4, n += (size_t)r)
		r = decode_quad(text + i, len - i < 4 ? len - i : 4, bytes + n);
	if (r >= 0)
		r = buf_add(out, bytes, n);
	explicit_bzero(bytes, sizeof(bytes));
	return r;
}

int b64url_decode(const char *text, size_t len, struct buf *out)
{
	enum { TEXT = CHUNK / 3 * 4 };

	while (len) {
		size_t part = len < TEXT ? len : TEXT;
		int r = decode_chunk(text, part, out);
		if (r < 0)
			return r;
		text += part;
		len -= part;
	}
	return buf_error(out);
}

/* Encodes up to three bytes as up to four characters. */
static int encode_triple(const unsigned char *bytes, size_t len, struct buf *out)
{
	char text[4];
	uint32_t bits = (uint32_t)bytes[0] << 16;

	if (len > 1)
		bits |= (uint32_t)bytes[1] << 8;
	if (len > 2)
		bits |= bytes[2];
	for (int i = 0; i < 4; i++)
		text[i] = alphabet[bits >> (18 - 6 * i) & 0x3f];
	return buf_add(out, text, len + 1);
}

int b64url_encode(const void *bytes, size_t len, struct buf *out)
{
	const unsigned char *from = bytes;

	for (size_t i = 0; i < len; i += 3) {
		int r = encode_triple(from + i, len - i < 3 ? len - i : 3, out);
		if (r < 0)
			return r;
	}
	return buf_error(out);
}
