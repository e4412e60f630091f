#include "device.h"

#include <stdbool.h>
#include <string.h>

#include "detail.h"
#include "json.h"
#include "oauth_error.h"
#include "url.h"

enum {
	STATUS_OK = 200,
	STATUS_BAD_REQUEST = 400, /* this and above are errors */
	STATUS_NOT_FOUND = 404,
};

static const int64_t whole_max = (int64_t)1 << 53;

/* Beside what refusals mean anywhere: no device flow. The request is as RFC 8628 section 3.1 has it:
 * who calls it invalid does not take it from this client (oidc-provider says so with 400). */
static enum reason error_reason(long status, const cJSON *reply)
{
	const struct oauth_error *error = oauth_error_find(reply);

	if (error && status >= STATUS_BAD_REQUEST && error->reason == REASON_NO_DEVICE_FLOW)
		return REASON_NO_DEVICE_FLOW;
	if (error && status == STATUS_BAD_REQUEST && strcmp(error->name, "invalid_request") == 0)
		return REASON_CLIENT_REFUSED;
	if (!error && status == STATUS_NOT_FOUND)
		return REASON_NO_DEVICE_FLOW;
	return oauth_error_reason(reply, status);
}

static bool is_user_code(const char *code)
{
	size_t len = code ? strlen(code) : 0;

	if (!len || len > DEVICE_USER_CODE_MAX || code[0] == ' ' || code[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++)
		if (code[i] < ' ' || code[i] > '~')
			return false;
	return true;
}

/* Rules 4 and 5. Returns what was wrong, or NULL. */
static const char *read_times(const cJSON *reply, struct device_grant *ret)
{
	const cJSON *interval = json_member(reply, "interval");

	if (!json_integer(json_member(reply, "expires_in"), 1, whole_max, &ret->expires_in))
		return "expires_in is not a whole number above 0";
	if (ret->expires_in > DEVICE_LIFETIME_MAX)
		ret->expires_in = DEVICE_LIFETIME_MAX;
	if (interval && !json_integer(interval, -whole_max, whole_max, &ret->interval))
		return "interval is not a whole number";
	if (ret->interval <= 0)
		ret->interval = DEVICE_INTERVAL;
	if (ret->interval >= ret->expires_in)
		return "interval leaves no time before the code expires";
	return NULL;
}

struct strings {
	const char *device_code;
	const char *user_code;
	const char *uri;
	const char *uri_complete;
};

/* Rules 2 and 3. Returns what was wrong, or NULL. */
static const char *read_strings(const cJSON *reply, bool verification_url, struct strings *ret)
{
	const char *uri = "verification_uri";

	if (verification_url && !json_member(reply, uri))
		uri = "verification_url";
	*ret = (struct strings){
		.device_code = json_string(reply, "device_code"),
		.user_code = json_string(reply, "user_code"),
		.uri = json_string(reply, uri),
		.uri_complete = json_string(reply, "verification_uri_complete"),
	};
	if (!url_is_sendable(ret->device_code))
		return "device_code is missing or not printable ASCII";
	if (!is_user_code(ret->user_code))
		return "user_code is missing, too long or not printable ASCII";
	if (!url_is_verification_uri(ret->uri))
		return "verification_uri is missing or not an https address";
	if (json_member(reply, "verification_uri_complete") &&
		!url_is_verification_uri(ret->uri_complete))
		return "verification_uri_complete is not an https address";
	return NULL;
}

static enum reason copy_strings(const struct strings *from, struct device_grant *ret)
{
	ret->user_code = strdup(from->user_code);
	ret->verification_uri = strdup(from->uri);
	if (from->uri_complete)
		ret->verification_uri_complete = strdup(from->uri_complete);
	if (secret_set(&ret->device_code, from->device_code, strlen(from->device_code)) < 0)
		return REASON_NO_MEMORY;
	if (!ret->user_code || !ret->verification_uri ||
		(from->uri_complete && !ret->verification_uri_complete))
		return REASON_NO_MEMORY;
	return REASON_OK;
}

enum reason device_parse(long status, const char *bytes, size_t len, bool verification_url,
	struct device_grant *ret, char *detail, size_t detail_size)
{
	JSON_AUTO(reply);
	DEVICE_GRANT_AUTO(grant);
	struct strings strings;

	detail_set(detail, detail_size, NULL);
	reply = json_parse_object(bytes, len, DEVICE_REPLY_MAX);
	if (status != STATUS_OK || json_member(reply, "error")) {
		oauth_error_detail(reply, status, detail, detail_size);
		return error_reason(status, reply);
	}
	const char *wrong = read_strings(reply, verification_url, &strings);
	if (!wrong)
		wrong = read_times(reply, &grant);
	if (!reply)
		wrong = "the reply is not a JSON object";
	if (wrong) {
		detail_set(detail, detail_size, wrong);
		return REASON_REPLY_FORM;
	}
	enum reason reason = copy_strings(&strings, &grant);
	if (reason != REASON_OK)
		return reason;
	*ret = grant;
	grant = (struct device_grant){0};
	return REASON_OK;
}

void device_grant_free(struct device_grant *grant)
{
	secret_free(&grant->device_code);
	secret_free(&grant->code_verifier);
	secret_wipe_string(grant->user_code);
	secret_wipe_string(grant->verification_uri);
	secret_wipe_string(grant->verification_uri_complete);
	*grant = (struct device_grant){0};
}
