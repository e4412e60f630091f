#include "token.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "count.h"
#include "detail.h"
#include "json.h"
#include "oauth_error.h"
#include "url.h"

enum {
	STATUS_OK = 200,
	STATUS_ERROR = 400, /* this and above */
	STATUS_TOO_MANY = 429,
	STATUS_SERVER = 500, /* this and above */
	STATUS_END = 600,
};

static const int64_t lifetime_max = (int64_t)1 << 53;

static enum reason unusable(struct token_reply *ret, const char *what)
{
	detail_set(ret->detail, sizeof(ret->detail), what);
	return REASON_REPLY_FORM;
}

/* A token, or none where there is no such member. */
static enum reason read_token(
	const cJSON *reply, const char *name, struct token_reply *ret, struct secret *ret_token)
{
	const char *value = json_string(reply, name);

	if (!json_member(reply, name))
		return REASON_OK;
	if (!url_is_sendable(value)) {
		unusable(ret, name);
		detail_add(ret->detail, sizeof(ret->detail), " is not printable ASCII");
		return REASON_REPLY_FORM;
	}
	return secret_set(ret_token, value, strlen(value)) < 0 ? REASON_NO_MEMORY : REASON_OK;
}

static enum reason read_tokens(const cJSON *reply, struct token_reply *ret)
{
	const struct {
		const char *name;
		struct secret *token;
	} tokens[] = {
		{"access_token", &ret->access_token},
		{"id_token", &ret->id_token},
	};

	for (size_t i = 0; i < COUNT(tokens); i++) {
		enum reason reason = read_token(reply, tokens[i].name, ret, tokens[i].token);

		if (reason != REASON_OK)
			return reason;
	}
	if (!secret_present(&ret->access_token))
		return unusable(ret, "no access_token");
	if (!secret_present(&ret->id_token)) {
		unusable(ret, "no id_token");
		return REASON_TOKEN_MISSING;
	}
	return REASON_OK;
}

static enum reason read_success(const cJSON *reply, struct token_reply *ret)
{
	if (!reply)
		return unusable(ret, "the token reply is not a JSON object");
	if (json_member(reply, "error"))
		return unusable(ret, "an error with status 200");
	/* Rule 5: ahead of all that may be refused. */
	enum reason reason = read_token(reply, "refresh_token", ret, &ret->refresh_token);
	if (reason != REASON_OK)
		return reason;
	const char *type = json_string(reply, "token_type");
	if (!type || strcasecmp(type, "Bearer") != 0)
		return unusable(ret, "token_type is not Bearer");
	json_integer(json_member(reply, "expires_in"), 0, lifetime_max, &ret->expires_in);
	return read_tokens(reply, ret);
}

static bool has_token(const cJSON *reply)
{
	return json_member(reply, "access_token") || json_member(reply, "id_token") ||
	       json_member(reply, "refresh_token");
}

static void read_error(long status, const cJSON *reply, struct token_reply *ret)
{
	const struct oauth_error *error = oauth_error_find(reply);
	bool later = status == STATUS_TOO_MANY || (status >= STATUS_SERVER && status < STATUS_END);

	if (status < STATUS_ERROR || has_token(reply)) {
		ret->reason = unusable(ret, "status and content do not go together");
		return;
	}
	oauth_error_detail(reply, status, ret->detail, sizeof(ret->detail));
	if (error) {
		ret->outcome = error->outcome;
		ret->reason = error->reason;
	} else if (later) {
		ret->outcome = TOKEN_RETRY;
		ret->reason = status == STATUS_TOO_MANY ? REASON_TOO_MANY : REASON_UNSET;
	} else if (json_string(reply, "error")) {
		ret->outcome = TOKEN_REFUSED;
		ret->reason = REASON_IDP_ERROR;
	}
}

void token_reply_parse(long status, const char *bytes, size_t len, struct token_reply *ret)
{
	*ret = (struct token_reply){
		.outcome = TOKEN_UNUSABLE, .reason = REASON_REPLY_FORM, .expires_in = -1};
	JSON_AUTO(reply);

	reply = json_parse_object(bytes, len, TOKEN_REPLY_MAX);
	if (status != STATUS_OK) {
		read_error(status, reply, ret);
		return;
	}
	ret->reason = read_success(reply, ret);
	if (ret->reason == REASON_OK) {
		ret->outcome = TOKEN_ISSUED;
		return;
	}
	secret_free(&ret->id_token);
	secret_free(&ret->access_token);
}

enum reason token_reply_reason(const struct token_reply *reply)
{
	switch (reply->outcome) {
	case TOKEN_ISSUED: return REASON_OK;
	case TOKEN_PENDING:
	case TOKEN_SLOW_DOWN:
	case TOKEN_RETRY:
		return reply->reason == REASON_TOO_MANY ? REASON_TOO_MANY : REASON_IDP_ERROR;
	case TOKEN_REFUSED:
	case TOKEN_UNUSABLE: break;
	}
	if (reply->reason == REASON_OK || reply->reason == REASON_UNSET)
		return REASON_INTERNAL;
	return reply->reason;
}

void token_reply_free(struct token_reply *reply)
{
	secret_free(&reply->id_token);
	secret_free(&reply->access_token);
	secret_free(&reply->refresh_token);
	*reply = (struct token_reply){0};
}
