/*
 * A reply of the token endpoint (token.h), and what it means for a session (renewal.h) and at the
 * revocation endpoint (revocation.h). The first byte chooses the status.
 */
#include "fuzz.h"

#include "json.h"
#include "renewal.h"
#include "revocation.h"
#include "token.h"
#include "url.h"

static const long statuses[] = {200, 400, 401, 429, 500, 503, 201, 302, 404, 0};

static bool is_sendable(const struct secret *token)
{
	return strlen(secret_reveal(token)) == token->len && url_is_sendable(secret_reveal(token));
}

static void check_issued(long status, const struct token_reply *reply)
{
	MUST(status == 200 && reply->reason == REASON_OK && reply->expires_in >= -1);
	MUST(is_sendable(&reply->id_token) && is_sendable(&reply->access_token));
	MUST(renewal_outcome(reply) == REASON_OK);
}

static void check_not_issued(long status, const struct token_reply *reply)
{
	bool ends = reply->outcome == TOKEN_REFUSED || reply->outcome == TOKEN_UNUSABLE;
	bool said = ends || (reply->outcome == TOKEN_RETRY && status == 429);

	MUST(reply->reason != REASON_OK && renewal_outcome(reply) != REASON_OK);
	MUST(!secret_present(&reply->id_token) && !secret_present(&reply->access_token));
	/* Rule 5. */
	MUST(status == 200 || !secret_present(&reply->refresh_token));
	MUST((!ends || reply->reason != REASON_UNSET) && *reply->detail);
	MUST(said || reply->reason == REASON_UNSET);
	MUST(reply->outcome == TOKEN_UNUSABLE || status >= 400);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char detail[128] = "";
	TOKEN_REPLY_AUTO(reply);

	if (len == 0)
		return 0;
	long status = statuses[bytes[0] % (sizeof(statuses) / sizeof(statuses[0]))];
	const char *text = (const char *)bytes + 1;
	token_reply_parse(status, text, len - 1, &reply);
	MUST(fuzz_is_printable(reply.detail));
	if (secret_present(&reply.refresh_token))
		MUST(is_sendable(&reply.refresh_token));
	if (reply.outcome == TOKEN_ISSUED)
		check_issued(status, &reply);
	else
		check_not_issued(status, &reply);
	enum reason reason = revocation_parse(status, text, len - 1, detail, sizeof(detail));
	MUST((reason == REASON_OK) == (status == 200) && fuzz_is_printable(detail));
	return 0;
}
