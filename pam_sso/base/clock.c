#include "clock.h"

#include <limits.h>
#include <time.h>

int64_t clock_monotonic_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return -1;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_s(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -1;
	return (int64_t)now.tv_sec;
}

int clock_poll_timeout(int64_t deadline_ms)
{
	int64_t now = clock_monotonic_ms();

	/* Without a clock nothing is waited for: the caller finds its deadline passed. */
	if (now < 0 || deadline_ms <= now)
		return 0;
	return deadline_ms - now > INT_MAX ? INT_MAX : (int)(deadline_ms - now);
}
