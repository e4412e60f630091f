/*
 * vouch: does the identity provider stand by a session that was found?
 *
 * 1. `verify = always`: it MUST say so after the session was found. Who asks at one moment shares
 *    its answer.
 * 2. `verify = cached`: its word MUST be younger than `recheck`.
 * 3. What it says MUST satisfy this service's acr, amr, max_age and required_claims.
 *
 * The host's signals MUST be blocked (wait.h): a session that is being renewed loses its refresh
 * token to one that comes before the next token is stored.
 */
#ifndef PAM_SSO_VOUCH_H
#define PAM_SSO_VOUCH_H

#include "context.h"
#include "record.h"
#include "shelf.h"

/* Asks about FOUND. Returns as renew_session(), and sets *ret_session and *ret_result as it does. */
enum reason vouch(struct context *context, struct shelf *shelf, const struct session *found,
	struct session *ret_session, struct record **ret_result);

#endif
