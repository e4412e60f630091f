/*
 * refresh: the job of renewing a session's tokens (RFC 6749 section 6, OpenID Connect Core 12).
 *
 * 1. The order is: discovery where it is needed, key set, the refresh, userinfo where it is asked
 *    for. What can fail without the refresh token is asked before it is spent, so that little
 *    stands between the reply and the caller who must store what it brought.
 * 2. The refresh token is sent once. A new one is told whatever comes of the rest.
 * 3. The person is told about only by the rules of verify.h, and the ID token MUST be one that
 *    renews the session's (renewal.h).
 * 4. When the caller goes away, nothing more is sent.
 */
#ifndef PAM_SSO_REFRESH_H
#define PAM_SSO_REFRESH_H

#include "reason.h"
#include "task.h"

enum reason refresh_run(struct task *task);

#endif
