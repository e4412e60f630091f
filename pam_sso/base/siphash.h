/*
 * siphash: SipHash-2-4 (Aumasson and Bernstein, 2012), a short hash under a key.
 *
 * Who does not know the key cannot choose two texts that come to the same number: for tables whose
 * entries strangers name.
 */
#ifndef PAM_SSO_SIPHASH_H
#define PAM_SSO_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY = 16 };

uint64_t siphash(const unsigned char key[SIPHASH_KEY], const void *bytes, size_t len);

#endif
