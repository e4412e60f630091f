#include "userinfo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "detail.h"
#include "json.h"

enum { STATUS_OK = 200 };

enum reason userinfo_parse(
	long status, const char *bytes, size_t len, const char *sub, cJSON **ret_claims)
{
	JSON_AUTO(claims);

	if (status != STATUS_OK || !*sub)
		return REASON_USERINFO;
	claims = json_parse_object(bytes, len, USERINFO_MAX);
	const char *said = json_string(claims, "sub");
	if (!said || strcmp(said, sub) != 0)
		return REASON_USERINFO;
	*ret_claims = claims;
	claims = NULL;
	return REASON_OK;
}

enum reason userinfo_line(long status, const char *bytes, size_t len, struct buf *out, char *detail,
	size_t detail_size)
{
	JSON_AUTO(claims);

	if (status != STATUS_OK) {
		snprintf(detail, detail_size, "HTTP status %ld", status);
		return REASON_USERINFO;
	}
	claims = json_parse_object(bytes, len, USERINFO_MAX);
	const char *sub = json_string(claims, "sub");
	if (!sub || !*sub) {
		detail_set(detail, detail_size,
			claims ? "the claims have no sub" : "not a JSON object");
		return REASON_USERINFO;
	}
	int r = json_compact(bytes, len, out);
	if (r == -EMSGSIZE) {
		detail_set(detail, detail_size, "the claims are more than one line holds");
		return REASON_REPLY_SIZE;
	}
	return r < 0 ? REASON_NO_MEMORY : REASON_OK;
}
