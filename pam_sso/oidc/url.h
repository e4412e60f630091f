/*
 * url: which addresses are accepted (RFC 3986, RFC 8414 section 2, RFC 8628 section 3.2).
 *
 * Every address MUST be
 * 1. at most URL_MAX bytes, all of them printable ASCII without the space;
 * 2. `https://` in lower case, then a host: a name or IPv4 address of A-Z a-z 0-9 . - _ that
 *    neither begins nor ends with a dot or hyphen and has no empty label, or an IPv6 address in
 *    brackets;
 * 3. after it at most a port (`:` and 1 to 65535), then the end, `/` or `?`. So a user name or
 *    password before the host is refused, and no other byte can be taken for the host's end.
 */
#ifndef PAM_SSO_URL_H
#define PAM_SSO_URL_H

#include <stdbool.h>

enum { URL_MAX = 512 };

/* Whether requests may be sent there: as above, and without a fragment (RFC 6749 section 3.2). NULL
 * is not. */
bool url_is_endpoint(const char *url);

/* Whether a person may be sent there: as above, and none of " < > \ ^ ` { | }. A fragment is
 * allowed: a page may have its route there. NULL is not. */
bool url_is_verification_uri(const char *url);

/* Whether a value that came from outside may be sent on (a token, a code): printable ASCII without
 * the space, not empty; so it cannot end a header line or a parameter. NULL is not. */
bool url_is_sendable(const char *value);

#endif
