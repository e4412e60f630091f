/*
 * A reply of the userinfo endpoint (userinfo.h) and its claims (claims.h): an addition to a subject
 * that is known, and one line for whoever asks.
 */
#include "fuzz.h"

#include <errno.h>

#include "claims.h"
#include "json.h"
#include "userinfo.h"

static const char *const paths[] = {
	"email", "groups", "realm_access.roles", "a.b.c", "https://example.com/groups"};

static void check_claim(const cJSON *claims, const char *path)
{
	STRLIST_AUTO(groups);
	const char *value = NULL;

	int r = claims_string(claims, path, &value);
	MUST((r == -ENOENT) == !claims_find(claims, path));
	if (r == 0) {
		MUST(*value && strlen(value) <= CLAIMS_VALUE_MAX && !strpbrk(value, "\n\x7f"));
		MUST(claims_has(claims, path, value));
	}
	r = claims_groups(claims, path, &groups);
	MUST(r == 0 || groups.n == 0);
	MUST(groups.n <= CLAIMS_GROUPS_MAX);
	for (size_t i = 0; i < groups.n; i++)
		MUST(*groups.items[i] && !strchr(groups.items[i], '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	char detail[128] = "";
	BUF_AUTO(line, USERINFO_MAX);
	JSON_AUTO(claims);
	cJSON *none = NULL;

	enum reason reason = userinfo_parse(200, text, len, "alice", &claims);
	MUST((reason == REASON_OK) == (claims != NULL));
	MUST(userinfo_parse(401, text, len, "alice", &none) == REASON_USERINFO && !none);
	if (claims) {
		MUST(strcmp(json_string(claims, "sub"), "alice") == 0);
		for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
			check_claim(claims, paths[i]);
	}
	reason = userinfo_line(200, text, len, &line, detail, sizeof(detail));
	MUST(!claims || reason != REASON_USERINFO);
	MUST(fuzz_is_printable(detail));
	if (reason == REASON_OK)
		MUST(!strpbrk(line.data, "\r\n\t\x1b\x7f"));
	return 0;
}
