#include "account_map.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "user_match.h"
#include "username.h"

/* The value of the claim at PATH, or NULL. */
static const char *claim_value(const struct identity *identity, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < identity->claims->n; i++) {
		const char *claim = identity->claims->items[i];

		if (strncmp(claim, path, len) == 0 && claim[len] == '=')
			return claim + len + 1;
	}
	return NULL;
}

/* The value of the first configured claim that is present, or why there is none. */
static enum reason first_claim(const struct config *config, const struct identity *identity,
	const char **ret_value, struct account_steps *steps, struct account_decision *decision)
{
	const struct strlist *claims = &config->user.claims;
	const char *value = NULL;
	size_t i = 0;

	while (i < claims->n && !(value = claim_value(identity, claims->items[i])))
		i++;
	if (!value) {
		snprintf(decision->rule, sizeof(decision->rule), "claims");
		return ACCOUNT_STEP(steps, "claims", REASON_CLAIM_MISSING, "%s%s is not there",
			claims->n ? claims->items[0] : "nothing",
			claims->n > 1 ? ", nor another of them," : "");
	}
	snprintf(decision->rule, sizeof(decision->rule), "claim:%s", claims->items[i]);
	snprintf(decision->mapped, sizeof(decision->mapped), "%s", value);
	if (strcmp(claims->items[i], "email") == 0 && !identity->email_verified)
		return ACCOUNT_STEP(steps, "claims", REASON_EMAIL_UNVERIFIED,
			"%s is %s, and not verified", claims->items[i], value);
	if (!*value || strlen(value) > USER_MATCH_VALUE_MAX)
		return ACCOUNT_STEP(steps, "claims", REASON_CLAIM_VALUE, "%s is empty or too long",
			claims->items[i]);
	*ret_value = value;
	return ACCOUNT_STEP(steps, "claims", REASON_OK, "%s is %s", claims->items[i], value);
}

static int add_folded(struct buf *out, const char *value)
{
	int r = 0;

	for (; *value && r == 0; value++) {
		char letter = *value;

		if (letter >= 'A' && letter <= 'Z')
			letter = (char)(letter - 'A' + 'a');
		r = buf_add(out, &letter, 1);
	}
	return r;
}

static enum reason match_name(const struct config *config, const char *value, struct buf *name,
	struct account_steps *steps, struct account_decision *decision)
{
	int r = user_match_apply(config->user.match, config->user.template, value, name);

	if (r == 0)
		return ACCOUNT_STEP(
			steps, "match", REASON_OK, "%s becomes %s", value, buf_str(name));
	if (r == -ENOMEM)
		return REASON_NO_MEMORY;
	snprintf(decision->rule, sizeof(decision->rule), "match");
	if (r == -ENOENT)
		return ACCOUNT_STEP(
			steps, "match", REASON_NO_MAPPING, "is not the whole of %s", value);
	return ACCOUNT_STEP(steps, "match", REASON_CLAIM_VALUE,
		"%s has more than ASCII in it, or is too long", value);
}

/* Rule 4b up to the name, which is added to NAME. */
static enum reason find_name(const struct config *config, const struct identity *identity,
	struct buf *name, struct account_steps *steps, struct account_decision *decision)
{
	BUF_AUTO(folded, USER_MATCH_VALUE_MAX);
	const char *value = NULL;
	enum reason reason = first_claim(config, identity, &value, steps, decision);

	if (reason != REASON_OK)
		return reason;
	if (config->user.casefold == CASEFOLD_ASCII) {
		if (add_folded(&folded, value) < 0)
			return REASON_NO_MEMORY;
		value = buf_str(&folded);
		account_tell(steps, "casefold", REASON_OK, "makes it %s", value);
	}
	if (config->user.match)
		reason = match_name(config, value, name, steps, decision);
	else if (buf_puts(name, value) < 0)
		reason = REASON_NO_MEMORY;
	if (reason == REASON_OK)
		snprintf(decision->mapped, sizeof(decision->mapped), "%s", buf_str(name));
	return reason;
}

/* Says that an entry of the map file decides. */
static void use_entry(const char *prefix, const char *key, const struct strlist *users,
	struct account_steps *steps, struct account_decision *decision)
{
	char *mapped = decision->mapped;
	size_t size = sizeof(decision->mapped);
	size_t len = 0;

	snprintf(decision->rule, sizeof(decision->rule), "map:%s%s", prefix, key);
	for (size_t i = 0; i < users->n && len < size; i++)
		len += (size_t)snprintf(
			mapped + len, size - len, "%s%s", i ? " " : "", users->items[i]);
	account_tell(steps, "map_file", REASON_OK, "%s%s is %s", prefix, key, mapped);
}

/* Rule 4c, and the entry of 4b, for a name. */
static enum reason find_entry(const struct config *config, const struct usermap *map,
	const char *name, const struct strlist **ret_users, struct account_steps *steps,
	struct account_decision *decision)
{
	const struct strlist *users = usermap_find(map, USERMAP_NAME, name);

	if (users) {
		use_entry("", name, users, steps, decision);
		*ret_users = users;
		return REASON_OK;
	}
	if (!config->user.map_only)
		return ACCOUNT_STEP(steps, "map_file", REASON_OK, "has no entry for %s", name);
	snprintf(decision->rule, sizeof(decision->rule), "map_only");
	return ACCOUNT_STEP(
		steps, "map_only", REASON_NO_MAPPING, "the map file has no entry for %s", name);
}

/* Rules 4a to 4c. Sets *ret_users to the users of an entry of the map file, or adds to NAME. */
static enum reason find_users(const struct config *config, const struct usermap *map,
	const struct identity *identity, const struct strlist **ret_users, struct buf *name,
	struct account_steps *steps, struct account_decision *decision)
{
	const struct strlist *users = map ? usermap_find(map, USERMAP_SUBJECT, identity->sub)
					  : NULL;

	if (users) {
		use_entry("sub:", identity->sub, users, steps, decision);
		*ret_users = users;
		return REASON_OK;
	}
	if (map)
		account_tell(
			steps, "map_file", REASON_OK, "has no entry for sub:%s", identity->sub);
	enum reason reason = find_name(config, identity, name, steps, decision);
	if (reason != REASON_OK || !map)
		return reason;
	return find_entry(config, map, buf_str(name), ret_users, steps, decision);
}

/* Whether the LEN bytes at GROUP are a group that the person is known to be in. */
static bool is_member(const struct identity *identity, const char *group, size_t len)
{
	for (size_t i = 0; identity->groups_known && i < identity->groups->n; i++) {
		const char *own = identity->groups->items[i];

		if (strlen(own) == len && memcmp(own, group, len) == 0)
			return true;
	}
	return false;
}

/* Rule 4d for one user: REASON_OK where a role gives it, OTHERWISE where none does. */
static enum reason find_role(const struct config *config, const struct identity *identity,
	const char *user, enum reason otherwise, struct account_steps *steps,
	struct account_decision *decision)
{
	const struct strlist *roles = &config->user.roles;

	for (size_t i = 0; i < roles->n; i++) {
		const char *colon = strrchr(roles->items[i], ':');

		if (!colon || strcmp(colon + 1, user) != 0)
			continue;
		size_t len = (size_t)(colon - roles->items[i]);
		if (!is_member(identity, roles->items[i], len))
			continue;
		snprintf(decision->rule, sizeof(decision->rule), "role:%.*s", (int)len,
			roles->items[i]);
		return ACCOUNT_STEP(steps, "roles", REASON_OK, "%.*s gives %s", (int)len,
			roles->items[i], user);
	}
	return ACCOUNT_STEP(steps, "user", otherwise, "%s is not %s%s",
		otherwise == REASON_USER_MISMATCH ? decision->mapped : "who has no user's name",
		user, roles->n ? ", and no role gives that" : "");
}

enum reason account_map(const struct config *config, const struct usermap *map,
	const struct identity *identity, const char *user, struct account_steps *steps,
	struct account_decision *decision)
{
	BUF_AUTO(name, USER_MATCH_VALUE_MAX);
	const struct strlist *users = NULL;
	enum reason reason = find_users(config, map, identity, &users, &name, steps, decision);

	if (reason != REASON_OK)
		return reason;
	bool somebody = users || username_valid(buf_str(&name));
	if (users ? strlist_has(users, user) : somebody && strcmp(buf_str(&name), user) == 0)
		return ACCOUNT_STEP(steps, "user", REASON_OK, "the person is %s", user);
	reason = somebody ? REASON_USER_MISMATCH : REASON_NO_MAPPING;
	return find_role(config, identity, user, reason, steps, decision);
}
