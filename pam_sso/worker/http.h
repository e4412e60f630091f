/*
 * http: requests to the identity provider, one after the other, over connections that are kept.
 *
 * It alone knows libcurl (http.c, http_options.c, http_errors.c).
 *
 * 1. https only, peer and host verified, TLS 1.2 at least, no redirects. Nothing switches that off.
 * 2. Nothing of this machine or its user is asked for more: no environment, netrc, cookies, HSTS or
 *    Alt-Svc memory, no CA bundle beside the configured one, no proxy but the configured one.
 * 3. A body is read up to the request's ceiling, a header up to ours; one byte more ends the
 *    request.
 * 4. The caller's going away and the deadline end a request at once, whatever it waits for.
 */
#ifndef PAM_SSO_HTTP_H
#define PAM_SSO_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "reason.h"
#include "secret.h"

/* Durations are seconds; strings may be NULL and must outlive the http. */
struct http_options {
	const char *ca_file; /* one of the two at least; both: either may vouch */
	const char *ca_dir;  /* with hashed names, as c_rehash makes them */
	const char *proxy;
	bool tls_1_3; /* nothing older */
	int64_t connect_timeout;
	int64_t request_timeout;
};

struct http;

/* FD is the caller's socket, and stays the caller's; DEADLINE_MS is a time of clock_monotonic_ms().
 * NULL where libcurl cannot start. */
struct http *http_new(const struct http_options *options, int fd, int64_t deadline_ms);
void http_free(struct http *http);

struct http_request {
	const char *url;
	const struct buf *form;      /* posted; NULL: a GET */
	const struct secret *basic;  /* what follows "Authorization: Basic "; NULL or empty: none */
	const struct secret *bearer; /* what follows "Authorization: Bearer "; NULL: none */
	size_t max;                  /* bytes of the body */
	/* Where a kept connection breaks before a byte of the answer, it is not known whether the
	 * request was heard, and it is sent again on a fresh connection (RFC 9110 section 9.2.2).
	 * This one is not: that is REASON_UNREACHABLE. */
	bool once;
};

struct http_reply {
	long status;
	struct buf body;
	int64_t retry_after; /* seconds; -1 where the server did not say */
};

#define HTTP_REPLY_AUTO(name) __attribute__((cleanup(http_reply_free))) struct http_reply name = {0}

/*
 * Sends a request and reads the reply. Returns REASON_OK with *ret set, whatever its status is but
 * a 3xx; http_reply_free() wipes and frees *ret. Or, with what was wrong in DETAIL, escaped,
 * REASON_UNREACHABLE	no connection, no answer, or not all of it in time
 * REASON_TLS		the certificate or the handshake
 * REASON_REDIRECT	a 3xx
 * REASON_REPLY_SIZE	past a ceiling
 * REASON_REPLY_FORM	no HTTP
 * REASON_DEADLINE	the deadline came
 * REASON_CANCELLED	the caller went away
 * REASON_CONFIG	an address that is not to be asked (url.h), or a CA file that cannot be read
 * REASON_NO_MEMORY, REASON_INTERNAL
 */
enum reason http_send(struct http *http, const struct http_request *request, struct http_reply *ret,
	char *detail, size_t detail_size);

void http_reply_free(struct http_reply *reply);

/* Waits without a request, until UNTIL_MS. Returns REASON_OK then, or REASON_CANCELLED at once. */
enum reason http_wait(const struct http *http, int64_t until_ms);

/* What it cost at the other side: requests sent, connections opened. */
unsigned int http_requests(const struct http *http);
unsigned int http_connections(const struct http *http);

#endif
