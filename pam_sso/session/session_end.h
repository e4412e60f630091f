/*
 * session_end: what follows from a session being over before its time.
 */
#ifndef PAM_SSO_SESSION_END_H
#define PAM_SSO_SESSION_END_H

#include "config.h"
#include "store.h"

/*
 * Ends a session whose lock the caller holds: its logins, where the configuration says so
 * (on_revoked), and then the session itself; in this order, so that who is interrupted in
 * between finds it again. Returns 0 or a negative errno, where not all could be ended; then it
 * is removed all the same, if it can be.
 */
int session_end(
	const struct store *store, const struct config *config, const struct session *session);

#endif
