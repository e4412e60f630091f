/*
 * Who comes in as whom: user names (username.h), patterns and templates (user_match.h), and the
 * decision (account.h). The lines are: the name that is asked for; the value of the claim; a group; a
 * template. The value is held against fixed patterns, since patterns are the administrator's.
 */
#include "fuzz.h"

#include <errno.h>

#include "account.h"
#include "user_match.h"
#include "username.h"

static const char *const patterns[] = {
	"([a-z]+)\\.([a-z]+)@example\\.com",
	"(.*)@example\\.com|(root)",
	"[^@]*",
	"(a|ab)(c|bcd)(d*)",
	"()([[:alpha:]]?)",
};

static void check_name(const char *name)
{
	if (!username_valid(name))
		return;
	MUST(strlen(name) <= 32 && fuzz_is_printable(name) && !strstr(name, ".."));
	MUST(!strpbrk(name, "/: \\") && *name != '-' && *name != '.');
	MUST(*name < '0' || *name > '9');
}

static void check_match(const char *pattern, const char *template, const char *value)
{
	char wrong[256] = "";
	BUF_AUTO(whole, 4096);
	BUF_AUTO(name, 4096);

	int r = user_match_apply(pattern, "{0}", value, &whole);
	MUST(r != 0 || strcmp(buf_str(&whole), value) == 0);
	MUST(r == 0 || whole.len == 0);
	if (r == 0)
		MUST(*value && strlen(value) <= 255 && fuzz_is_printable(value));
	if (user_match_check(pattern, template, wrong, sizeof(wrong)) == 0) {
		int made = user_match_apply(pattern, template, value, &name);

		MUST(made == r || made == -EMSGSIZE);
	} else {
		MUST(*wrong);
	}
}

/* The account rules, asked about what they let in. */
static void check_decision(const char *user, const char *value, const char *group, bool map_only)
{
	STRLIST_AUTO(claims);
	STRLIST_AUTO(groups);
	CONFIG_AUTO(config);
	BUF_AUTO(claim, 64 * 1024);
	struct usermap map = {0};
	struct account_decision decision;
	const struct local_user local = {user, true, 1000, "/bin/sh"};
	const struct identity identity = {.iss = "https://idp.example.com",
		.sub = "1",
		.claims = &claims,
		.groups_known = true,
		.groups = &groups};

	buf_printf(&claim, "preferred_username=%s", value);
	MUST(strlist_add(&claims, buf_str(&claim)) == 0 && strlist_add(&groups, group) == 0);
	MUST(strlist_add(&config.user.claims, "preferred_username") == 0);
	MUST(strlist_add(&config.user.roles, "ops:deploy") == 0);
	config.user.min_uid = 1000;
	config.user.map_only = map_only;
	account_decide(&config, &map, &identity, &local, &decision);
	if (decision.reason != REASON_OK)
		return;
	bool role = strcmp(user, "deploy") == 0 && strcmp(group, "ops") == 0;
	MUST(username_valid(user));
	MUST(role || (!map_only && strcmp(user, value) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len > 4096)
		return 0;
	FUZZ_LINE(user, &bytes, &len);
	FUZZ_LINE(value, &bytes, &len);
	FUZZ_LINE(group, &bytes, &len);
	FUZZ_LINE(template, &bytes, &len);

	check_name(user);
	check_name(value);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		check_match(patterns[i], template, value);
	check_decision(user, value, group, false);
	check_decision(user, value, group, true);
	return 0;
}
