/*
 * bind: which logins of this machine a session stands behind (binding.h), from the sign-in that
 * expects one to its close.
 *
 * 1. A sign-in, and a reuse by ssh key, MUST name the process that should open the login: this one,
 *    and under sshd also its parent. There another process opens than the one that authenticated,
 *    its parent; but where sshd's monitor takes a password itself, it opens too, and what its
 *    parent, which listens for everybody, is expected to do it never does.
 *    So does the account phase for whom another module let in (standing.h), but it MUST NOT take
 *    from an open login what that one is.
 * 2. Only a process that is expected, for the user that it was expected for, makes its login OPEN,
 *    or STANDING. What was expected of its parent for that session is over then.
 * 3. A login that closes MUST NOT let anybody in again, whatever becomes of the session
 *    (closing.h). With `close_session = revoke` its binding stays, as a CLOSED one, until that is
 *    done.
 * 4. Nothing is granted or refused for it: what fails is logged, and the login goes on.
 *
 * Under `keep = no` none of these does anything.
 */
#ifndef PAM_SSO_BIND_H
#define PAM_SSO_BIND_H

#include "context.h"
#include "shelf.h"
#include "verdict.h"

/* Whoever this process is about to let in comes in by the session ID. Returns 0 or a negative
 * errno. */
int bind_expect(struct context *context, struct shelf *shelf, enum host_kind kind, const char *id);

/* The same for whom another module lets in, and the provider stands by. */
int bind_expect_standing(
	struct context *context, struct shelf *shelf, enum host_kind kind, const char *id);

/* This process opens a login: binds it to the session that expects it, if there is one. */
void bind_opened(struct context *context);

/* This process closes its login. */
void bind_closed(struct context *context);

#endif
