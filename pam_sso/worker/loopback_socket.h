/*
 * loopback_socket: a socket that listens on 127.0.0.1 or [::1], and nowhere else.
 */
#ifndef PAM_SSO_LOOPBACK_SOCKET_H
#define PAM_SSO_LOOPBACK_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

/* PORT 0: of the kernel's choice. Returns a socket that does not wait, or a negative errno. */
int loopback_socket_open(bool ipv6, uint16_t port);

/* The port of such a socket. Returns 0 and sets *ret, or a negative errno. */
int loopback_socket_port(int fd, uint16_t *ret);

#endif
