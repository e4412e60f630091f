/*
 * local_user: what the user database says of a name.
 */
#ifndef PAM_SSO_LOCAL_USER_H
#define PAM_SSO_LOCAL_USER_H

#include <sys/types.h>

#include "account.h"

struct local_user_entry {
	struct local_user user; /* its strings live in memory */
	gid_t gid;              /* 0 where the user does not exist */
	char *memory;
};

#define LOCAL_USER_AUTO(name)                                                                      \
	__attribute__((cleanup(local_user_free))) struct local_user_entry name = {.memory = NULL}

/*
 * Looks NAME up. Returns 0 and sets *ret, which local_user_free() frees, with user.exists telling
 * whether it was found; or a negative errno where the database could not be asked.
 *
 * An entry whose own name is not byte-equal to NAME is none: some databases ignore letter case, and
 * then `ALICE` would be a name for alice that the configuration's lists do not know.
 */
int local_user_find(const char *name, struct local_user_entry *ret);

void local_user_free(struct local_user_entry *entry);

#endif
