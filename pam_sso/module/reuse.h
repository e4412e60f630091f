/*
 * reuse: a person who signed in is not asked again, inside the login that the sign-in opened.
 *
 * 1. The configuration MUST say so for this service (`reuse`), and the sign-in MUST be no older.
 * 2. The session MUST be that of PAM_USER, byte by byte, and of the configured issuer.
 * 3. This process MUST descend from a login that the session's sign-in opened. An address, a
 *    terminal's name or the same user id does not make a session one's own.
 * 4. The identity provider MUST stand by it now: it renews the session, and what it says is held
 *    against this service's policy as that of a sign-in is.
 * 5. Everything else means that the person is asked, and that nothing is told them: only that a
 *    session is over closes its logins, where the configuration says so.
 * 6. The host MUST say that PAM_USER is who asks (PAM_RUSER). What runs as another user inside the
 *    login (a program that was given fewer rights, and calls su) descends from it as well.
 */
#ifndef PAM_SSO_REUSE_H
#define PAM_SSO_REUSE_H

#include "context.h"
#include "record.h"
#include "session.h"

/*
 * Renews the session that this call may reuse. The host's signals are blocked (wait.h). Returns
 * REASON_OK and sets *ret_result, which the caller frees, to what the worker said of it, and
 * *ret_id; what it says is still to be decided on. Any other reason: there is none
 * (REASON_UNSET), or none that holds, which is logged.
 */
enum reason reuse_session(
	struct context *context, struct record **ret_result, char ret_id[SESSION_ID + 1]);

#endif
