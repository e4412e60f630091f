/*
 * claims: finding values in the claims of an ID token or a userinfo reply.
 *
 * A path is names joined by dots: `resource_access.my-client.roles`. Names may have dots themselves
 * (a namespaced claim, `https://example.com/groups`; a client `grafana.example.com`): of several
 * readings of a path, the one whose first name is longest is tried first.
 */
#ifndef PAM_SSO_CLAIMS_H
#define PAM_SSO_CLAIMS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "strlist.h"

enum {
	CLAIMS_VALUE_MAX = 1024, /* bytes of one value */
	CLAIMS_GROUPS_MAX = 512,
};

/* The value at a path, or NULL. Owned by CLAIMS. */
const cJSON *claims_find(const cJSON *claims, const char *path);

/* A string claim. Returns 0 and *ret (owned by CLAIMS); -ENOENT where there is none; -EINVAL
 * where it is no string, empty, over CLAIMS_VALUE_MAX bytes or has control characters. */
int claims_string(const cJSON *claims, const char *path, const char **ret);

/* Whether a claim is, or as an array has, this string; of a boolean, `true` or `false`; of a whole
 * number, its decimal form. */
bool claims_has(const cJSON *claims, const char *path, const char *value);

/*
 * Groups in their shapes: an array of strings, one string, or an object whose member names are the
 * groups, where the value is an object or true; with false or null it is none. Returns 0 and sets
 * *ret, freeing what it held; -ENOENT where the claim is missing, or only a pointer to it is there
 * (`_claim_names`, OpenID Connect Core 5.6.2, which is never followed); -EINVAL for another shape,
 * another value of a member, or a group that claims_string() would refuse; -E2BIG past
 * CLAIMS_GROUPS_MAX; -ENOMEM. On an error *ret is as it was: a part of the groups is never mistaken
 * for all of them.
 */
int claims_groups(const cJSON *claims, const char *path, struct strlist *ret);

/* Whether only a pointer to a claim is there (`_claim_names`). */
bool claims_points(const cJSON *claims, const char *path);

#endif
