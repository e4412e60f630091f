#include "account.h"

#include <stdio.h>
#include <string.h>

#include "account_map.h"
#include "count.h"
#include "username.h"

/* All that a rule may look at. A rule returns REASON_OK where it has nothing against the person,
 * and says what it is called where it decides. */
struct question {
	const struct config *config;
	const struct usermap *map;
	const struct identity *identity;
	const struct local_user *user;
	struct account_decision *decision;
};

#define RULE(QUESTION, ...)                                                                        \
	snprintf((QUESTION)->decision->rule, sizeof((QUESTION)->decision->rule), __VA_ARGS__)

static enum reason rule_username(const struct question *q)
{
	if (q->user->name && username_valid(q->user->name))
		return REASON_OK;
	RULE(q, "username");
	return REASON_USER_NAME;
}

static enum reason rule_database(const struct question *q)
{
	if (q->user->exists)
		return REASON_OK;
	RULE(q, "user_database");
	return REASON_USER_UNKNOWN;
}

/* root; nobody, which is also what files and processes of unmapped users seem to belong to; and the
 * -1 and -2 of 16 and 32 bits, which mean "no user" and "nobody" elsewhere. */
static bool uid_is_special(uid_t uid)
{
	static const uid_t special[] = {0, 65534, 65535, (uid_t)-2, (uid_t)-1};

	for (size_t i = 0; i < COUNT(special); i++)
		if (uid == special[i])
			return true;
	return false;
}

static enum reason rule_uid(const struct question *q)
{
	if (strlist_has(&q->config->user.system_users, q->user->name)) {
		RULE(q, "system_users");
		return REASON_OK;
	}
	RULE(q, "min_uid");
	if (uid_is_special(q->user->uid) || (int64_t)q->user->uid < q->config->user.min_uid)
		return REASON_USER_SYSTEM;
	return REASON_OK;
}

/* By the program's name, wherever it stands. An empty shell is /bin/sh (passwd(5)). */
static bool shell_refuses(const char *shell)
{
	const char *slash = strrchr(shell, '/');
	const char *name = slash ? slash + 1 : shell;

	return strcmp(name, "nologin") == 0 || strcmp(name, "false") == 0;
}

static enum reason rule_shell(const struct question *q)
{
	if (q->user->shell && !shell_refuses(q->user->shell))
		return REASON_OK;
	RULE(q, "shell");
	return REASON_USER_SHELL;
}

static enum reason rule_users(const struct question *q)
{
	const struct strlist *allow = &q->config->access.allow_users;

	if (strlist_has(&q->config->access.deny_users, q->user->name)) {
		RULE(q, "deny_users");
		return REASON_USER_DENIED;
	}
	if (q->config->access.allow_none) {
		RULE(q, "allow_none");
		return REASON_USER_DENIED;
	}
	if (allow->n == 0)
		return REASON_OK;
	RULE(q, "allow_users");
	return strlist_has(allow, q->user->name) ? REASON_OK : REASON_USER_DENIED;
}

/* What the worker must have said for anything behind this to have a meaning. */
static enum reason rule_identity(const struct question *q)
{
	const struct identity *identity = q->identity;

	if (identity && identity->sub && *identity->sub && identity->claims && identity->groups)
		return REASON_OK;
	RULE(q, "identity");
	return REASON_INTERNAL;
}

static enum reason rule_map(const struct question *q)
{
	if (q->config->user.map_file && !q->map) {
		RULE(q, "map_file");
		return REASON_CONFIG;
	}
	return account_map(q->config, q->map, q->identity, q->user->name, q->decision);
}

/* The first of the person's groups that stands in LIST, or NULL. */
static const char *common_group(const struct question *q, const struct strlist *list)
{
	for (size_t i = 0; i < q->identity->groups->n; i++)
		if (strlist_has(list, q->identity->groups->items[i]))
			return q->identity->groups->items[i];
	return NULL;
}

static enum reason rule_groups(const struct question *q)
{
	const struct strlist *allow = &q->config->access.allow_groups;
	const struct strlist *deny = &q->config->access.deny_groups;

	if (allow->n == 0 && deny->n == 0)
		return REASON_OK;
	if (!q->identity->groups_known) {
		RULE(q, "groups_claim");
		return REASON_GROUPS_UNAVAILABLE;
	}
	const char *denied = common_group(q, deny);
	if (denied) {
		RULE(q, "deny_groups:%s", denied);
		return REASON_GROUP_DENIED;
	}
	if (allow->n == 0 || common_group(q, allow))
		return REASON_OK;
	RULE(q, "allow_groups");
	return REASON_GROUP_MISSING;
}

/* Rules 1 to 3. */
static enum reason (*const user_rules[])(const struct question *q) = {
	rule_username,
	rule_database,
	rule_uid,
	rule_shell,
	rule_users,
	NULL,
};

/* Rules 4 to 6. */
static enum reason (*const person_rules[])(const struct question *q) = {
	rule_identity,
	rule_map,
	rule_groups,
	NULL,
};

/* What the first rule that is against it says. */
static enum reason ask(
	enum reason (*const *rules)(const struct question *q), const struct question *q)
{
	enum reason reason = REASON_OK;

	for (; *rules && reason == REASON_OK; rules++)
		reason = (*rules)(q);
	return reason;
}

void account_check_user(
	const struct config *config, const struct local_user *user, struct account_decision *ret)
{
	struct question q = {.config = config, .user = user, .decision = ret};

	*ret = (struct account_decision){.reason = REASON_UNSET};
	ret->reason = ask(user_rules, &q);
}

void account_decide(const struct config *config, const struct usermap *map,
	const struct identity *identity, const struct local_user *user,
	struct account_decision *ret)
{
	struct question q = {
		.config = config,
		.map = map,
		.identity = identity,
		.user = user,
		.decision = ret,
	};

	*ret = (struct account_decision){.reason = REASON_UNSET};
	enum reason reason = ask(user_rules, &q);
	if (reason == REASON_OK)
		reason = ask(person_rules, &q);
	ret->reason = reason;
}
