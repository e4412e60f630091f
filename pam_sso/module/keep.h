/*
 * keep: what remains of a sign-in: a session, from here to the end of the logins that it opens.
 *
 * 1. Nothing is granted or refused for the store's sake: a session that cannot be stored, bound or
 *    ended is logged, and the login goes on as it would have without.
 * 2. A session is bound to the process that opens the login, and only where that is the very
 *    process that the sign-in expected: under sshd the parent of the one that authenticates,
 *    which is another process than the one that opens; elsewhere the process itself.
 * 3. A session whose last login closed is removed.
 *
 * Under `keep = no` none of these does anything.
 */
#ifndef PAM_SSO_KEEP_H
#define PAM_SSO_KEEP_H

#include "context.h"
#include "host.h"
#include "record.h"

/* Stores the session of a sign-in whose verdict is REASON_OK and whose result is RESULT. */
void keep_sign_in(struct context *context, enum host_kind kind, const struct record *result);

/* This process opens a login: binds the session that expects it, if there is one. */
void keep_opened(struct context *context);

/* This process closes its login. */
void keep_closed(struct context *context);

#endif
