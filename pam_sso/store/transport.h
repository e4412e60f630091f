/*
 * transport: bytes to and from the server, over TCP or over TLS on it, each by a deadline.
 *
 * 1. TLS MUST be 1.2 or later, and the server's certificate MUST lead to the authorities that the
 *    request named and be for the host that it named: a name, or an address as such, and never by
 *    its subject (RFC 9525).
 * 2. Without TLS, the host MUST be this machine.
 * 3. Nothing is sent before that holds.
 */
#ifndef PAM_SSO_TRANSPORT_H
#define PAM_SSO_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <openssl/ssl.h>

#include "endpoint.h"
#include "status.h"

struct transport {
	int fd;   /* -1: not open */
	SSL *ssl; /* NULL: plain */
};

/* CA certificates: a file, a directory of hashed names, or both; NULL where not set. */
struct transport_trust {
	const char *ca_file;
	const char *ca_dir;
};

/* Opens a connection. DEADLINE is of clock_monotonic_ms(), as below. Returns STATUS_OK and sets
 * *ret, which transport_close() takes back; or STATUS_AWAY with what was wrong. */
enum status transport_open(const struct endpoint *endpoint, const struct transport_trust *trust,
	int64_t deadline, struct transport *ret, struct status_detail *detail);

/* Sends all, or fails. Returns STATUS_OK or STATUS_AWAY. */
enum status transport_send(struct transport *transport, const char *bytes, size_t len,
	int64_t deadline, struct status_detail *detail);

/* Receives at least one byte and at most SIZE. Returns STATUS_OK and sets *ret_len, or
 * STATUS_AWAY. */
enum status transport_receive(struct transport *transport, char *bytes, size_t size,
	int64_t deadline, size_t *ret_len, struct status_detail *detail);

/* Closes it, if it is open, without waiting for the other side. */
void transport_close(struct transport *transport);

#endif
