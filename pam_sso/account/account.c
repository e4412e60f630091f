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
	struct account_steps *steps; /* NULL: nobody listens */
	struct account_decision *decision;
};

#define RULE(QUESTION, ...)                                                                        \
	snprintf((QUESTION)->decision->rule, sizeof((QUESTION)->decision->rule), __VA_ARGS__)

#define STEP(QUESTION, NAME, REASON, ...) ACCOUNT_STEP((QUESTION)->steps, NAME, REASON, __VA_ARGS__)

static enum reason rule_username(const struct question *q)
{
	if (q->user->name && username_valid(q->user->name))
		return STEP(q, "username", REASON_OK, "%s can be a user's name", q->user->name);
	RULE(q, "username");
	return STEP(q, "username", REASON_USER_NAME, "that cannot be a user's name");
}

static enum reason rule_database(const struct question *q)
{
	if (q->user->exists)
		return STEP(q, "user_database", REASON_OK, "%s is there", q->user->name);
	RULE(q, "user_database");
	return STEP(q, "user_database", REASON_USER_UNKNOWN, "%s is not there", q->user->name);
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
		return STEP(q, "system_users", REASON_OK, "names %s", q->user->name);
	}
	RULE(q, "min_uid");
	if (uid_is_special(q->user->uid))
		return STEP(q, "min_uid", REASON_USER_SYSTEM,
			"uid %u is special, and not in system_users", q->user->uid);
	if ((int64_t)q->user->uid < q->config->user.min_uid)
		return STEP(q, "min_uid", REASON_USER_SYSTEM,
			"uid %u is below %lld, and not in system_users", q->user->uid,
			(long long)q->config->user.min_uid);
	return STEP(q, "min_uid", REASON_OK, "uid %u is at least %lld", q->user->uid,
		(long long)q->config->user.min_uid);
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
		return STEP(
			q, "shell", REASON_OK, "%s", *q->user->shell ? q->user->shell : "/bin/sh");
	RULE(q, "shell");
	return STEP(q, "shell", REASON_USER_SHELL, "%s lets nobody in",
		q->user->shell ? q->user->shell : "none");
}

static enum reason rule_deny_users(const struct question *q)
{
	const struct strlist *deny = &q->config->access.deny_users;

	if (deny->n == 0)
		return REASON_OK;
	if (!strlist_has(deny, q->user->name))
		return STEP(q, "deny_users", REASON_OK, "does not name %s", q->user->name);
	RULE(q, "deny_users");
	return STEP(q, "deny_users", REASON_USER_DENIED, "names %s", q->user->name);
}

static enum reason rule_allow_users(const struct question *q)
{
	const struct strlist *allow = &q->config->access.allow_users;

	if (q->config->access.allow_none) {
		RULE(q, "allow_none");
		return STEP(q, "allow_none", REASON_USER_DENIED,
			"the service has no section of its own, and what the others admit has "
			"nothing in common");
	}
	if (allow->n == 0)
		return REASON_OK;
	RULE(q, "allow_users");
	if (strlist_has(allow, q->user->name))
		return STEP(q, "allow_users", REASON_OK, "names %s", q->user->name);
	return STEP(q, "allow_users", REASON_USER_DENIED, "does not name %s", q->user->name);
}

/* What the worker must have said for anything behind this to have a meaning. */
static enum reason rule_identity(const struct question *q)
{
	const struct identity *identity = q->identity;

	if (identity && identity->sub && *identity->sub && identity->claims && identity->groups)
		return REASON_OK;
	RULE(q, "identity");
	return STEP(q, "identity", REASON_INTERNAL, "nobody signed in");
}

static enum reason rule_map(const struct question *q)
{
	if (q->config->user.map_file && !q->map) {
		RULE(q, "map_file");
		return STEP(q, "map_file", REASON_CONFIG, "was not read");
	}
	return account_map(q->config, q->map, q->identity, q->user->name, q->steps, q->decision);
}

/* The first of the person's groups that stands in LIST, or NULL. */
static const char *common_group(const struct question *q, const struct strlist *list)
{
	for (size_t i = 0; i < q->identity->groups->n; i++)
		if (strlist_has(list, q->identity->groups->items[i]))
			return q->identity->groups->items[i];
	return NULL;
}

/* Where lists of groups are held against them, they have to be known. */
static enum reason rule_groups_known(const struct question *q)
{
	bool asked = q->config->access.allow_groups.n > 0 || q->config->access.deny_groups.n > 0;

	if (!asked || q->identity->groups_known)
		return REASON_OK;
	RULE(q, "groups_claim");
	return STEP(q, "groups_claim", REASON_GROUPS_UNAVAILABLE,
		"%s is not there, or nothing that groups are told by",
		q->config->access.groups_claim ? q->config->access.groups_claim : "");
}

static enum reason rule_deny_groups(const struct question *q)
{
	const struct strlist *deny = &q->config->access.deny_groups;
	const char *denied = common_group(q, deny);

	if (deny->n == 0)
		return REASON_OK;
	if (!denied)
		return STEP(q, "deny_groups", REASON_OK, "names none of the person's groups");
	RULE(q, "deny_groups:%s", denied);
	return STEP(q, "deny_groups", REASON_GROUP_DENIED, "names %s", denied);
}

static enum reason rule_allow_groups(const struct question *q)
{
	const struct strlist *allow = &q->config->access.allow_groups;
	const char *allowed = common_group(q, allow);

	if (allow->n == 0)
		return REASON_OK;
	if (allowed)
		return STEP(q, "allow_groups", REASON_OK, "names %s", allowed);
	RULE(q, "allow_groups");
	return STEP(q, "allow_groups", REASON_GROUP_MISSING,
		"names none of the person's %zu groups", q->identity->groups->n);
}

/* Rules 1 to 3. */
static enum reason (*const user_rules[])(const struct question *q) = {
	rule_username,
	rule_database,
	rule_uid,
	rule_shell,
	rule_deny_users,
	rule_allow_users,
	NULL,
};

/* Rules 4 to 6. */
static enum reason (*const person_rules[])(const struct question *q) = {
	rule_identity,
	rule_map,
	rule_groups_known,
	rule_deny_groups,
	rule_allow_groups,
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

bool account_is_ours(const struct config *config, const char *service, const char *user)
{
	return !strlist_has(&config->access.ignore_services, service) &&
	       !(user && strlist_has(&config->access.ignore_users, user));
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
	account_explain(config, map, identity, user, NULL, ret);
}

void account_explain(const struct config *config, const struct usermap *map,
	const struct identity *identity, const struct local_user *user, struct account_steps *steps,
	struct account_decision *ret)
{
	struct question q = {
		.config = config,
		.map = map,
		.identity = identity,
		.user = user,
		.steps = steps,
		.decision = ret,
	};

	*ret = (struct account_decision){.reason = REASON_UNSET};
	enum reason reason = ask(user_rules, &q);
	if (reason == REASON_OK)
		reason = ask(person_rules, &q);
	ret->reason = reason;
}
