#include "backoff.h"

static int64_t between(int64_t low, int64_t value, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

void backoff_failed(struct backoff *backoff, int64_t now, int64_t retry_after)
{
	int64_t asked = between(0, retry_after, BACKOFF_ASKED);

	backoff->pause = between(BACKOFF_MIN, 2 * backoff->pause, BACKOFF_MAX);
	backoff->until = now + (asked > backoff->pause ? asked : backoff->pause);
}

void backoff_succeeded(struct backoff *backoff)
{
	*backoff = (struct backoff){0};
}

bool backoff_waits(const struct backoff *backoff, int64_t now)
{
	return backoff->pause && now < backoff->until;
}
