#include "renew.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "config_error.h"
#include "hangup.h"
#include "job.h"
#include "renew_step.h"

/* The lock outlasts whatever is waited for under it: up to the worker's readiness, its answer and its
 * end, and the logins' end where the provider ended the session. */
_Static_assert(WORKER_REQUEST_READY_MS + WORKER_REQUEST_ANSWER_MS + JOB_END_MS + HANGUP_GRACE_MS <=
		       STORE_LOCK_MS,
	"a renewal takes longer than its lock");

/* One item, and what the worker says to it. */
struct exchange {
	struct job job;
	bool spent, sent;
	int64_t deadline;      /* of the answer, once it is sent */
	struct record *answer; /* NULL: none was heard */
};

static void exchange_free(struct exchange *exchange)
{
	record_free(exchange->answer);
}

/* Starts the worker, and sends the item once the worker is ready and the session stored as spent.
 * Returns REASON_UNSET where the worker's end tells what came of it; else why it was not sent. */
static enum reason send_item(const struct renew *renew, struct renew_step *step,
	struct exchange *exchange, struct config_error *error)
{
	RECORD_AUTO(request);
	RECORD_AUTO(item);
	struct job *job = &exchange->job;
	int64_t deadline = clock_monotonic_ms() + WORKER_REQUEST_READY_MS;
	enum reason reason = worker_request_refresh(renew->config, renew->policy, &request, error);

	if (reason == REASON_OK)
		reason = worker_request_item(&step->session, &item, error);
	if (reason != REASON_OK)
		return reason;
	if (job_start(job, renew->config->network.worker, &renew->worker, request, deadline) !=
			REASON_OK ||
		job_next(job, deadline, NULL, 0, &exchange->answer) != JOB_READY)
		return REASON_UNSET;
	reason = renew_spend(renew, step, error);
	if (reason != REASON_OK)
		return reason;
	exchange->spent = true;
	exchange->deadline = clock_monotonic_ms() + WORKER_REQUEST_ANSWER_MS;
	exchange->sent = job_item(job, item, exchange->deadline) == REASON_OK;
	job_items_end(job);
	return REASON_UNSET;
}

/* Follows the worker up to its result. */
static void hear(struct exchange *exchange, const char *id)
{
	struct job *job = &exchange->job;

	while (job_next(job, exchange->deadline, NULL, 0, &exchange->answer) == JOB_ANSWER)
		;
	if (!exchange->answer || strcmp(record_get(exchange->answer, "id"), id) == 0)
		return;
	(void)snprintf(job->detail, sizeof(job->detail), "the worker answered for another");
	record_free(exchange->answer);
	exchange->answer = NULL;
}

/* What the worker's end tells. An answer counts only where it agrees (wire.h); and where an item was
 * sent and there is neither an answer nor a regular end, nobody knows. */
static enum reason judge(struct exchange *exchange, struct config_error *error)
{
	RECORD_AUTO(result);
	enum reason reason = job_end(&exchange->job, &result);
	const struct record *told = exchange->answer ? exchange->answer : result;
	const char *detail = result ? record_get(told, "detail") : exchange->job.detail;

	if (reason == REASON_OK)
		reason = exchange->answer ? reason_by_name(record_get(exchange->answer, "reason"))
					  : REASON_WORKER;
	else if (exchange->sent && !exchange->answer && !result)
		reason = REASON_SESSION_LOST;
	return reason == REASON_OK ? reason
				   : config_fail(error, reason, "%s", detail ? detail : "");
}

static enum reason ask(const struct renew *renew, struct renew_step *step,
	struct record **ret_answer, struct config_error *error)
{
	__attribute__((cleanup(exchange_free))) struct exchange exchange = {0};
	RECORD_AUTO(unheard);
	enum reason reason = send_item(renew, step, &exchange, error);

	if (exchange.sent)
		hear(&exchange, step->session.id);
	if (reason == REASON_UNSET)
		reason = judge(&exchange, error);
	else
		(void)job_end(&exchange.job, &unheard);
	if (exchange.spent)
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
