#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "revocation.h"

static const struct {
	long status;
	const char *body;
	enum reason reason;
	const char *detail;
} rows[] = {
	{200, "", REASON_OK, ""},
	{200, "{}", REASON_OK, ""},
	{200, "<html>whatever", REASON_OK, ""},
	{401, "{\"error\":\"invalid_client\"}", REASON_CLIENT_REFUSED, "invalid_client"},
	{400, "{\"error\":\"unauthorized_client\"}", REASON_CLIENT_REFUSED, "unauthorized_client"},
	{400, "{\"error\":\"unsupported_token_type\",\"error_description\":\"\\u001b[2J\"}",
		REASON_IDP_ERROR, "unsupported_token_type: \\x1b[2J"},
	{400, "{\"error\":\"invalid_grant\"}", REASON_IDP_ERROR, "invalid_grant"},
	{400, "{\"error\":\"invalid_request\"}", REASON_IDP_ERROR, "invalid_request"},
	{503, "<html>", REASON_IDP_ERROR, "HTTP status 503"},
	{404, "", REASON_IDP_ERROR, "HTTP status 404"},
	{201, "{}", REASON_IDP_ERROR, "HTTP status 201"},
	{204, "", REASON_IDP_ERROR, "HTTP status 204"},
	{0, "", REASON_IDP_ERROR, "HTTP status 0"},
};

static void replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char detail[256] = "from before";
		enum reason reason = revocation_parse(
			rows[i].status, rows[i].body, strlen(rows[i].body), detail, sizeof(detail));

		if (reason != rows[i].reason || strcmp(detail, rows[i].detail) != 0)
			fail_msg("%ld %s: %s (%s)", rows[i].status, rows[i].body,
				reason_name(reason), detail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
