#include "loopback_page.h"

enum { PAGE_MAX = 1024 };

static const struct page {
	const char *status;
	const char *text;
} pages[] = {
	[false] = {"400 Bad Request", MESSAGE("This is not the answer that is waited for.")},
	[true] = {"200 OK", MESSAGE("Done. You can close this window and return to the terminal.")},
};

static const char fields[] =
	"Content-Type: text/html; charset=utf-8\r\n"
	"Content-Security-Policy: default-src 'none'; img-src data:; base-uri 'none'; "
	"form-action 'none'; frame-ancestors 'none'\r\n"
	"Cache-Control: no-store\r\n"
	"Referrer-Policy: no-referrer\r\n"
	"X-Content-Type-Options: nosniff\r\n"
	"Connection: close\r\n";

/* The texts are the catalogues', without a letter that HTML has a use for: po/to-c.awk. A browser
 * asks for no icon where the page names one. */
static void add_html(const char *text, enum language language, struct buf *out)
{
	const char *title = message(language, "Single sign-on");

	if (language == LANGUAGE_AUTO)
		language = LANGUAGE_EN;
	(void)buf_printf(out,
		"<!doctype html>\n"
		"<html lang=\"%s\">\n"
		"<meta charset=\"utf-8\">\n"
		"<title>%s</title>\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<h1>%s</h1>\n"
		"<p>%s</p>\n",
		language_names[language], title, title, text);
}

int loopback_page_add(bool good, enum language language, struct buf *out)
{
	const struct page *page = &pages[good];
	BUF_AUTO(html, PAGE_MAX);

	add_html(message(language, page->text), language, &html);
	if (buf_error(&html) < 0)
		return buf_fail(out, buf_error(&html));
	return buf_printf(out, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", page->status,
		fields, html.len, buf_str(&html));
}
