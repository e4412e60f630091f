/*
 * endpoint: where the server is: rediss://HOST[:PORT][/DATABASE], or redis:// without TLS.
 *
 * HOST is a name, an IPv4 address, or an IPv6 address in brackets. There is no user, no query and no
 * fragment: user and password come separately. Pure.
 */
#ifndef PAM_SSO_ENDPOINT_H
#define PAM_SSO_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ENDPOINT_HOST = 253, /* characters: RFC 1035 section 2.3.4 */
	ENDPOINT_PORT = 6379,
	ENDPOINT_DATABASE_MAX = 65535,
};

struct endpoint {
	bool tls;
	char host[ENDPOINT_HOST + 1]; /* without brackets */
	uint16_t port;                /* ENDPOINT_PORT where not said */
	uint16_t database;            /* 0 where not said */
};

/* Reads URL. Returns 0 and sets *ret, or -EINVAL. */
int endpoint_parse(const char *url, struct endpoint *ret);

#endif
