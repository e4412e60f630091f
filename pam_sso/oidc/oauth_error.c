#include "oauth_error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "detail.h"
#include "json.h"

enum {
	STATUS_ERROR = 400, /* this and above */
	STATUS_TOO_MANY = 429,
	STATUS_SERVER = 500, /* this and above */
};

static const struct oauth_error errors[] = {
	/* the person has not decided yet */
	{"authorization_pending", TOKEN_PENDING, REASON_UNSET},
	{"slow_down", TOKEN_SLOW_DOWN, REASON_UNSET},
	/* the person said no */
	{"access_denied", TOKEN_REFUSED, REASON_ACCESS_DENIED},
	{"authorization_declined", TOKEN_REFUSED, REASON_ACCESS_DENIED},
	/* the code is good no longer */
	{"expired_token", TOKEN_REFUSED, REASON_EXPIRED},
	{"invalid_grant", TOKEN_REFUSED, REASON_EXPIRED},
	{"bad_verification_code", TOKEN_REFUSED, REASON_EXPIRED},
	/* this machine's registration at the IdP */
	{"invalid_client", TOKEN_REFUSED, REASON_CLIENT_REFUSED},
	{"unauthorized_client", TOKEN_REFUSED, REASON_CLIENT_REFUSED},
	{"unsupported_grant_type", TOKEN_REFUSED, REASON_NO_DEVICE_FLOW},
	/* what was asked for */
	{"invalid_request", TOKEN_REFUSED, REASON_IDP_ERROR},
	{"invalid_scope", TOKEN_REFUSED, REASON_IDP_ERROR},
	/* the IdP itself */
	{"server_error", TOKEN_RETRY, REASON_UNSET},
	{"temporarily_unavailable", TOKEN_RETRY, REASON_UNSET},
};

const struct oauth_error *oauth_error_find(const cJSON *reply)
{
	const char *name = json_string(reply, "error");

	if (!name)
		return NULL;
	for (size_t i = 0; i < COUNT(errors); i++)
		if (strcmp(errors[i].name, name) == 0)
			return &errors[i];
	return NULL;
}

/* By its status, or by name with another: one of its own for a quota, or that of RFC 8628. */
static bool is_too_many(const cJSON *reply, long status)
{
	const struct oauth_error *error = oauth_error_find(reply);
	const char *code = json_string(reply, "error_code");

	return status == STATUS_TOO_MANY || (error && error->outcome == TOKEN_SLOW_DOWN) ||
	       (code && strcmp(code, "rate_limit_exceeded") == 0);
}

enum reason oauth_error_reason(const cJSON *reply, long status)
{
	const struct oauth_error *error = oauth_error_find(reply);

	if (status < STATUS_ERROR)
		return REASON_REPLY_FORM;
	if (is_too_many(reply, status))
		return REASON_TOO_MANY;
	if (error && error->reason == REASON_CLIENT_REFUSED)
		return REASON_CLIENT_REFUSED;
	if (json_string(reply, "error") || status >= STATUS_SERVER)
		return REASON_IDP_ERROR;
	return REASON_REPLY_FORM;
}

void oauth_error_detail(const cJSON *reply, long status, char *detail, size_t detail_size)
{
	const char *name = json_string(reply, "error");
	const char *description = json_string(reply, "error_description");

	if (!name || !*name)
		name = json_string(reply, "error_code");
	if (!name || !*name) {
		char text[32];

		snprintf(text, sizeof(text), "HTTP status %ld", status);
		detail_set(detail, detail_size, text);
		return;
	}
	detail_set(detail, detail_size, name);
	if (!description)
		return;
	detail_add(detail, detail_size, ": ");
	detail_add(detail, detail_size, description);
}
