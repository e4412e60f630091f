#include "http.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "detail.h"
#include "http_curl.h"
#include "url.h"

enum {
	HEADER_BYTES = 32 * 1024, /* of all headers of one reply */
	HEADER_LINES = 128,
	CONNECTIONS = 4, /* kept: some IdPs have a host for each endpoint */
};

struct http {
	CURL *easy;
	CURLM *multi;
	int fd;
	int64_t deadline_ms;
	char error[CURL_ERROR_SIZE];
	unsigned int requests;
	unsigned int connections;
	/* of the request that is under way */
	struct buf *body;
	size_t header_bytes;
	unsigned int header_lines;
	bool too_big;
	bool once;
	bool sent; /* or about to be */
	char *detail;
	size_t detail_size;
};

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http *http = context;

	if (buf_add(http->body, bytes, size * count) == 0)
		return size * count;
	http->too_big = buf_error(http->body) == -EMSGSIZE;
	return CURL_WRITEFUNC_ERROR;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http *http = context;

	(void)bytes;
	http->header_bytes += size * count;
	http->header_lines++;
	http->too_big = http->header_bytes > HEADER_BYTES || http->header_lines > HEADER_LINES;
	return http->too_big ? 0 : size * count;
}

/* Called right before a request goes out, and again where libcurl would repeat it. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static int on_sending(
	void *context, char *to_address, char *from_address, int to_port, int from_port)
{
	struct http *http = context;

	(void)to_address;
	(void)from_address;
	(void)to_port;
	(void)from_port;
	if (http->once && http->sent)
		return CURL_PREREQFUNC_ABORT;
	http->sent = true;
	http->requests++;
	return CURL_PREREQFUNC_OK;
}

static CURLcode set_callbacks(struct http *http)
{
	CURLcode code = curl_easy_setopt(http->easy, CURLOPT_ERRORBUFFER, http->error);

	if (!code)
		code = curl_easy_setopt(http->easy, CURLOPT_WRITEFUNCTION, on_body);
	if (!code)
		code = curl_easy_setopt(http->easy, CURLOPT_WRITEDATA, http);
	if (!code)
		code = curl_easy_setopt(http->easy, CURLOPT_HEADERFUNCTION, on_header);
	if (!code)
		code = curl_easy_setopt(http->easy, CURLOPT_HEADERDATA, http);
	if (!code)
		code = curl_easy_setopt(http->easy, CURLOPT_PREREQFUNCTION, on_sending);
	if (!code)
		code = curl_easy_setopt(http->easy, CURLOPT_PREREQDATA, http);
	return code;
}

static CURLcode open_handles(struct http *http, const struct http_options *options)
{
	http->easy = curl_easy_init();
	http->multi = curl_multi_init();
	if (!http->easy || !http->multi)
		return CURLE_OUT_OF_MEMORY;
	if (curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS))
		return CURLE_FAILED_INIT;
	CURLcode code = http_curl_set(http->easy, options);
	return code ? code : set_callbacks(http);
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

struct http *http_new(const struct http_options *options, int fd, int64_t deadline_ms)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return NULL;
	http->fd = fd;
	http->deadline_ms = deadline_ms;
	if (libraries_start() < 0) {
		free(http);
		return NULL;
	}
	if (open_handles(http, options)) {
		http_free(http);
		return NULL;
	}
	return http;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	curl_easy_cleanup(http->easy);
	curl_multi_cleanup(http->multi);
	curl_global_cleanup();
	free(http);
}

void http_reply_free(struct http_reply *reply)
{
	buf_free(&reply->body);
}

static enum reason fail(const struct http *http, enum reason reason, const char *text)
{
	detail_set(http->detail, http->detail_size, text);
	return reason;
}

static enum reason fail_by_code(const struct http *http, CURLcode code)
{
	const char *text = http->error[0] ? http->error : curl_easy_strerror(code);

	if (http->too_big)
		return fail(http, REASON_REPLY_SIZE, "the reply is too big");
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return fail(http, REASON_UNREACHABLE, "the connection broke before an answer");
	return fail(http, http_curl_reason(code), text);
}

/* The list's copy is a secret as long as the list lives. */
static void headers_free(struct curl_slist **headers)
{
	for (struct curl_slist *item = *headers; item; item = item->next)
		explicit_bzero(item->data, strlen(item->data));
	curl_slist_free_all(*headers);
}

static int header_add(struct curl_slist **headers, const char *name, const char *value)
{
	BUF_AUTO(line, HEADER_BYTES);

	buf_puts(&line, name);
	buf_puts(&line, value);
	if (buf_error(&line) < 0)
		return buf_error(&line);
	struct curl_slist *longer = curl_slist_append(*headers, buf_str(&line));
	if (!longer)
		return -ENOMEM;
	*headers = longer;
	return 0;
}

static int headers_make(const struct http_request *request, struct curl_slist **headers)
{
	int r = header_add(headers, "Accept: ", "application/json");

	/* libcurl would wait for a 100 before a larger form. */
	if (r == 0)
		r = header_add(headers, "Expect:", "");
	if (r == 0 && request->basic && secret_present(request->basic))
		r = header_add(headers, "Authorization: Basic ", secret_reveal(request->basic));
	if (r == 0 && request->bearer)
		r = header_add(headers, "Authorization: Bearer ", secret_reveal(request->bearer));
	return r;
}

static CURLcode set_method(CURL *easy, const struct buf *form)
{
	if (!form)
		return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	CURLcode code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, buf_str(form));
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)form->len);
	return code;
}

static CURLcode set_request(
	struct http *http, const struct http_request *request, struct curl_slist *headers)
{
	CURLcode code = set_method(http->easy, request->form);

	if (!code)
		code = curl_easy_setopt(http->easy, CURLOPT_URL, request->url);
	if (!code)
		code = curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, headers);
	http->error[0] = '\0';
	http->header_bytes = 0;
	http->header_lines = 0;
	http->too_big = false;
	http->once = request->once;
	http->sent = false;
	return code;
}

/* Nothing is said on the caller's socket after the request: any event is its end. */
static bool caller_gone(int fd, int timeout_ms)
{
	struct pollfd caller = {.fd = fd, .events = POLLIN | POLLRDHUP};
	int n = poll(&caller, 1, timeout_ms);

	return n > 0 || (n < 0 && errno != EINTR);
}

/* Runs the transfer to its end. Returns REASON_OK with *ret_code set: how it ended. */
static enum reason transfer(struct http *http, CURLcode *ret_code)
{
	struct curl_waitfd caller = {.fd = http->fd, .events = CURL_WAIT_POLLIN};
	int running, queued;

	for (;;) {
		/* Ahead of what may send. */
		if (caller_gone(http->fd, 0))
			return REASON_CANCELLED;
		int left = clock_poll_timeout(http->deadline_ms);
		if (!left)
			return REASON_DEADLINE;
		if (curl_multi_perform(http->multi, &running))
			return REASON_INTERNAL;
		if (!running)
			break;
		if (curl_multi_poll(http->multi, &caller, 1, left, NULL))
			return REASON_INTERNAL;
	}
	CURLMsg *message = curl_multi_info_read(http->multi, &queued);
	if (!message || message->msg != CURLMSG_DONE)
		return REASON_INTERNAL;
	*ret_code = message->data.result;
	return REASON_OK;
}

static enum reason read_reply(struct http *http, struct http_reply *reply)
{
	curl_off_t retry_after = 0;

	if (curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &reply->status))
		return fail(http, REASON_INTERNAL, "no status");
	if (reply->status >= 300 && reply->status < 400)
		return fail(http, REASON_REDIRECT, "redirected; redirects are not followed");
	curl_easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &retry_after);
	reply->retry_after = retry_after > 0 ? (int64_t)retry_after : -1;
	return REASON_OK;
}

static enum reason run(struct http *http, struct http_reply *reply)
{
	CURLcode code = CURLE_OK;
	long opened = 0;

	if (curl_multi_add_handle(http->multi, http->easy))
		return fail(http, REASON_INTERNAL, "libcurl does not start the request");
	enum reason reason = transfer(http, &code);
	curl_multi_remove_handle(http->multi, http->easy);
	if (!curl_easy_getinfo(http->easy, CURLINFO_NUM_CONNECTS, &opened) && opened > 0)
		http->connections += (unsigned int)opened;
	if (reason != REASON_OK)
		return fail(http, reason, reason_name(reason));
	if (code)
		return fail_by_code(http, code);
	return read_reply(http, reply);
}

enum reason http_send(struct http *http, const struct http_request *request, struct http_reply *ret,
	char *detail, size_t detail_size)
{
	__attribute__((cleanup(headers_free))) struct curl_slist *headers = NULL;
	HTTP_REPLY_AUTO(reply);

	http->detail = detail;
	http->detail_size = detail_size;
	if (!url_is_endpoint(request->url))
		return fail(http, REASON_CONFIG, "not an https address that may be asked");
	if (headers_make(request, &headers) < 0 || set_request(http, request, headers))
		return fail(http, REASON_NO_MEMORY, "the request cannot be made");
	reply.body.max = request->max;
	http->body = &reply.body;
	enum reason reason = run(http, &reply);
	http->body = NULL;
	http->detail = NULL;
	curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(http->easy, CURLOPT_HTTPGET, 1L);
	if (reason != REASON_OK)
		return reason;
	*ret = reply;
	reply = (struct http_reply){0};
	return REASON_OK;
}

enum reason http_wait(const struct http *http, int64_t until_ms)
{
	for (;;) {
		int left = clock_poll_timeout(until_ms);

		if (caller_gone(http->fd, left))
			return REASON_CANCELLED;
		if (!clock_poll_timeout(until_ms))
			return REASON_OK;
	}
}

unsigned int http_requests(const struct http *http)
{
	return http->requests;
}

unsigned int http_connections(const struct http *http)
{
	return http->connections;
}
