#include "offer.h"

#include <limits.h>
#include <string.h>

#include "count.h"
#include "wire.h"

#define HTTPS "https://"

static bool uri_is_fit(const char *uri, size_t max)
{
	size_t len = uri ? strlen(uri) : 0;

	if (len <= strlen(HTTPS) || len > max || strncmp(uri, HTTPS, strlen(HTTPS)) != 0)
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

static bool says(const struct record *prompt, const char *key, const char *word)
{
	const char *value = record_get(prompt, key);

	return value && strcmp(value, word) == 0;
}

static bool device_is_fit(const struct record *prompt, struct offer *offer)
{
	offer->flow = FLOW_DEVICE;
	offer->uri = record_get(prompt, "verification_uri");
	offer->code = record_get(prompt, "user_code");
	return uri_is_fit(offer->uri, OFFER_URI_MAX) && code_is_fit(offer->code);
}

static bool code_flow_is_fit(const struct record *prompt, struct offer *offer)
{
	offer->flow = FLOW_CODE;
	offer->uri = record_get(prompt, "authorization_uri");
	offer->listening = says(prompt, "listening", WIRE_YES);
	return uri_is_fit(offer->uri, OFFER_REQUEST_MAX) && !record_get(prompt, "user_code");
}

enum reason offer_read(const struct record *prompt, enum flow flow, struct offer *ret)
{
	struct offer offer = {.qr = qr_is_fit(prompt) ? prompt : NULL};
	bool fit = says(prompt, "flow", WIRE_FLOW_CODE) ? code_flow_is_fit(prompt, &offer)
							: device_is_fit(prompt, &offer);

	if (!fit || (flow != FLOW_AUTO && flow != offer.flow) ||
		record_get_int(prompt, "expires_in", 1, INT_MAX, &offer.expires_in) < 0)
		return REASON_WORKER;
	*ret = offer;
	return REASON_OK;
}
