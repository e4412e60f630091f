#include "http_exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "detail.h"
#include "http_curl.h"
#include "url.h"

enum {
	HEADER_BYTES = 32 * 1024, /* of all headers of one reply */
	HEADER_LINES = 128,
};

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_exchange *exchange = context;

	if (buf_add(&exchange->body, bytes, size * count) == 0)
		return size * count;
	exchange->too_big = buf_error(&exchange->body) == -EMSGSIZE;
	return CURL_WRITEFUNC_ERROR;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http_exchange *exchange = context;

	(void)bytes;
	exchange->header_bytes += size * count;
	exchange->header_lines++;
	exchange->too_big = exchange->header_bytes > HEADER_BYTES ||
			    exchange->header_lines > HEADER_LINES;
	return exchange->too_big ? 0 : size * count;
}

/* Called right before a request goes out, and again where libcurl would repeat it. */
/* NOLINTBEGIN(readability-non-const-parameter): the type is libcurl's */
static int on_sending(
	void *context, char *to_address, char *from_address, int to_port, int from_port)
/* NOLINTEND(readability-non-const-parameter) */
{
	struct http_exchange *exchange = context;

	(void)to_address;
	(void)from_address;
	(void)to_port;
	(void)from_port;
	if (exchange->once && exchange->sent)
		return CURL_PREREQFUNC_ABORT;
	exchange->sent = true;
	exchange->requests++;
	return CURL_PREREQFUNC_OK;
}

static CURLcode set_callbacks(struct http_exchange *exchange)
{
	CURL *easy = exchange->easy;
	CURLcode code = curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error);

	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_sending);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
	return code;
}

struct http_exchange *http_exchange_new(const struct http_options *options, enum http_manner manner)
{
	struct http_exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->easy = curl_easy_init();
	if (exchange->easy && !http_curl_set(exchange->easy, options, manner) &&
		!set_callbacks(exchange))
		return exchange;
	http_exchange_free(exchange);
	return NULL;
}

static enum reason fail(char *detail, size_t size, enum reason reason, const char *text)
{
	detail_set(detail, size, text);
	return reason;
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

static CURLcode set_method(struct http_exchange *exchange, struct buf *form)
{
	if (!form)
		return curl_easy_setopt(exchange->easy, CURLOPT_HTTPGET, 1L);
	exchange->form = *form;
	*form = (struct buf){.max = form->max};
	CURLcode code = curl_easy_setopt(
		exchange->easy, CURLOPT_POSTFIELDS, buf_str(&exchange->form));
	if (!code)
		code = curl_easy_setopt(
			exchange->easy, CURLOPT_POSTFIELDSIZE, (long)exchange->form.len);
	return code;
}

static CURLcode set_request(struct http_exchange *exchange, const struct http_request *request)
{
	CURLcode code = set_method(exchange, request->form);

	if (!code)
		code = curl_easy_setopt(exchange->easy, CURLOPT_URL, request->url);
	if (!code)
		code = curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers);
	if (!code)
		code = curl_easy_setopt(
			exchange->easy, CURLOPT_FRESH_CONNECT, request->fresh ? 1L : 0L);
	exchange->body.max = request->max;
	exchange->deadline_ms = request->deadline_ms;
	exchange->once = request->once;
	return code;
}

enum reason http_exchange_prepare(struct http_exchange *exchange,
	const struct http_request *request, char *detail, size_t detail_size)
{
	if (!url_is_endpoint(request->url))
		return fail(detail, detail_size, REASON_CONFIG,
			"not an https address that may be asked");
	int r = headers_make(request, &exchange->headers);
	if (r == -EMSGSIZE)
		return fail(
			detail, detail_size, REASON_REPLY_SIZE, "a token that is too big to send");
	if (r < 0 || set_request(exchange, request))
		return fail(detail, detail_size, REASON_NO_MEMORY, "the request cannot be made");
	return REASON_OK;
}

static enum reason fail_by_code(const struct http_exchange *exchange, char *detail, size_t size)
{
	CURLcode code = exchange->code;

	if (exchange->too_big)
		return fail(detail, size, REASON_REPLY_SIZE, "the reply is too big");
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return fail(
			detail, size, REASON_UNREACHABLE, "the connection broke before an answer");
	return fail(detail, size, http_curl_reason(code),
		exchange->error[0] ? exchange->error : curl_easy_strerror(code));
}

/* RFC 9110 section 6.6.1. */
static int64_t date_of(CURL *easy)
{
	struct curl_header *header;

	if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return -1;
	return curl_getdate(header->value, NULL);
}

enum reason http_exchange_read(
	struct http_exchange *exchange, struct http_reply *ret, char *detail, size_t detail_size)
{
	curl_off_t retry_after = 0;
	long status = 0;

	if (exchange->reason != REASON_OK)
		return fail(detail, detail_size, exchange->reason, reason_name(exchange->reason));
	if (exchange->code)
		return fail_by_code(exchange, detail, detail_size);
	if (curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status))
		return fail(detail, detail_size, REASON_INTERNAL, "no status");
	if (status >= 300 && status < 400)
		return fail(detail, detail_size, REASON_REDIRECT,
			"redirected; redirects are not followed");
	curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &retry_after);
	*ret = (struct http_reply){.status = status,
		.body = exchange->body,
		.retry_after = retry_after > 0 ? (int64_t)retry_after : -1,
		.date = date_of(exchange->easy)};
	exchange->body = (struct buf){0};
	return REASON_OK;
}

/* The list's copy is a secret as long as the list lives. */
static void headers_free(struct curl_slist *headers)
{
	for (struct curl_slist *item = headers; item; item = item->next)
		explicit_bzero(item->data, strlen(item->data));
	curl_slist_free_all(headers);
}

void http_exchange_reset(struct http_exchange *exchange)
{
	curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(exchange->easy, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(exchange->easy, CURLOPT_FORBID_REUSE, 0L);
	headers_free(exchange->headers);
	buf_free(&exchange->form);
	buf_free(&exchange->body);
	exchange->headers = NULL;
	exchange->owner = NULL;
	exchange->error[0] = '\0';
	exchange->header_bytes = 0;
	exchange->header_lines = 0;
	exchange->too_big = false;
	exchange->sent = false;
	exchange->reason = REASON_UNSET;
	exchange->code = CURLE_OK;
	exchange->state = HTTP_FREE;
}

void http_exchange_free(struct http_exchange *exchange)
{
	curl_easy_cleanup(exchange->easy);
	headers_free(exchange->headers);
	buf_free(&exchange->form);
	buf_free(&exchange->body);
	free(exchange);
}
