/*
 * clock: the two clocks. What decides takes times as arguments; only who drives asks here.
 */
#ifndef PAM_SSO_CLOCK_H
#define PAM_SSO_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never jumps (CLOCK_MONOTONIC): for deadlines and durations. It
 * counts from an arbitrary moment. -1 where the clock cannot be read. */
int64_t clock_monotonic_ms(void);

/* Seconds since the epoch (CLOCK_REALTIME): for the times in tokens. -1 where it cannot be read. */
int64_t clock_wall_s(void);

/* The time left until DEADLINE as a timeout for poll(2): 0 once it is past, at most INT_MAX. */
int clock_poll_timeout(int64_t deadline_ms);

#endif
