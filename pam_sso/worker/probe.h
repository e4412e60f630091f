/*
 * probe: the job of asking the identity provider all that a sign-in asks before a person is needed.
 *
 * The endpoints are learned, the key set is read, and a request of the client's tells whether the
 * provider knows it: where the device flow may be the one, a device authorization, whose codes are
 * dropped, so that nobody hears of them; else a code that nobody was given. The provider's clock is
 * told with any result.
 */
#ifndef PAM_SSO_PROBE_H
#define PAM_SSO_PROBE_H

#include "reason.h"
#include "task.h"

enum reason probe_run(struct task *task);

#endif
