/*
 * reuse: a person who signed in is not asked again.
 *
 * 1. The configuration MUST say so for this service (`reuse`), and the sign-in MUST be no older.
 * 2. The session MUST be that of PAM_USER, byte by byte, and of the configured issuer and client.
 *    Where this service wants the authorization code flow (`flow = code`), it MUST have begun by
 *    that one: a forwarded link of the other would open this door, too.
 * 3. `bind = login`: this process MUST descend from a login that the session stands behind, and
 *    the host MUST say that PAM_USER is who asks (PAM_RUSER): what runs as another user inside
 *    the login (a program that was given fewer rights, and calls su) descends from it as well.
 * 4. `bind = ssh-key`: the host MUST be sshd, and the session that of the public key that sshd
 *    verified just before. There MUST be such a key.
 *    In both, an address, a terminal's name or the same user id does not make a session one's own.
 * 5. The identity provider MUST stand by it (vouch.h), and what it says is held against this
 *    service's policy as that of a sign-in is.
 * 6. Everything else means that the person is asked, and that nothing is told them: only that a
 *    session is over closes its logins, where the configuration says so.
 */
#ifndef PAM_SSO_REUSE_H
#define PAM_SSO_REUSE_H

#include "context.h"
#include "host.h"
#include "record.h"
#include "session.h"

/*
 * Looks for the session that this call may reuse, and asks about it. The host's signals are blocked
 * (wait.h). Returns REASON_OK and sets *ret_result, which the caller frees, to what the provider
 * said of it, and *ret_id; what it says is still to be decided on. Any other reason: there is none
 * (REASON_UNSET), or none that holds, which is logged.
 */
enum reason reuse_session(struct context *context, enum host_kind kind, struct record **ret_result,
	char ret_id[SESSION_ID + 1]);

#endif
