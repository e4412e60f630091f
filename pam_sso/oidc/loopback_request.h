/*
 * loopback_request: what a connection to the loopback address says: the redirect of a browser, or
 * anything else that any user of this machine, or any page in their browser, sends there.
 *
 * 1. A request MUST be at most LOOPBACK_REQUEST_MAX bytes, with no more behind its empty line: no
 *    body, no second request.
 * 2. Its lines MUST end with CR LF, and have no other control character but tabs in the values of
 *    fields, and no byte beyond ASCII but there (RFC 9112 section 2.2, RFC 9110 section 5.5).
 * 3. The first MUST be `GET TARGET HTTP/1.1`. TARGET is the path that is expected, to the byte,
 *    and may have a query: printable ASCII without the space and `#`. An absolute form is refused:
 *    browsers say that to proxies only.
 * 4. Each other line MUST be a field (a name that is a token, a colon, a value); none goes on in
 *    the next line.
 * 5. There MUST be one Host, and it MUST be the expected one, to the byte: a page of another name
 *    that was made to lead here (DNS rebinding) has that name there.
 * 6. Content-Length and Transfer-Encoding MUST NOT be there.
 *
 * Whether it is the answer that is waited for is judged by answer.h; its `state` decides.
 */
#ifndef PAM_SSO_LOOPBACK_REQUEST_H
#define PAM_SSO_LOOPBACK_REQUEST_H

#include <stddef.h>

enum { LOOPBACK_REQUEST_MAX = 8 * 1024 };

struct loopback_expect {
	const char *host; /* with the port */
	const char *path;
};

enum loopback_request {
	LOOPBACK_MORE,   /* it is not whole yet */
	LOOPBACK_ANSWER, /* by the rules: *ret_target is set */
	LOOPBACK_OTHER,  /* anything else */
};

/* Reads what came until now. *RET_TARGET, of *RET_LEN bytes, is within BYTES. */
enum loopback_request loopback_request_read(const char *bytes, size_t len,
	const struct loopback_expect *expect, const char **ret_target, size_t *ret_len);

#endif
