/*
 * origin: what a client's address counts as.
 *
 * 1. An IPv4 address counts by itself, also where it is in an IPv6 address: mapped, or by a
 *    translator's well-known prefix (RFC 6052), which is before all of IPv4. Those of 127.0.0.0/8
 *    count as one: every local user has them all.
 * 2. An IPv6 address counts as its /64, which is what one customer has at least; its zone does not
 *    count.
 * 3. Anything else is a name, and counts by its letters, in either case, up to ORIGIN_NAME of them.
 *
 * Pure.
 */
#ifndef PAM_SSO_ORIGIN_H
#define PAM_SSO_ORIGIN_H

#include <stddef.h>

enum {
	ORIGIN_NAME = 255,
	ORIGIN_MAX = 1 + ORIGIN_NAME,
};

/* RHOST is what the host says (PAM_RHOST). Returns how many bytes of RET are what it counts as. */
size_t origin_read(const char *rhost, unsigned char ret[ORIGIN_MAX]);

#endif
