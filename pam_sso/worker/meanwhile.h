/*
 * meanwhile: what a login does while the person signs in.
 *
 * 1. The key set is fetched. Where that fails, it is fetched again once the token is there
 *    (verify.h): a failure matters only then.
 * 2. From here on a login mostly waits: what starting took goes back to the system.
 */
#ifndef PAM_SSO_MEANWHILE_H
#define PAM_SSO_MEANWHILE_H

#include "reason.h"
#include "task.h"

/* Does both. Returns REASON_OK; or REASON_CANCELLED, REASON_DEADLINE, REASON_NO_MEMORY. */
enum reason meanwhile(struct task *login);

#endif
