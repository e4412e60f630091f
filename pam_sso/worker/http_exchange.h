/*
 * http_exchange: one request and its reply, as libcurl has them: an easy handle that is used again
 * for the next, so that a connection that must be made anew resumes its TLS session.
 *
 * Between the files of http only. http.c puts exchanges on their way.
 */
#ifndef PAM_SSO_HTTP_EXCHANGE_H
#define PAM_SSO_HTTP_EXCHANGE_H

#include <curl/curl.h>

#include "http.h"

enum http_state {
	HTTP_FREE,
	HTTP_UNDER_WAY,
	HTTP_OVER,
};

struct http_exchange {
	struct http_exchange *next;
	CURL *easy;
	enum http_state state;
	void *owner;
	int64_t deadline_ms;
	unsigned int requests; /* sent, since it was made */
	/* of what it is used for now */
	struct curl_slist *headers;
	struct buf form;
	struct buf body;
	char error[CURL_ERROR_SIZE];
	size_t header_bytes;
	unsigned int header_lines;
	bool too_big;
	bool once;
	bool sent; /* or about to be */
	/* How it ended: REASON_OK, and what libcurl says; or a reason of ours. */
	enum reason reason;
	CURLcode code;
};

/* NULL where memory is short. */
struct http_exchange *http_exchange_new(
	const struct http_options *options, enum http_manner manner);

/* Makes it ready to be sent. Returns as http_begin(). */
enum reason http_exchange_prepare(struct http_exchange *exchange,
	const struct http_request *request, char *detail, size_t detail_size);

/* What came of one that is over: as http_send(). */
enum reason http_exchange_read(
	struct http_exchange *exchange, struct http_reply *ret, char *detail, size_t detail_size);

/* Wipes what it held, so that it can be used again. */
void http_exchange_reset(struct http_exchange *exchange);

void http_exchange_free(struct http_exchange *exchange);

#endif
