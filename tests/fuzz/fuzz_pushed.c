/*
 * A reply of the pushed authorization request endpoint (authorization.h), and the link that is made of
 * it. The first byte chooses the status.
 */
#include "fuzz.h"

#include "authorization.h"
#include "url.h"

static const long statuses[] = {201, 200, 400, 401, 429, 500, 302};

static void check(const struct pushed *pushed)
{
	BUF_AUTO(form, AUTHORIZATION_URL_MAX);
	BUF_AUTO(link, AUTHORIZATION_URL_MAX);

	MUST(*pushed->request_uri && pushed->expires_in > 0);
	if (authorization_add_pushed("host", pushed->request_uri, &form) < 0)
		return;
	if (authorization_link("https://idp.example.com/authorize?a=b", &form, &link) < 0)
		return;
	/* One more parameter, whatever stands in it. */
	MUST(fuzz_is_printable(buf_str(&link)) && !strpbrk(buf_str(&link), " \\#"));
	MUST(strncmp(buf_str(&link), "https://idp.example.com/authorize?a=b&", 38) == 0);
	unsigned int parameters = 0;
	for (const char *at = buf_str(&link); (at = strchr(at, '&')); at++)
		parameters++;
	MUST(parameters == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char detail[128] = "";
	PUSHED_AUTO(pushed);

	if (len == 0)
		return 0;
	long status = statuses[bytes[0] % (sizeof(statuses) / sizeof(statuses[0]))];
	enum reason reason = pushed_parse(
		status, (const char *)bytes + 1, len - 1, &pushed, detail, sizeof(detail));
	MUST(fuzz_is_printable(detail) && (reason == REASON_OK || *detail));
	MUST((reason == REASON_OK) == (pushed.request_uri != NULL));
	if (reason == REASON_OK)
		check(&pushed);
	return 0;
}
