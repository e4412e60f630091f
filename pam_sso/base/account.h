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
 *    refuses log-ins.
 * 3. deny_users, then allow_users (where set) are held against PAM_USER.
 *    account_check_user() is 1 to 3, and is asked before the IdP is.
 * 4. Who signed in maps to a set of local users:
 *    a. with a map file: the users of the subject, or else those of the mapped name;
 *       with map_only, no entry is a denial;
 *    b. else the mapped name itself;
 *    c. and the user of each role whose group the person is in.
 *    The mapped name is the value of the first claim of user.claims that is present. `email` counts
 *    only if email_verified is true. With casefold=ascii, A-Z become a-z in it, and nothing else
 *    changes. With `match`, the whole of it MUST match, and `template` gives the name.
 *    A name that username_valid() refuses maps to nobody.
 * 5. PAM_USER MUST be in that set, byte by byte.
 * 6. deny_groups, then allow_groups (where set) are held against the person's groups, as exact
 *    strings. Where either is set, or roles are, groups that are not known are a denial.
 */
#ifndef PAM_SSO_ACCOUNT_H
#define PAM_SSO_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

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

/* A decision and what decided it: for the log and `ssoctl explain`. */
struct account_decision {
	enum reason reason;
	char rule[256];   /* such as "claim:preferred_username", "map:bob@example.com", "role:ops" */
	char mapped[256]; /* the name that the person mapped to, "" where it did not get so far;
	                     text from outside: escape before showing */
};

/* Rules 1 to 3. Sets *ret in every case; ret->reason is REASON_OK where nothing is against it. */
void account_check_user(
	const struct config *config, const struct local_user *user, struct account_decision *ret);

/* All rules. MAP is NULL where no map file is configured. Sets *ret in every case. */
void account_decide(const struct config *config, const struct usermap *map,
	const struct identity *identity, const struct local_user *user,
	struct account_decision *ret);

#endif
