/*
 * facts: what is told about a person who signed in: the claims that the caller asked for.
 *
 * Pure. Each value is taken from the verified ID token, or, where that lacks it, from userinfo.
 * 1. `email_verified` is true only where it is the JSON value true in the very document that
 *    `email` is taken from.
 * 2. Groups are all of them or none: a claim of another shape, or with too many, leaves them
 *    unknown.
 * 3. What cannot be told is left out, and noted: whether it was needed is the caller's to decide.
 */
#ifndef PAM_SSO_FACTS_H
#define PAM_SSO_FACTS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "strlist.h"

struct facts {
	char *iss;
	char *sub;
	struct strlist claims; /* `path=value` */
	bool email_verified;
	bool groups_known;
	struct strlist groups;
	char *acr; /* NULL where there is none */
	struct strlist amr;
	int64_t auth_time; /* -1 where there is none */
};

/* Which claims are wanted. */
struct facts_wanted {
	const struct strlist *claims; /* dotted paths */
	const char *groups;           /* a dotted path, or NULL: none */
};

/* ISS and SUB are the verified token's; USERINFO may be NULL. Returns 0 and fills *ret, adding to
 * NOTES; or -ENOMEM. facts_free() frees *ret in every case. */
int facts_collect(const char *iss, const char *sub, const cJSON *token, const cJSON *userinfo,
	const struct facts_wanted *wanted, struct facts *ret, struct strlist *notes);

void facts_free(struct facts *facts);

#endif
