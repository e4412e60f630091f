/*
 * counting: what the machine's counters (counters.h) are told of a call, where `stats` is on.
 *
 * 1. Nothing is opened where it is off, and where the host is not root: who asks by a program of
 *    their own, such as a screen locker, could not write there.
 * 2. A call that cannot count MUST end as it would have; the log says why.
 * 3. Who is not our business is not counted, and nobody is before the configuration is read.
 */
#ifndef PAM_SSO_COUNTING_H
#define PAM_SSO_COUNTING_H

#include <stdint.h>

#include "context.h"

/* The end of a sign-in. PROMPTED is when the person was asked, by clock_monotonic_ms(); negative
 * where nobody was. Counts an identity provider's error too. */
void counting_verdict(const struct context *context, enum reason reason, int64_t prompted);

/* An identity provider's error on the way: a session was to be renewed. Another reason is none. */
void counting_renewal(const struct context *context, enum reason reason);

#endif
