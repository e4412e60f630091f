#include "renew.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "config_error.h"
#include "job.h"
#include "renew_step.h"

/* What the worker says to the one item that it is sent. */
struct exchange {
	struct job job;
	struct record *answer; /* NULL: none was heard */
};

static void exchange_free(struct exchange *exchange)
{
	record_free(exchange->answer);
}

/* Starts the worker, and sends the item once its session is stored as spent, which is *ret_spent. */
static enum reason send_item(const struct renew *renew, struct renew_step *step, struct job *job,
	int64_t deadline, bool *ret_spent, struct config_error *error)
{
	RECORD_AUTO(request);
	RECORD_AUTO(item);
	enum reason reason = worker_request_refresh(renew->config, renew->policy, &request, error);

	if (reason == REASON_OK)
		reason = worker_request_item(&step->session, &item, error);
	if (reason != REASON_OK)
		return reason;
	reason = job_start(job, renew->config->network.worker, &renew->worker, request, deadline);
	if (reason == REASON_OK)
		reason = renew_spend(renew, step, error);
	if (reason != REASON_OK)
		return reason;
	*ret_spent = true;
	reason = job_item(job, item, deadline);
	job_items_end(job);
	return reason;
}

/* Follows the worker up to its result. */
static void hear(struct exchange *exchange, const char *id, int64_t deadline)
{
	struct job *job = &exchange->job;

	while (job_next(job, deadline, NULL, 0, &exchange->answer) == JOB_ANSWER)
		;
	if (!exchange->answer || strcmp(record_get(exchange->answer, "id"), id) == 0)
		return;
	(void)snprintf(job->detail, sizeof(job->detail), "the worker answered for another");
	record_free(exchange->answer);
	exchange->answer = NULL;
}

/* What came of an item that was sent. Its answer counts only where the worker's end agrees (wire.h),
 * and where there is neither an answer nor a regular end, nobody knows. */
static enum reason judge(struct exchange *exchange, struct config_error *error)
{
	RECORD_AUTO(result);
	enum reason reason = job_end(&exchange->job, &result);
	const struct record *told = exchange->answer ? exchange->answer : result;
	const char *detail = result ? record_get(told, "detail") : exchange->job.detail;

	if (reason == REASON_OK && exchange->answer)
		reason = reason_by_name(record_get(exchange->answer, "reason"));
	else if (!result && !exchange->answer)
		reason = REASON_SESSION_LOST;
	return reason == REASON_OK ? reason
				   : config_fail(error, reason, "%s", detail ? detail : "");
}

static enum reason ask(const struct renew *renew, struct renew_step *step,
	struct record **ret_answer, struct config_error *error)
{
	__attribute__((cleanup(exchange_free))) struct exchange exchange = {0};
	int64_t deadline = clock_monotonic_ms() + WORKER_REQUEST_SILENT * 1000 +
			   WORKER_REQUEST_GRACE_MS;
	bool spent = false;
	enum reason reason = send_item(renew, step, &exchange.job, deadline, &spent, error);

	if (reason == REASON_OK) {
		hear(&exchange, step->session.id, deadline);
		reason = judge(&exchange, error);
	} else {
		RECORD_AUTO(result);

		(void)job_end(&exchange.job, &result);
		if (!error->text[0])
			(void)config_fail(error, reason, "%s", exchange.job.detail);
	}
	if (spent)
		reason = renew_finish(renew, step, reason, exchange.answer, error);
	if (reason == REASON_OK) {
		*ret_answer = exchange.answer;
		exchange.answer = NULL;
	}
	return reason;
}

static enum reason renew_locked(const struct renew *renew, struct renew_step *step,
	struct record **ret_answer, struct config_error *error)
{
	enum reason reason = renew_decide(renew, step, ret_answer, error);

	return reason == REASON_UNSET ? ask(renew, step, ret_answer, error) : reason;
}

enum reason renew_session(const struct renew *renew, const char *id, struct session *ret_session,
	struct record **ret_result, struct config_error *ret_error)
{
	struct renew_step step;
	int r = renew_lock(renew, id, clock_monotonic_ms() + RENEW_LOCK_MS, &step);

	if (r < 0)
		return renew_store_failed(ret_error, "lock", r);
	enum reason reason = renew_locked(renew, &step, ret_result, ret_error);
	*ret_session = step.session;
	step.session = (struct session){0};
	renew_unlock(renew, &step);
	return reason;
}
