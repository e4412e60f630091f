/*
 * url: which addresses are accepted (RFC 3986, RFC 8414 section 2, RFC 8628 section 3.2).
 */
#ifndef PAM_SSO_URL_H
#define PAM_SSO_URL_H

#include <stdbool.h>

enum { URL_MAX = 512 };

/* Whether requests may be sent there: https, a host, no userinfo, no fragment, printable ASCII without
 * spaces, at most URL_MAX bytes. */
bool url_is_endpoint(const char *url);

/* Whether a person may be sent there: as url_is_endpoint(), and none of " < > \ ^ ` { | }. */
bool url_is_verification_uri(const char *url);

/* Whether a value that came from outside may be sent on (a token, a code): printable ASCII without
 * spaces (RFC 6749 appendix A), not empty. */
bool url_is_sendable(const char *value);

#endif
