#include "http.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdlib.h>

#include "clock.h"
#include "count.h"
#include "detail.h"
#include "http_exchange.h"

enum {
	/* To one host, where many are on their way. More do not make a provider faster that speaks
	 * HTTP/1.1, and each costs it a handshake. */
	HOST_CONNECTIONS = 4,
	/* Kept: some IdPs have a host for each endpoint. */
	CONNECTIONS = 2 * HOST_CONNECTIONS,
	/* At once over one connection of HTTP/2: fewer than any provider allows (RFC 9113 section
	 * 6.5.2 recommends 100). */
	STREAMS = 64,
	/* Over one connection of HTTP/2, then a fresh one follows. Servers end one that had many
	 * (nginx: 1000), and requests are lost that cross with its GOAWAY; and libcurl 7.88 resets
	 * each stream behind its end, of which Netty takes 200 in half a minute for an attack
	 * (CVE-2023-44487). */
	STREAMS_IN_ALL = 190,
};

struct http {
	CURLM *multi;
	const struct http_options *options;
	enum http_manner manner;
	int fd;
	short end; /* the events on it that are the caller's end, beside those that always are */
	struct http_exchange *exchanges; /* all there are */
	unsigned int connections;
	bool multiplexes;   /* what was spoken last */
	unsigned int begun; /* since the last fresh connection of HTTP/2 */
};

static bool set_multi(CURLM *multi)
{
	const struct {
		CURLMoption option;
		long value;
	} numbers[] = {
		{CURLMOPT_MAXCONNECTS, CONNECTIONS},
		{CURLMOPT_MAX_HOST_CONNECTIONS, HOST_CONNECTIONS},
		{CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX},
	};
	CURLMcode code = CURLM_OK;

	for (size_t i = 0; !code && i < COUNT(numbers); i++)
		code = curl_multi_setopt(multi, numbers[i].option, numbers[i].value);
	return !code;
}

/* OpenSSL is told first what not to load: names of ciphers for files of keys, and texts of errors
 * that a connection does not meet (libssl's own stay). That is memory that every waiting login
 * would have. */
static int libraries_start(void)
{
	const uint64_t spared = OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
				OPENSSL_INIT_NO_ADD_ALL_CIPHERS;

	if (!OPENSSL_init_crypto(spared, NULL) || curl_global_init(CURL_GLOBAL_SSL))
		return -ENOMEM;
	return 0;
}

struct http *http_new(const struct http_options *options, enum http_manner manner, int fd)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return NULL;
	http->options = options;
	http->manner = manner;
	http->fd = fd;
	/* A caller that speaks on is gone when its socket is closed, not before. */
	http->end = manner == HTTP_ONE ? POLLIN | POLLRDHUP : 0;
	if (libraries_start() < 0) {
		free(http);
		return NULL;
	}
	http->multi = curl_multi_init();
	if (http->multi && set_multi(http->multi))
		return http;
	http_free(http);
	return NULL;
}

static bool is_under_way(const struct http *http)
{
	for (const struct http_exchange *exchange = http->exchanges; exchange;
		exchange = exchange->next)
		if (exchange->state == HTTP_UNDER_WAY)
			return true;
	return false;
}

static bool is_retiring(const struct http *http)
{
	return http->multiplexes && http->begun >= STREAMS_IN_ALL;
}

/* Whoever is the last to use the connection closes it. */
static void retire(struct http *http)
{
	for (struct http_exchange *exchange = http->exchanges; exchange; exchange = exchange->next)
		if (exchange->state == HTTP_UNDER_WAY)
			curl_easy_setopt(exchange->easy, CURLOPT_FORBID_REUSE, 1L);
}

/* No longer on its way, for REASON. */
static void stop(struct http *http, struct http_exchange *exchange, enum reason reason)
{
	long opened = 0, version = 0;

	if (exchange->state != HTTP_UNDER_WAY)
		return;
	curl_multi_remove_handle(http->multi, exchange->easy);
	if (!curl_easy_getinfo(exchange->easy, CURLINFO_NUM_CONNECTS, &opened) && opened > 0)
		http->connections += (unsigned int)opened;
	if (!curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_VERSION, &version) && version)
		http->multiplexes = version >= CURL_HTTP_VERSION_2_0;
	exchange->reason = reason;
	exchange->state = HTTP_OVER;
	if (is_retiring(http) && !is_under_way(http))
		http->begun = 0;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	for (struct http_exchange *exchange = http->exchanges, *next; exchange; exchange = next) {
		next = exchange->next;
		stop(http, exchange, REASON_CANCELLED);
		http_exchange_free(exchange);
	}
	curl_multi_cleanup(http->multi);
	curl_global_cleanup();
	free(http);
}

void http_reply_free(struct http_reply *reply)
{
	buf_free(&reply->body);
}

/* One that is free, or a new one. */
static struct http_exchange *find_free(struct http *http)
{
	for (struct http_exchange *exchange = http->exchanges; exchange; exchange = exchange->next)
		if (exchange->state == HTTP_FREE)
			return exchange;
	struct http_exchange *made = http_exchange_new(http->options, http->manner);
	if (!made)
		return NULL;
	made->next = http->exchanges;
	http->exchanges = made;
	return made;
}

enum reason http_begin(struct http *http, const struct http_request *request, void *owner,
	struct http_exchange **ret, char *detail, size_t detail_size)
{
	struct http_exchange *exchange = find_free(http);

	if (!exchange) {
		detail_set(detail, detail_size, "out of memory");
		return REASON_NO_MEMORY;
	}
	enum reason reason = http_exchange_prepare(exchange, request, detail, detail_size);
	if (reason == REASON_OK && curl_multi_add_handle(http->multi, exchange->easy)) {
		detail_set(detail, detail_size, "libcurl does not start the request");
		reason = REASON_INTERNAL;
	}
	if (reason != REASON_OK) {
		http_exchange_reset(exchange);
		return reason;
	}
	exchange->owner = owner;
	exchange->state = HTTP_UNDER_WAY;
	http->begun++;
	if (is_retiring(http))
		retire(http);
	*ret = exchange;
	return REASON_OK;
}

static bool caller_gone(const struct http *http, int timeout_ms)
{
	struct pollfd caller = {.fd = http->fd, .events = http->end};
	int n = poll(&caller, 1, timeout_ms);

	return n > 0 || (n < 0 && errno != EINTR);
}

/* Those whose deadline came. */
static void stop_late(struct http *http)
{
	int64_t now = clock_monotonic_ms();

	for (struct http_exchange *exchange = http->exchanges; exchange; exchange = exchange->next)
		if (now >= exchange->deadline_ms)
			stop(http, exchange, REASON_DEADLINE);
}

/* Those that libcurl is done with. */
static void stop_done(struct http *http)
{
	const CURLMsg *message;
	int queued;

	while ((message = curl_multi_info_read(http->multi, &queued))) {
		struct http_exchange *exchange = NULL;
		CURLcode code = message->data.result;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
		stop(http, exchange, REASON_OK);
		exchange->code = code;
	}
}

/* Whether AWAITED is over, or, where it is NULL, any. */
static bool is_over(const struct http *http, const struct http_exchange *awaited)
{
	return awaited ? awaited->state == HTTP_OVER : http_over(http) != NULL;
}

static int64_t next_deadline(const struct http *http, int64_t until_ms)
{
	for (const struct http_exchange *exchange = http->exchanges; exchange;
		exchange = exchange->next)
		if (exchange->state == HTTP_UNDER_WAY && exchange->deadline_ms < until_ms)
			until_ms = exchange->deadline_ms;
	return until_ms;
}

/* Which events wake curl_multi_poll() up. Urgent data never comes; with no event to wait for it
 * might leave the descriptor out, and with it the caller's end. */
static short waited_for(const struct http *http, short events)
{
	int wanted = events | http->end;

	return (short)(CURL_WAIT_POLLPRI | (wanted & POLLIN ? CURL_WAIT_POLLIN : 0) |
		       (wanted & POLLOUT ? CURL_WAIT_POLLOUT : 0));
}

static enum reason run_until(
	struct http *http, const struct http_exchange *awaited, int64_t until_ms, short events)
{
	struct curl_waitfd caller = {.fd = http->fd, .events = waited_for(http, events)};
	int running;

	for (;;) {
		/* Ahead of what may send. */
		if (caller_gone(http, 0))
			return REASON_CANCELLED;
		stop_late(http);
		if (curl_multi_perform(http->multi, &running))
			return REASON_INTERNAL;
		stop_done(http);
		if (is_over(http, awaited) || caller.revents || !clock_poll_timeout(until_ms))
			return REASON_OK;
		int left = clock_poll_timeout(next_deadline(http, until_ms));
		if (curl_multi_poll(http->multi, &caller, 1, left, NULL))
			return REASON_INTERNAL;
	}
}

enum reason http_run(struct http *http, int64_t until_ms, short events)
{
	return run_until(http, NULL, until_ms, events);
}

void *http_over(const struct http *http)
{
	for (const struct http_exchange *exchange = http->exchanges; exchange;
		exchange = exchange->next)
		if (exchange->state == HTTP_OVER && exchange->owner)
			return exchange->owner;
	return NULL;
}

enum reason http_end(struct http *http, struct http_exchange *exchange, struct http_reply *ret,
	char *detail, size_t detail_size)
{
	stop(http, exchange, REASON_CANCELLED);
	enum reason reason = http_exchange_read(exchange, ret, detail, detail_size);
	http_exchange_reset(exchange);
	return reason;
}

enum reason http_send(struct http *http, const struct http_request *request, struct http_reply *ret,
	char *detail, size_t detail_size)
{
	struct http_exchange *exchange = NULL;

	enum reason reason = http_begin(http, request, NULL, &exchange, detail, detail_size);
	if (reason != REASON_OK)
		return reason;
	while (reason == REASON_OK && exchange->state == HTTP_UNDER_WAY)
		reason = run_until(http, exchange, request->deadline_ms, 0);
	if (reason != REASON_OK)
		stop(http, exchange, reason);
	return http_end(http, exchange, ret, detail, detail_size);
}

void http_let_caller_speak(struct http *http)
{
	http->end = POLLRDHUP;
}

enum reason http_wait(const struct http *http, int64_t until_ms)
{
	for (;;) {
		int left = clock_poll_timeout(until_ms);

		if (caller_gone(http, left))
			return REASON_CANCELLED;
		if (!clock_poll_timeout(until_ms))
			return REASON_OK;
	}
}

size_t http_width(const struct http *http)
{
	if (is_retiring(http))
		return 0;
	return http->multiplexes ? STREAMS : HOST_CONNECTIONS;
}

unsigned int http_requests(const struct http *http)
{
	unsigned int requests = 0;

	for (const struct http_exchange *exchange = http->exchanges; exchange;
		exchange = exchange->next)
		requests += exchange->requests;
	return requests;
}

unsigned int http_connections(const struct http *http)
{
	return http->connections;
}
