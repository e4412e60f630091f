/*
 * claims: finding values in the claims of an ID token or a userinfo reply.
 *
 * A path is names joined by dots: `resource_access.my-client.roles`. A member whose own name has dots
 * (a namespaced claim, `https://example.com/groups`) is found first under the whole of the path.
 */
#ifndef PAM_SSO_CLAIMS_H
#define PAM_SSO_CLAIMS_H

#include <cjson/cJSON.h>

#include "strlist.h"

enum {
	CLAIMS_VALUE_MAX = 1024, /* bytes of one value */
	CLAIMS_GROUPS_MAX = 512,
};

/* The value at a path, or NULL. Owned by CLAIMS. */
const cJSON *claims_find(const cJSON *claims, const char *path);

/* A string claim. Returns 0 and *ret (owned by CLAIMS); -ENOENT where there is none; -EINVAL where it is no
 * string, empty, over CLAIMS_VALUE_MAX bytes or has control characters. */
int claims_string(const cJSON *claims, const char *path, const char **ret);

/* Whether a claim is, or as an array has, this string; of a boolean, `true` or `false`; of a whole
 * number, its decimal form. */
int claims_has(const cJSON *claims, const char *path, const char *value);

/*
 * Groups in their shapes: an array of strings, one string, or an object whose member names are the groups.
 * Returns 0 and adds them to *ret; -ENOENT where the claim is missing, or only a pointer to it is
 * there (`_claim_names`, OpenID Connect Core 5.6.2, which is never followed); -EINVAL for another
 * shape or a group with control characters; -E2BIG past CLAIMS_GROUPS_MAX; -ENOMEM.
 */
int claims_groups(const cJSON *claims, const char *path, struct strlist *ret);

#endif
