/*
 * http: requests to the identity provider, one after the other or many at once, over connections
 * that are kept.
 *
 * It alone knows libcurl (http.c, http_exchange.c, http_options.c, http_errors.c).
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

/* How a job speaks: to the provider, and with its caller. */
enum http_manner {
	/* One request after the other, over HTTP/1.1: HTTP/2 would only add its windows and tables
	 * to what waits. The caller says nothing more: any event on its socket is its end, until
	 * http_let_caller_speak(). */
	HTTP_ONE,
	/* Many at once, over one connection where the provider speaks HTTP/2, and over a few where
	 * it does not. The caller speaks on, and may shut down its writing side. */
	HTTP_MANY,
};

struct http;

/* FD is the caller's socket, and stays the caller's. NULL where libcurl cannot start. */
struct http *http_new(const struct http_options *options, enum http_manner manner, int fd);

/* What is still on its way is dropped. */
void http_free(struct http *http);

struct http_request {
	const char *url;
	struct buf *form;            /* posted, and taken over; NULL: a GET */
	const struct secret *basic;  /* what follows "Authorization: Basic "; NULL or empty: none */
	const struct secret *bearer; /* what follows "Authorization: Bearer "; NULL: none */
	size_t max;                  /* bytes of the body */
	/* Where a kept connection breaks before a byte of the answer, it is not known whether the
	 * request was heard, and it is sent again on a fresh connection (RFC 9110 section 9.2.2).
	 * This one is not: that is REASON_UNREACHABLE. */
	bool once;
	bool fresh;          /* not over a kept connection: nobody knows whether it still is one */
	int64_t deadline_ms; /* a time of clock_monotonic_ms() */
};

struct http_reply {
	long status;
	struct buf body;
	int64_t retry_after; /* seconds; -1 where the server did not say */
	int64_t date;        /* the server's clock, in seconds since the epoch; -1 likewise */
};

#define HTTP_REPLY_AUTO(name) __attribute__((cleanup(http_reply_free))) struct http_reply name = {0}

/*
 * Sends a request and reads the reply. Returns REASON_OK with *ret set, whatever its status is but
 * a 3xx; http_reply_free() wipes and frees *ret. Or, with what was wrong in DETAIL, escaped,
 * REASON_UNREACHABLE	no connection, no answer, or not all of it in time
 * REASON_TLS		the certificate or the handshake
 * REASON_REDIRECT	a 3xx
 * REASON_REPLY_SIZE	past a ceiling, as is a bearer token that no header has room for
 * REASON_REPLY_FORM	no HTTP
 * REASON_DEADLINE	the deadline came
 * REASON_CANCELLED	the caller went away
 * REASON_CONFIG	an address that is not to be asked (url.h), or a CA file that cannot be read
 * REASON_NO_MEMORY, REASON_INTERNAL
 * What is on its way beside it goes on meanwhile.
 */
enum reason http_send(struct http *http, const struct http_request *request, struct http_reply *ret,
	char *detail, size_t detail_size);

void http_reply_free(struct http_reply *reply);

/*
 * One of many:
 *
 *	http_begin()	for each, while fewer are on their way than http_width()
 *	http_run()	until something happened
 *	http_over()	gives one that is over, and
 *	http_end()	what came of it
 */
struct http_exchange;

/* Makes a request and puts it on its way, for OWNER. Returns REASON_OK and sets *ret, which
 * http_end() takes back; or as http_send(). */
enum reason http_begin(struct http *http, const struct http_request *request, void *owner,
	struct http_exchange **ret, char *detail, size_t detail_size);

/* Lets all that is on its way go on, until one is over, UNTIL_MS, or one of EVENTS (POLLIN,
 * POLLOUT) on the caller's socket. Returns REASON_OK, REASON_CANCELLED, or REASON_INTERNAL. */
enum reason http_run(struct http *http, int64_t until_ms, short events);

/* The owner of an exchange that is over and was not ended yet, or NULL. */
void *http_over(const struct http *http);

/* What came of an exchange: as http_send(). One that is not over is dropped. */
enum reason http_end(struct http *http, struct http_exchange *exchange, struct http_reply *ret,
	char *detail, size_t detail_size);

/* How many exchanges to have on their way at once, by what the provider spoke last. */
size_t http_width(const struct http *http);

/* From here on what the caller of HTTP_ONE says is the job's to read; its end is that it closes its
 * socket, or its writing side. */
void http_let_caller_speak(struct http *http);

/* Waits without a request, until UNTIL_MS. Returns REASON_OK then, or REASON_CANCELLED at once. */
enum reason http_wait(const struct http *http, int64_t until_ms);

/* What it cost at the other side: requests sent, connections opened. */
unsigned int http_requests(const struct http *http);
unsigned int http_connections(const struct http *http);

#endif
