/*
 * standing: whether the identity provider stands by a user whom another module let in, say for an
 * ssh key that was left behind (`account = any`).
 *
 * 1. The user MUST be one that could sign in (account_check_user()).
 * 2. There MUST be a session of the user: that of the ssh key which sshd verified, where it is told
 *    and found; else the one whose person signed in last. sshd tells no key to the account phase
 *    where the key alone let in: it is noted after.
 * 3. The provider MUST stand by it (vouch.h), and what it says MUST be enough for a sign-in as this
 *    user. The age of the sign-in does not count.
 * 4. The login that is let in MUST be bound to that session (bind.h), so that it ends with it; and it
 *    MUST NOT let anybody in again, as one that was signed in to does. What fails of it is logged.
 * 5. Where store or provider cannot be asked, nothing is known about the user, and that is a denial.
 */
#ifndef PAM_SSO_STANDING_H
#define PAM_SSO_STANDING_H

#include "context.h"
#include "local_user.h"

/* Returns REASON_OK or why not, with the context's words set where the log needs any. */
enum reason standing_of(struct context *context, const struct local_user *user);

#endif
