#include "login.h"

#include <malloc.h>

#include "clock.h"
#include "idp.h"
#include "prompt.h"
#include "shed.h"
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

/* Rule 4: a failure matters only once the token is there. */
static enum reason fetch_keys_early(struct task *login)
{
	enum reason reason = verify_fetch_keys(login);

	if (reason == REASON_CANCELLED || reason == REASON_DEADLINE)
		return reason;
	if (reason != REASON_OK && strlist_add(&login->result->notes, login->idp.detail) < 0)
		return task_fail(login, REASON_NO_MEMORY, "out of memory");
	return REASON_OK;
}

/* One poll, and what it means for the next: REASON_OK with the tokens in *reply, REASON_UNSET: poll
 * again, or why it ended. */
static enum reason poll_once(struct task *login, const struct device_grant *grant,
	struct device_schedule *schedule, struct token_reply *reply)
{
	enum reason reason = idp_poll(&login->idp, grant, reply);
	/* The clock is cut to milliseconds; what is waited from here is not to be a part of one
	 * short. */
	int64_t now = clock_monotonic_ms() + 1;

	if (reason == REASON_UNREACHABLE)
		return device_schedule_failed(schedule, now);
	if (reason == REASON_DEADLINE && schedule->unanswered != REASON_UNSET)
		return schedule->unanswered;
	if (reason != REASON_OK)
		return reason;
	return device_schedule_reply(schedule, reply, login->idp.retry_after, now);
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
	return task_fail(login, reason, "no time is left for another poll");
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

/* From the first request to the tokens. */
static enum reason obtain(struct task *login, struct token_reply *ret)
{
	DEVICE_GRANT_AUTO(grant);
	struct device_schedule schedule;
	unsigned long long loaded = shed_loaded();

	enum reason reason = idp_discover(
		&login->idp, IDP_DEVICE_AUTHORIZATION | IDP_TOKEN | verify_endpoints(login));
	if (reason == REASON_OK)
		reason = idp_authorize(&login->idp, &grant);
	if (reason == REASON_DEADLINE)
		return REASON_UNREACHABLE;
	if (reason != REASON_OK)
		return reason;
	device_schedule_start(&schedule, &grant, clock_monotonic_ms() + 1);
	reason = prompt(login, &grant);
	if (reason == REASON_OK)
		reason = fetch_keys_early(login);
	if (reason != REASON_OK)
		return reason;
	/* From here on a login mostly waits: what starting took goes back to the system. */
	malloc_trim(0);
	shed_unused(loaded);
	return poll_until_answered(login, &grant, &schedule, ret);
}

enum reason login_run(struct task *login)
{
	TOKEN_REPLY_AUTO(tokens);
	IDTOKEN_AUTO(token);

	enum reason reason = obtain(login, &tokens);
	if (reason == REASON_OK)
		reason = verify_token(login, &tokens, NULL, &token);
	if (reason == REASON_OK)
		reason = verify_collect(login, &tokens, &token);
	if (reason == REASON_OK && login->request->tokens) {
		result_take_refresh_token(login->result, &tokens);
		result_take_access_token(login->result, &tokens, token.iat);
	}
	return reason;
}
