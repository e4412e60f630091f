/*
 * loopback_address: a redirect address on this machine (RFC 8252 section 7.3):
 * `http://127.0.0.1/path` or `http://[::1]/path`, with or without a port.
 *
 * 1. It MUST be printable ASCII without the space, at most URL_MAX bytes, without a fragment.
 * 2. The host MUST be one of the two literals: a name could be made another machine's.
 * 3. Behind it MUST stand the end, a port (`:` and 1 to 65535, without leading zeros), `/` or `?`.
 * 4. A port that is named is the one. Where none is, whoever listens chooses: providers compare
 *    all but the port.
 */
#ifndef PAM_SSO_LOOPBACK_ADDRESS_H
#define PAM_SSO_LOOPBACK_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct loopback_address {
	bool ipv6;
	uint16_t port;    /* 0: none is named */
	const char *rest; /* within the address: what stands behind host and port */
};

/* Reads an address. NULL, and whatever breaks a rule, is none. */
bool loopback_address_read(const char *uri, struct loopback_address *ret);

/* Adds what a browser that goes to PORT names in its Host field: the port of http is left out (RFC
 * 9110 section 4.2.3). Returns as buf_add(). */
int loopback_address_add_host(
	const struct loopback_address *address, uint16_t port, struct buf *out);

/* Adds the path alone, "/" where there is none. Returns as buf_add(). */
int loopback_address_add_path(const struct loopback_address *address, struct buf *out);

#endif
