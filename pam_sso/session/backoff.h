/*
 * backoff: when to come back to a provider that is away.
 *
 * After each failure in a row the pause is twice as long, from BACKOFF_MIN to BACKOFF_MAX seconds;
 * where the provider said for how long it wants to be left alone, not shorter than that, up to
 * BACKOFF_ASKED. A success ends it.
 *
 * Pure: the caller says what time it is, in seconds of any clock that does not jump.
 */
#ifndef PAM_SSO_BACKOFF_H
#define PAM_SSO_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

enum { BACKOFF_MIN = 5, BACKOFF_MAX = 5 * 60, BACKOFF_ASKED = 60 * 60 };

/* Zeroed: nothing has failed. */
struct backoff {
	int64_t pause;
	int64_t until;
};

/* RETRY_AFTER: what the provider said, in seconds; 0: nothing. */
void backoff_failed(struct backoff *backoff, int64_t now, int64_t retry_after);

void backoff_succeeded(struct backoff *backoff);

/* Whether it is too early. */
bool backoff_waits(const struct backoff *backoff, int64_t now);

#endif
