/*
 * session_end: what follows from a session being over before its time.
 */
#ifndef PAM_SSO_SESSION_END_H
#define PAM_SSO_SESSION_END_H

#include "binding.h"
#include "config.h"
#include "store.h"

/*
 * Ends a session whose lock the caller holds: its logins on this machine, where the configuration
 * says so (on_revoked), then its bindings and token file here, and then the session itself
 * (store_end()); in this order, so that who is interrupted in between finds it again. Returns 0 or a
 * negative errno, where not all could be ended; then it is ended all the same, if it can be.
 */
int session_end(const struct store *store, const struct bindings *bindings,
	const struct config *config, const struct session *session);

/* The part of it that is this machine's, for a session that another machine ended. */
int session_end_here(const struct bindings *bindings, const struct config *config, const char *id);

#endif
