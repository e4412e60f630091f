/*
 * revoke: the job of giving a session's tokens back (RFC 7009).
 *
 * The refresh token is revoked; the IdP ends what it issued on it along with it (section 2.1). One
 * that the IdP does not know any longer is revoked as well: REASON_OK.
 */
#ifndef PAM_SSO_REVOKE_H
#define PAM_SSO_REVOKE_H

#include "reason.h"
#include "task.h"

enum reason revoke_run(struct task *task);

#endif
