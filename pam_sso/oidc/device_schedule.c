#include "device.h"

static const int64_t second = 1000;
static const int64_t slow_down_ms = 5000;
static const int64_t wait_max_ms = 60000; /* of doubling; an interval may be longer */

/* The moment that is MS after NOW, or the end of time. */
static int64_t after(int64_t now, int64_t ms)
{
	int64_t sum;

	return __builtin_add_overflow(now, ms, &sum) ? INT64_MAX : sum;
}

static int64_t in_ms(int64_t seconds)
{
	int64_t ms;

	return __builtin_mul_overflow(seconds, second, &ms) ? INT64_MAX : ms;
}

void device_schedule_start(
	struct device_schedule *schedule, const struct device_grant *grant, int64_t now_ms)
{
	*schedule = (struct device_schedule){
		.interval_ms = in_ms(grant->interval),
		.next_ms = after(now_ms, in_ms(grant->interval)),
		.end_ms = after(now_ms, in_ms(grant->expires_in)),
	};
}

/* Rule 8: twice the last wait, up to the ceiling, never below the interval. */
static void back_off(struct device_schedule *schedule)
{
	int64_t wait = after(schedule->interval_ms, schedule->backoff_ms);

	wait = wait > wait_max_ms / 2 ? wait_max_ms : 2 * wait;
	schedule->backoff_ms = wait > schedule->interval_ms ? wait - schedule->interval_ms : 0;
}

/* Rules 10 and 11, for a poll at AT_MS. */
static enum reason poll_at(const struct device_schedule *schedule, int64_t at_ms)
{
	if (at_ms < schedule->end_ms)
		return REASON_UNSET;
	return schedule->unanswered == REASON_UNSET ? REASON_EXPIRED : schedule->unanswered;
}

/* Sets the next poll at least AT_LEAST_MS from now. */
static enum reason poll_again(struct device_schedule *schedule, int64_t at_least_ms, int64_t now_ms)
{
	int64_t wait = after(schedule->interval_ms, schedule->backoff_ms);

	if (wait < at_least_ms)
		wait = at_least_ms;
	schedule->next_ms = after(now_ms, wait);
	return poll_at(schedule, schedule->next_ms);
}

enum reason device_schedule_reply(struct device_schedule *schedule, const struct token_reply *reply,
	int64_t retry_after, int64_t now_ms)
{
	if (now_ms < 0)
		return REASON_INTERNAL; /* without a clock nothing is in time */
	schedule->unanswered = reply->outcome == TOKEN_RETRY ? token_reply_reason(reply)
							     : REASON_UNSET;
	switch (reply->outcome) {
	case TOKEN_ISSUED: return now_ms < schedule->end_ms ? REASON_OK : REASON_EXPIRED;
	case TOKEN_PENDING: schedule->backoff_ms = 0; break;
	case TOKEN_SLOW_DOWN:
		schedule->backoff_ms = 0;
		schedule->interval_ms = after(schedule->interval_ms, slow_down_ms);
		break;
	case TOKEN_RETRY: back_off(schedule); break;
	case TOKEN_REFUSED:
	case TOKEN_UNUSABLE:
	default: return token_reply_reason(reply);
	}
	return poll_again(schedule, retry_after > 0 ? in_ms(retry_after) : 0, now_ms);
}

enum reason device_schedule_failed(struct device_schedule *schedule, int64_t now_ms)
{
	if (now_ms < 0)
		return REASON_INTERNAL;
	schedule->unanswered = REASON_UNREACHABLE;
	back_off(schedule);
	return poll_again(schedule, 0, now_ms);
}

enum reason device_schedule_check(const struct device_schedule *schedule, int64_t now_ms)
{
	return now_ms < 0 ? REASON_INTERNAL : poll_at(schedule, now_ms);
}
