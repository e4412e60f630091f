/*
 * account_map: rules 4 and 5 of account.h: which local users a person may be, and whether PAM_USER
 * is one of them.
 */
#ifndef PAM_SSO_ACCOUNT_MAP_H
#define PAM_SSO_ACCOUNT_MAP_H

#include "account.h"

/* Returns REASON_OK where USER is one of the person's, or why not. Sets the decision's rule and
 * mapped, never its reason; STEPS as account_explain() has it. */
enum reason account_map(const struct config *config, const struct usermap *map,
	const struct identity *identity, const char *user, struct account_steps *steps,
	struct account_decision *decision);

#endif
