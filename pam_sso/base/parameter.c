#include "parameter.h"

#include <string.h>

#include "count.h"

/* What authorization.h and client.h send, and what OpenID Connect Core (3.1.2.1, 6), RFC 9101 and
 * the multiple response types' `response_mode` would make another request of it. */
static const char *const taken[] = {
	"response_type",
	"response_mode",
	"client_id",
	"client_secret",
	"client_assertion",
	"client_assertion_type",
	"redirect_uri",
	"scope",
	"state",
	"nonce",
	"code_challenge",
	"code_challenge_method",
	"prompt",
	"login_hint",
	"acr_values",
	"max_age",
	"request",
	"request_uri",
	"registration",
};

/* In ASCII, whatever the host's locale: strncasecmp() would ask that. */
static bool same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a_len != b_len)
		return false;
	for (size_t i = 0; i < a_len; i++) {
		unsigned char x = (unsigned char)a[i], y = (unsigned char)b[i];

		x |= (x >= 'A' && x <= 'Z') ? 0x20 : 0;
		y |= (y >= 'A' && y <= 'Z') ? 0x20 : 0;
		if (x != y)
			return false;
	}
	return true;
}

static bool is_taken(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(taken); i++)
		if (same(name, len, taken[i], strlen(taken[i])))
			return true;
	return false;
}

bool parameter_valid(const char *parameter)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-.";
	size_t len = strspn(parameter, letters);

	if (len == 0 || len > PARAMETER_NAME_MAX || parameter[len] != '=' ||
		is_taken(parameter, len))
		return false;
	const char *value = parameter + len + 1;
	if (strlen(value) > PARAMETER_VALUE_MAX)
		return false;
	for (; *value; value++)
		if (*value < ' ' || *value > '~')
			return false;
	return true;
}

const char *parameter_twice(const struct strlist *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *item = list->items[i];

		for (size_t j = 0; j < i; j++)
			if (same(item, strcspn(item, "="), list->items[j],
				    strcspn(list->items[j], "=")))
				return item;
	}
	return NULL;
}
