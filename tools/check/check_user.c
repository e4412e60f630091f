/*
 * check: one login, by its service and user, as far as it goes before anybody is asked to sign in,
 * and what then has to be said of them.
 */
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "check.h"
#include "local_user.h"
#include "username.h"
#include "usermap.h"

static const struct check_kind kind_ok = {"user", CHECK_OK, NULL, NULL};
static const struct check_kind kind_mapping = {"user-mapping", CHECK_OK, NULL, NULL};
static const struct check_kind kind_refused = {"user-refused", CHECK_ERROR,
	"This user is refused before the identity provider is asked.",
	"See the rule that is named in pam_sso.conf(5): min_uid and system_users, allow_users and "
	"deny_users; a shell such as nologin lets nobody in."};
static const struct check_kind kind_unknown = {"user-unknown", CHECK_ERROR,
	"pam_sso makes no users: who has no entry in the user database does not come in.",
	"Make the user (useradd, or the directory that nsswitch.conf(5) names), and see that "
	"`getent passwd USER` tells it."};
static const struct check_kind kind_ignored = {"user-ignored", CHECK_WARNING,
	"pam_sso has no say here: the other lines of the stack decide.",
	"Take the name out of ignore_users or ignore_services, if that is not meant."};
static const struct check_kind kind_database = {"user-database", CHECK_ERROR,
	"Nobody comes in while the user database does not answer.",
	"See `getent passwd USER` and /etc/nsswitch.conf."};
static const struct check_kind kind_unmapped = {"user-unmapped", CHECK_WARNING,
	"With map_only, only who stands in the map file comes in, and no line of it leads to this "
	"user.",
	"Add a line for them to the map file, or a role."};

static bool is_ignored(const struct check *check)
{
	return strlist_has(&check->config.access.ignore_users, check->invocation->user) ||
	       strlist_has(&check->config.access.ignore_services, check->invocation->service);
}

/* Tells each line of the map file that leads to the user. Returns how many. */
static size_t tell_lines(struct check *check, const struct usermap *map)
{
	const char *user = check->invocation->user;
	size_t n = 0;

	for (size_t i = 0; i < map->n; i++) {
		const struct usermap_entry *entry = &map->entries[i];

		if (!strlist_has(&entry->users, user))
			continue;
		check_find(&check->findings, &kind_mapping, "%s:%u: %s%s may come in as %s",
			check->config.user.map_file, entry->line,
			entry->kind == USERMAP_SUBJECT ? "the subject " : "", entry->key, user);
		n++;
	}
	return n;
}

static size_t tell_roles(struct check *check)
{
	const struct strlist *roles = &check->config.user.roles;
	const char *user = check->invocation->user;
	size_t n = 0;

	for (size_t i = 0; i < roles->n; i++) {
		const char *colon = strrchr(roles->items[i], ':');

		if (!colon || strcmp(colon + 1, user) != 0)
			continue;
		check_find(&check->findings, &kind_mapping,
			"roles: who is in the group %.*s may come in as %s",
			(int)(colon - roles->items[i]), roles->items[i], user);
		n++;
	}
	return n;
}

/* Who may come in as the user, as far as that is known without them. */
static void tell_mapping(struct check *check)
{
	const struct config *config = &check->config;
	const char *claim = config->user.claims.n ? config->user.claims.items[0] : "sub";
	struct config_error error;
	USERMAP_AUTO(map);
	size_t n = tell_roles(check);

	if (config->user.map_file && usermap_load(config->user.map_file, &map, &error) == 0)
		n += tell_lines(check, &map);
	if (config->user.map_file && config->user.map_only) {
		if (n == 0)
			check_find(&check->findings, &kind_unmapped, "%s: does not lead to %s",
				config->user.map_file, check->invocation->user);
		return;
	}
	check_find(&check->findings, &kind_mapping,
		"who has %s in the claim %s%s may come in as %s",
		config->user.match ? "a value that matches and makes this name" : "this name",
		claim, config->user.claims.n > 1 ? " (or the next that is there)" : "",
		check->invocation->user);
}

/* Hears the steps of a decision, of which the last refuses. */
struct listener {
	struct account_steps steps;
	char rule[64], what[512];
};

static void hear(struct account_steps *steps, const struct account_step *step)
{
	struct listener *listener = (struct listener *)steps;

	snprintf(listener->rule, sizeof(listener->rule), "%s", step->rule);
	snprintf(listener->what, sizeof(listener->what), "%s", step->what);
}

/* USER is refused before anything is asked about a person: so there is none. */
static void tell_refusal(struct check *check, const struct local_user *user, enum reason reason)
{
	struct listener listener = {.steps = {hear}};
	const struct identity nobody = {.iss = NULL};
	const struct usermap map = {.n = 0};
	struct account_decision decision;

	account_explain(&check->config, &map, &nobody, user, &listener.steps, &decision);
	check_find(&check->findings, reason == REASON_USER_UNKNOWN ? &kind_unknown : &kind_refused,
		"%s is refused: %s: %s: %s", user->name, reason_name(reason), listener.rule,
		listener.what);
}

void check_user(struct check *check)
{
	const char *user = check->invocation->user;
	struct account_decision decision;
	LOCAL_USER_AUTO(entry);

	if (!check->configured || !user)
		return;
	if (is_ignored(check)) {
		check_find(&check->findings, &kind_ignored,
			"%s by %s is none of pam_sso's business", user, check->invocation->service);
		return;
	}
	if (local_user_find(user, &entry) < 0) {
		check_find(&check->findings, &kind_database, "%s cannot be looked up", user);
		return;
	}
	account_check_user(&check->config, &entry.user, &decision);
	if (decision.reason != REASON_OK) {
		tell_refusal(check, &entry.user, decision.reason);
		return;
	}
	check_find(&check->findings, &kind_ok, "%s by %s would be asked to sign in", user,
		check->invocation->service);
	tell_mapping(check);
}
