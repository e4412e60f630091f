/*
 * idtoken_check: what the checks of an ID token's claims share: idtoken_claims.c has their order,
 * and idtoken_lasting.c those that are the same at any time.
 */
#ifndef PAM_SSO_IDTOKEN_CHECK_H
#define PAM_SSO_IDTOKEN_CHECK_H

#include <stdbool.h>

#include "idtoken.h"

struct idtoken_check {
	const cJSON *claims;
	const char *alg; /* NULL where nothing needs it */
	const struct idtoken_expect *expect;
	char *detail;
	size_t detail_size;
};

/* Says why, with a VALUE from the token that explains it, or NULL. Returns REASON. */
enum reason idtoken_refuse(
	const struct idtoken_check *check, enum reason reason, const char *text, const char *value);

/* Whether a claim is a time; then sets *ret. */
bool idtoken_time_of(const struct idtoken_check *check, const char *name, double *ret);

/* Whose the token is: issuer, kind, subject, audience. */
enum reason idtoken_check_whose(const struct idtoken_check *check);

/* What is asked of the sign-in: acr, amr, max_age, required_claims. */
enum reason idtoken_check_policy(const struct idtoken_check *check);

#endif
