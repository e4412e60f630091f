/*
 * Text from outside, on its way to a log or a request: escaped it is printable and can be read back
 * (escape.h), an address has one host (url.h), and no byte of a secret is left (redact.h). The lines
 * are two secrets and a text.
 */
#include "fuzz.h"

#include "escape.h"
#include "redact.h"
#include "url.h"

enum { MAX = 64 * 1024 };

static void check_escape(const char *text)
{
	BUF_AUTO(escaped, 4 * MAX);
	size_t n = 0;

	MUST(escape_add(&escaped, text) == 0 && fuzz_is_printable(buf_str(&escaped)));
	for (const char *at = buf_str(&escaped); *at; n++) {
		char hex[3] = "";

		if (*at != '\\') {
			MUST(*at++ == text[n]);
			continue;
		}
		MUST(at[1] == 'x' && at[2] && at[3]);
		memcpy(hex, at + 2, 2);
		MUST((char)strtoul(hex, NULL, 16) == text[n]);
		at += 4;
	}
	MUST(text[n] == '\0');
	MUST(escape_fits(text, 100) <= 100);
}

static void check_url(const char *url)
{
	if (!url_is_endpoint(url) && !url_is_verification_uri(url))
		return;
	MUST(url_is_sendable(url) && strlen(url) <= URL_MAX && !strncmp(url, "https://", 8));
	size_t authority = strcspn(url + 8, "/?#");
	MUST(authority > 0 && !memchr(url + 8, '@', authority));
	MUST(!memchr(url + 8, '\\', authority) && !memchr(url + 8, '%', authority));
}

static void know(struct redact *redact, const char *text)
{
	SECRET_AUTO(secret);

	MUST(secret_set(&secret, text, strlen(text)) == 0);
	MUST(redact_know(redact, &secret) == 0);
}

/* Every byte at which a secret stands in TEXT is a star in REDACTED. */
static void check_hidden(const char *text, const char *redacted, const char *secret)
{
	BUF_AUTO(form, 4 * MAX);

	if (strlen(secret) < REDACT_MIN)
		return;
	MUST(escape_add(&form, secret) == 0);
	for (const char *at = text; (at = strstr(at, form.data)); at++)
		for (size_t i = 0; i < form.len; i++)
			MUST(redacted[at - text + (ptrdiff_t)i] == '*');
}

static void check_redact(const char *one, const char *two, const char *text)
{
	__attribute__((cleanup(redact_free))) struct redact redact = {0};
	BUF_AUTO(before, 4 * MAX);
	BUF_AUTO(after, 4 * MAX);

	know(&redact, one);
	know(&redact, two);
	MUST(escape_add(&before, text) == 0 && escape_add(&after, text) == 0);
	if (after.len == 0)
		return;
	redact_text(&redact, after.data);
	MUST(strlen(after.data) == before.len);
	check_hidden(before.data, after.data, one);
	check_hidden(before.data, after.data, two);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len > 4096)
		return 0;
	FUZZ_LINE(one, &bytes, &len);
	FUZZ_LINE(two, &bytes, &len);
	FUZZ_STRING(text, bytes, len);

	check_escape(text);
	check_url(text);
	check_redact(one, two, text);
	return 0;
}
