#include "revocation.h"

#include "detail.h"
#include "json.h"
#include "oauth_error.h"

enum { STATUS_OK = 200 };

enum reason revocation_parse(
	long status, const char *bytes, size_t len, char *detail, size_t detail_size)
{
	JSON_AUTO(reply);

	detail_set(detail, detail_size, NULL);
	if (status == STATUS_OK)
		return REASON_OK;
	reply = json_parse_object(bytes, len, REVOCATION_REPLY_MAX);
	oauth_error_detail(reply, status, detail, detail_size);
	const struct oauth_error *error = oauth_error_find(reply);
	if (error && error->reason == REASON_CLIENT_REFUSED)
		return REASON_CLIENT_REFUSED;
	return REASON_IDP_ERROR;
}
