#include <stdlib.h>
#include <string.h>

#include "authorization.h"
#include "detail.h"
#include "json.h"
#include "oauth_error.h"
#include "url.h"

enum {
	STATUS_OK = 200, /* some say so; RFC 9126 says 201 */
	STATUS_CREATED = 201,
};

static const int64_t whole_max = (int64_t)1 << 53;

enum reason pushed_parse(long status, const char *bytes, size_t len, struct pushed *ret,
	char *detail, size_t detail_size)
{
	JSON_AUTO(reply);
	int64_t expires_in = 0;

	detail_set(detail, detail_size, NULL);
	reply = json_parse_object(bytes, len, PUSHED_REPLY_MAX);
	if ((status != STATUS_OK && status != STATUS_CREATED) || json_member(reply, "error")) {
		oauth_error_detail(reply, status, detail, detail_size);
		return oauth_error_reason(reply, status); /* RFC 9126 section 2.3 */
	}
	const char *uri = json_string(reply, "request_uri");
	if (!url_is_sendable(uri) ||
		!json_integer(json_member(reply, "expires_in"), 1, whole_max, &expires_in)) {
		detail_set(detail, detail_size,
			"request_uri or expires_in is missing or makes no sense");
		return REASON_REPLY_FORM;
	}
	char *copy = strdup(uri);
	if (!copy)
		return REASON_NO_MEMORY;
	*ret = (struct pushed){.request_uri = copy, .expires_in = expires_in};
	return REASON_OK;
}

void pushed_free(struct pushed *pushed)
{
	free(pushed->request_uri);
	*pushed = (struct pushed){0};
}
