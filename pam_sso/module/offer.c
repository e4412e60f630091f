#include "offer.h"

#include <limits.h>
#include <string.h>

#include "count.h"

#define HTTPS "https://"

static bool uri_is_fit(const char *uri)
{
	size_t len = uri ? strlen(uri) : 0;

	if (len <= strlen(HTTPS) || len > OFFER_URI_MAX || strncmp(uri, HTTPS, strlen(HTTPS)) != 0)
		return false;
	for (const char *at = uri; *at; at++)
		if (*at <= ' ' || *at > '~' || *at == '\\')
			return false;
	const char *authority = uri + strlen(HTTPS);
	size_t authority_len = strcspn(authority, "/?#");
	return authority_len > 0 && !memchr(authority, '@', authority_len);
}

static bool code_is_fit(const char *code)
{
	return code && *code && strlen(code) <= OFFER_CODE_MAX;
}

/* The columns of a line, or -1 where it holds anything but half blocks and spaces. */
static int qr_columns(const char *line)
{
	static const char *const cells[] = {" ", "\u2580", "\u2584", "\u2588"};
	int columns = 0;

	while (*line) {
		size_t len = 0;

		for (unsigned int i = 0; i < COUNT(cells) && !len; i++)
			if (strncmp(line, cells[i], strlen(cells[i])) == 0)
				len = strlen(cells[i]);
		if (!len)
			return -1;
		line += len;
		columns++;
	}
	return columns;
}

static bool qr_is_fit(const struct record *prompt)
{
	size_t lines = record_count(prompt, "qr");
	int width = lines ? qr_columns(record_nth(prompt, "qr", 0)) : 0;

	if (width <= 0 || width > OFFER_QR_MAX || lines > (size_t)width)
		return false;
	for (size_t i = 1; i < lines; i++)
		if (qr_columns(record_nth(prompt, "qr", i)) != width)
			return false;
	return true;
}

enum reason offer_read(const struct record *prompt, struct offer *ret)
{
	struct offer offer = {
		.uri = record_get(prompt, "verification_uri"),
		.code = record_get(prompt, "user_code"),
		.qr = qr_is_fit(prompt) ? prompt : NULL,
	};

	if (record_get_int(prompt, "expires_in", 1, INT_MAX, &offer.expires_in) < 0 ||
		!uri_is_fit(offer.uri) || !code_is_fit(offer.code))
		return REASON_WORKER;
	*ret = offer;
	return REASON_OK;
}
