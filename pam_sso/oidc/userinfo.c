#include "userinfo.h"

#include <string.h>

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
