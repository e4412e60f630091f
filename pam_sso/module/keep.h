/*
 * keep: what remains of a sign-in: a session, stored for those that it may let in again.
 *
 * 1. Nothing is granted or refused for the store's sake: a session that cannot be stored is logged,
 *    and the login goes on as it would have without.
 * 2. The login is expected (bind.h) before the session is stored: one that nothing is bound to
 *    would be for anybody to tidy away.
 */
#ifndef PAM_SSO_KEEP_H
#define PAM_SSO_KEEP_H

#include "context.h"
#include "record.h"
#include "verdict.h"

/* Stores the session of a sign-in whose verdict is REASON_OK and whose result is RESULT, unless the
 * configuration keeps none. */
void keep_sign_in(struct context *context, enum host_kind kind, const struct record *result,
	const char *flow);

/* Notes that a login is let in by the session ID, without a sign-in of its own. */
void keep_reuse(struct context *context, enum host_kind kind, const char *id);

#endif
