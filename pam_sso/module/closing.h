/*
 * closing: what becomes of a session when a login of it closed.
 *
 * 1. While another login of this machine is bound to it, or expected to be, nothing does; only that
 *    the person's token file MUST go where all of those are STANDING ones (binding.h).
 * 2. Otherwise the person's token file MUST go, and
 *    a. with `close_session = revoke`, on the machine where the person signed in, the session is
 *       given back to the identity provider and ended. It is ended also where the provider could
 *       not be told;
 *    b. one that may be needed without a login stays, up to its `lifetime`: one that an ssh key
 *       leads to, or any where the account phase asks (`account = any` of some service);
 *    c. any other is removed.
 * 3. This MUST be decided on under the session's lock, and nobody who logs out waits longer than
 *    CLOSING_LOCK_MS for it, and CLOSING_REVOKE_MS for the provider, beside the store's own time
 *    limit. What could not be done then is for `ssoctl refresh` (prune.h).
 */
#ifndef PAM_SSO_CLOSING_H
#define PAM_SSO_CLOSING_H

#include "context.h"
#include "shelf.h"

enum {
	/* Where it is who holds the lock that ends the login, closing must be done before it is
	 * killed for not ending (HANGUP_GRACE_MS). */
	CLOSING_LOCK_MS = 1000,
	CLOSING_REVOKE_MS = 3000,
};

/* A login of the session ID closed, and its binding is gone or CLOSED. What is done, or failed, is
 * logged. Returns 0; or a negative errno where it is left to `ssoctl refresh`. */
int closing_session(struct context *context, struct shelf *shelf, const char *id);

#endif
