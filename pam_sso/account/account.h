/*
 * account: may this person come in as this user? The one place where that is decided.
 *
 * Pure: everything it looks at is an argument, so that `ssoctl explain` and the tests see what the
 * module sees. It opens nothing and asks nobody.
 *
 * In this order, each a denial of its own:
 * 1. PAM_USER MUST be a name that username_valid() accepts and MUST be in the user database.
 * 2. Its uid MUST be at least min_uid, or the name stands in system_users; uid 0, `nobody` (65534)
 *    and the overflow ids need that too, whatever min_uid says. Its shell MUST NOT be one that
 *    refuses log-ins; system_users does not lift that.
 * 3. deny_users, then allow_users (where set) are held against PAM_USER. Where
 *    allow lists have nothing in common (allow_none), nobody comes in.
 *    account_check_user() is 1 to 3, and is asked before the IdP is.
 * 4. Who signed in maps to a set of local users:
 *    a. the users of the subject's entry in the map file;
 *    b. without one, the person MUST have a name: the value of the first claim of user.claims that
 *       is present, 1 to 255 bytes. `email` MUST be verified. With casefold=ascii, A-Z become a-z
 *       in it, and nothing else changes. With `match`, the whole of it MUST match, and `template`
 *       makes the name of it (user_match.h). The users are those of the name's entry in the map
 *       file;
 *    c. without that either, map_only MUST NOT be on where there is a map file, and the user is the
 *       name itself. A name that username_valid() refuses is nobody;
 *    d. and, in each case, the user of each role whose group the person is in. Where the groups are
 *       not known, there is no role.
 * 5. PAM_USER MUST be in that set, byte by byte.
 * 6. deny_groups, then allow_groups (where set) are held against the person's groups, as exact
 *    strings. Where either is set, groups that are not known are a denial.
 *
 * No group of the IdP ever becomes a local one.
 */
#ifndef PAM_SSO_ACCOUNT_H
#define PAM_SSO_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#include "account_steps.h"
#include "config.h"
#include "reason.h"
#include "strlist.h"
#include "usermap.h"

/* Who signed in, as the worker verified it. */
struct identity {
	const char *iss;
	const char *sub;
	const struct strlist *claims; /* `path=value`, strings only */
	bool email_verified;
	bool groups_known;
	const struct strlist *groups;
};

/* What the user database says of PAM_USER. */
struct local_user {
	const char *name;
	bool exists;
	uid_t uid;
	const char *shell;
};

/* A decision and what decided it: for the log and `ssoctl explain`. Both texts may have bytes from
 * outside: escape before showing. What does not fit is cut. */
struct account_decision {
	enum reason reason;
	char rule[256];   /* such as "claim:preferred_username", "map:bob@example.com", "role:ops",
	                     "min_uid"; "" where nothing decided yet */
	char mapped[256]; /* the name that the person mapped to, or, where it came to no name, the
	                     claim's value; the users of a map file's entry, separated by blanks; ""
	                     where it did not get so far */
};

/* Whether the configuration leaves this service and user to pam_sso (ignore_services,
 * ignore_users). USER is NULL where it is not known yet. */
bool account_is_ours(const struct config *config, const char *service, const char *user);

/* Rules 1 to 3. Sets *ret in every case; ret->reason is REASON_OK where nothing is against it. */
void account_check_user(
	const struct config *config, const struct local_user *user, struct account_decision *ret);

/* All rules. MAP is NULL where no map file is configured. Sets *ret in every case. */
void account_decide(const struct config *config, const struct usermap *map,
	const struct identity *identity, const struct local_user *user,
	struct account_decision *ret);

/* The same, and tells each step that it takes (account_steps.h) where STEPS is not NULL. Where
 * it is a rule that refuses, the last step is that rule's, and has the decision's reason. */
void account_explain(const struct config *config, const struct usermap *map,
	const struct identity *identity, const struct local_user *user, struct account_steps *steps,
	struct account_decision *ret);

#endif
