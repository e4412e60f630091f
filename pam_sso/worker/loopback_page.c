#include "loopback_page.h"

#include <string.h>

/* A browser asks for no icon where the page names one. */
#define PAGE(title, text)                                                                          \
	"<!doctype html>\n"                                                                        \
	"<html lang=\"en\">\n"                                                                     \
	"<meta charset=\"utf-8\">\n"                                                               \
	"<title>" title "</title>\n"                                                               \
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"               \
	"<meta name=\"color-scheme\" content=\"light dark\">\n"                                    \
	"<link rel=\"icon\" href=\"data:,\">\n"                                                    \
	"<h1>" title "</h1>\n"                                                                     \
	"<p>" text "</p>\n"

static const struct page {
	const char *status;
	const char *html;
} pages[] = {
	[false] = {"400 Bad Request",
		PAGE("Single sign-on", "This is not the answer that is waited for.")},
	[true] = {"200 OK", PAGE("Single sign-on",
				    "Done. You can close this window and return to the terminal.")},
};

static const char fields[] =
	"Content-Type: text/html; charset=utf-8\r\n"
	"Content-Security-Policy: default-src 'none'; img-src data:; base-uri 'none'; "
	"form-action 'none'; frame-ancestors 'none'\r\n"
	"Cache-Control: no-store\r\n"
	"Referrer-Policy: no-referrer\r\n"
	"X-Content-Type-Options: nosniff\r\n"
	"Connection: close\r\n";

int loopback_page_add(bool good, struct buf *out)
{
	const struct page *page = &pages[good];

	return buf_printf(out, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", page->status,
		fields, strlen(page->html), page->html);
}
