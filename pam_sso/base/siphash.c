#include "siphash.h"

#include <endian.h>
#include <string.h>

enum { WORD = sizeof(uint64_t), BLOCK_ROUNDS = 2, FINAL_ROUNDS = 4 };

struct state {
	uint64_t a, b, c, d; /* v0 to v3 of the paper */
};

static uint64_t rotate(uint64_t word, unsigned int bits)
{
	return word << bits | word >> (64 - bits);
}

static void mix(struct state *s, int rounds)
{
	while (rounds-- > 0) {
		s->a += s->b;
		s->c += s->d;
		s->b = rotate(s->b, 13) ^ s->a;
		s->d = rotate(s->d, 16) ^ s->c;
		s->a = rotate(s->a, 32);
		s->c += s->b;
		s->a += s->d;
		s->b = rotate(s->b, 17) ^ s->c;
		s->d = rotate(s->d, 21) ^ s->a;
		s->c = rotate(s->c, 32);
	}
}

/* Up to eight bytes as a number, the first the lowest. */
static uint64_t load(const unsigned char *bytes, size_t n)
{
	uint64_t word = 0;

	memcpy(&word, bytes, n);
	return le64toh(word);
}

static void take(struct state *s, uint64_t word)
{
	s->d ^= word;
	mix(s, BLOCK_ROUNDS);
	s->a ^= word;
}

uint64_t siphash(const unsigned char key[SIPHASH_KEY], const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	const uint64_t k0 = load(key, WORD), k1 = load(key + WORD, WORD);
	struct state s = {
		.a = k0 ^ UINT64_C(0x736f6d6570736575),
		.b = k1 ^ UINT64_C(0x646f72616e646f6d),
		.c = k0 ^ UINT64_C(0x6c7967656e657261),
		.d = k1 ^ UINT64_C(0x7465646279746573),
	};

	for (size_t left = len; left >= WORD; left -= WORD, at += WORD)
		take(&s, load(at, WORD));
	take(&s, load(at, len % WORD) | (uint64_t)len << 56);
	s.c ^= 0xff;
	mix(&s, FINAL_ROUNDS);
	return s.a ^ s.b ^ s.c ^ s.d;
}
