#include "renewal.h"

#include <string.h>

#include "detail.h"
#include "json.h"

/* oauth_error.h has what these mean of a sign-in. */
static enum reason refusal(enum reason reason)
{
	switch (reason) {
	case REASON_EXPIRED: return REASON_SESSION_ENDED;
	case REASON_TOO_MANY: /* no verdict about the person */
	case REASON_NO_DEVICE_FLOW: return REASON_IDP_ERROR;
	default: return reason;
	}
}

enum reason renewal_outcome(const struct token_reply *reply)
{
	return refusal(token_reply_reason(reply));
}

static enum reason refuse(char *detail, size_t size, const char *text, const char *value)
{
	detail_set(detail, size, text);
	detail_add(detail, size, value);
	return REASON_SESSION_ENDED;
}

/* Rule 6. */
static bool auth_time_kept(
	const cJSON *auth_time, const struct renewal_earlier *earlier, int64_t skew)
{
	if (!auth_time)
		return true;
	if (!cJSON_IsNumber(auth_time))
		return false;
	if (earlier->auth_time >= 0)
		return auth_time->valuedouble == (double)earlier->auth_time;
	return auth_time->valuedouble <= (double)(earlier->iat + skew);
}

enum reason renewal_check(const cJSON *claims, const struct renewal_earlier *earlier, int64_t skew,
	char *detail, size_t detail_size)
{
	const char *sub = json_string(claims, "sub");
	const cJSON *iat = json_member(claims, "iat");

	if (!sub || strcmp(sub, earlier->sub) != 0)
		return refuse(detail, detail_size, "sub is another than the session's: ", sub);
	if (cJSON_IsNumber(iat) && iat->valuedouble < (double)(earlier->iat - skew))
		return refuse(detail, detail_size, "iat is before the earlier token's", NULL);
	if (!auth_time_kept(json_member(claims, "auth_time"), earlier, skew))
		return refuse(detail, detail_size, "auth_time is another than it was", NULL);
	return REASON_OK;
}

enum reason renewal_refusal(enum reason reason)
{
	switch (reason) {
	case REASON_TOKEN_ISSUER:
	case REASON_TOKEN_SUBJECT:
	case REASON_TOKEN_AUDIENCE: return REASON_SESSION_ENDED;
	default: return reason;
	}
}
