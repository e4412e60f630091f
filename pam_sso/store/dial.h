/*
 * dial: a TCP connection to a host, by a deadline that holds for its name too.
 */
#ifndef PAM_SSO_DIAL_H
#define PAM_SSO_DIAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Connects to HOST, a name or an address, trying each address that it has, up to DEADLINE
 * (clock_monotonic_ms()). Where LOCAL is set, addresses that are not loopback are none.
 * Returns a descriptor that does not block, which the caller closes; or a negative errno:
 * -ENXIO where there is no such address, -ETIMEDOUT, or how connecting to the last one failed.
 */
int dial(const char *host, uint16_t port, bool local, int64_t deadline);

#endif
