#include "device_flow.h"

#include "clock.h"
#include "idp.h"
#include "meanwhile.h"
#include "prompt.h"
#include "verify.h"

static enum reason prompt(struct task *login, const struct device_grant *grant)
{
	const struct prompt_style style = {
		.complete_link = login->request->complete_link, .qr = login->request->qr};
	int64_t left_s = clock_poll_timeout(login->idp.deadline_ms) / 1000;
	int64_t good_for = grant->expires_in < left_s ? grant->expires_in : left_s;

	int r = prompt_send(login->channel, grant, good_for, &style, login->idp.deadline_ms);
	if (r < 0)
		return task_fail(login, REASON_CANCELLED, "the prompt could not be handed over");
	return REASON_OK;
}

/* The clock is cut to milliseconds; what is waited from here is not to be a part of one short. A
 * clock that cannot be read stays one. */
static int64_t whole_ms_from_now(void)
{
	int64_t now = clock_monotonic_ms();

	return now < 0 ? now : now + 1;
}

/* One poll, and what it means for the next: REASON_OK with the tokens in *reply, REASON_UNSET: poll
 * again, or why it ended. */
static enum reason poll_once(struct task *login, const struct device_grant *grant,
	struct device_schedule *schedule, struct token_reply *reply)
{
	enum reason reason = idp_poll(&login->idp, grant, reply);
	int64_t now = whole_ms_from_now();

	if (reason == REASON_UNREACHABLE)
		return device_schedule_failed(schedule, now);
	if (reason == REASON_DEADLINE && schedule->unanswered != REASON_UNSET)
		return schedule->unanswered;
	if (reason != REASON_OK)
		return task_attended(reason);
	reason = device_schedule_reply(schedule, reply, login->idp.retry_after, now);
	return schedule->unanswered == REASON_UNSET ? task_attended(reason) : reason;
}

/* Returns REASON_UNSET when it is time for the next poll, or why there is none. */
static enum reason wait_for_poll(struct task *login, const struct device_schedule *schedule)
{
	enum reason reason = REASON_DEADLINE;

	if (schedule->next_ms < login->idp.deadline_ms) {
		if (http_wait(login->idp.http, schedule->next_ms) != REASON_OK)
			return task_fail(login, REASON_CANCELLED, "the caller went away");
		reason = device_schedule_check(schedule, clock_monotonic_ms());
	}
	if (reason == REASON_UNSET)
		return reason;
	/* The detail still tells of the poll that got no answer. */
	if (schedule->unanswered != REASON_UNSET)
		return schedule->unanswered;
	return task_fail(login, reason, "no approval came, and no time is left for another poll");
}

static enum reason poll_until_answered(struct task *login, const struct device_grant *grant,
	struct device_schedule *schedule, struct token_reply *ret)
{
	for (;;) {
		TOKEN_REPLY_AUTO(reply);

		enum reason reason = wait_for_poll(login, schedule);
		if (reason != REASON_UNSET)
			return reason;
		reason = poll_once(login, grant, schedule, &reply);
		if (reason == REASON_UNSET)
			continue;
		if (reason != REASON_OK)
			return reason;
		*ret = reply;
		reply = (struct token_reply){0};
		return REASON_OK;
	}
}

enum reason device_flow_begin(struct task *login, struct device_grant *ret)
{
	enum reason reason = idp_discover(
		&login->idp, IDP_DEVICE_AUTHORIZATION | IDP_TOKEN | verify_endpoints(login));

	if (reason == REASON_OK)
		reason = idp_authorize(&login->idp, ret);
	return task_unattended(reason);
}

enum reason device_flow_finish(
	struct task *login, const struct device_grant *grant, struct token_reply *ret)
{
	struct device_schedule schedule;

	device_schedule_start(&schedule, grant, whole_ms_from_now());
	enum reason reason = prompt(login, grant);
	if (reason == REASON_OK)
		reason = meanwhile(login);
	return reason == REASON_OK ? poll_until_answered(login, grant, &schedule, ret) : reason;
}
