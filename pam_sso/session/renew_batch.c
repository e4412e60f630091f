#include "renew_batch.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "config_error.h"

void renew_batch_begin(
	struct renew_batch *batch, const struct renew *renew, renew_told *told, void *context)
{
	*batch = (struct renew_batch){.renew = *renew, .told = told, .context = context, .room = 1};
}

/* Tells what became of a session, which frees it. */
static void tell(struct renew_batch *batch, struct renew_step *step, enum reason reason,
	const struct config_error *error)
{
	batch->told(batch->context, step->lock.id, &step->session, reason, error->text);
	renew_unlock(&batch->renew, step);
}

/* The last step of one that was asked about. */
static void finish(struct renew_batch *batch, struct renew_step *step, enum reason reason,
	const struct record *answer, const char *detail)
{
	struct config_error error = {0};

	if (reason != REASON_OK)
		(void)config_fail(&error, reason, "%s", detail ? detail : "");
	reason = renew_finish(&batch->renew, step, reason, answer, &error);
	tell(batch, step, reason, &error);
}

/* Rule 5. */
static void finish_ended(struct renew_batch *batch)
{
	for (unsigned int i = 0; i < batch->n_ended; i++)
		finish(batch, &batch->ended[i], REASON_SESSION_ENDED, NULL, NULL);
	batch->n_ended = 0;
}

/* Retry-After, of an answer or of the result. */
static void leave_alone(struct renew_batch *batch, const struct record *event)
{
	int64_t seconds;

	if (record_get_int(event, "retry_after", 0, INT32_MAX, &seconds) < 0)
		return;
	batch->away = true;
	if (seconds > batch->retry_after)
		batch->retry_after = seconds;
}

/* Rules 3 and 4. */
static void learn(struct renew_batch *batch, const struct record *answer, enum reason reason)
{
	batch->in_row = reason_class(reason) == CLASS_UNAVAILABLE ? batch->in_row + 1 : 0;
	if (reason == REASON_OK && batch->room < WIRE_ITEMS)
		batch->room++;
	batch->answered = batch->answered || reason == REASON_OK;
	batch->away = batch->away || batch->in_row >= RENEW_BATCH_AWAY;
	leave_alone(batch, answer);
}

/* Takes the session out of those that are asked about. -1: it is none of them. */
static int take_asked(struct renew_batch *batch, const char *id, struct renew_step *ret)
{
	unsigned int at = 0;

	while (at < batch->n_asked && strcmp(batch->asked[at].session.id, id) != 0)
		at++;
	if (at == batch->n_asked)
		return -1;
	*ret = batch->asked[at];
	batch->n_asked--;
	memmove(&batch->asked[at], &batch->asked[at + 1],
		(batch->n_asked - at) * sizeof(*batch->asked));
	memmove(&batch->sent_ms[at], &batch->sent_ms[at + 1],
		(batch->n_asked - at) * sizeof(*batch->sent_ms));
	return 0;
}

/* Returns false where it is an answer to nothing: then the worker is broken. */
static bool take_answer(struct renew_batch *batch, const struct record *answer)
{
	enum reason reason = reason_by_name(record_get(answer, "reason"));
	struct renew_step step;

	if (take_asked(batch, record_get(answer, "id"), &step) < 0) {
		(void)snprintf(batch->job.detail, sizeof(batch->job.detail),
			"the worker answered for another");
		return false;
	}
	learn(batch, answer, reason);
	if (reason == REASON_SESSION_ENDED)
		batch->ended[batch->n_ended++] = step;
	else
		finish(batch, &step, reason, answer, record_get(answer, "detail"));
	return true;
}

/* Ends the worker. *RET_RESULT stays unset where its end is no regular one. */
static enum reason stop_job(
	struct renew_batch *batch, struct record **ret_result, const char **ret_detail)
{
	enum reason reason = job_end(&batch->job, ret_result);

	batch->started = false;
	batch->away = batch->away || reason != REASON_OK;
	*ret_detail = *ret_result ? record_get(*ret_result, "detail") : batch->job.detail;
	if (*ret_result)
		leave_alone(batch, *ret_result);
	return reason;
}

/* What the worker left unanswered was not sent, where its end is a regular one; else nobody knows. */
static void end_job(struct renew_batch *batch)
{
	RECORD_AUTO(result);
	const char *detail;
	enum reason reason = stop_job(batch, &result, &detail);

	if (!result)
		reason = REASON_SESSION_LOST;
	for (unsigned int i = 0; i < batch->n_asked; i++)
		finish(batch, &batch->asked[i], reason, NULL, detail);
	batch->n_asked = 0;
	finish_ended(batch);
}

/* Takes what the worker says next, up to UNTIL (clock_monotonic_ms()). Returns false where it said
 * nothing, and has time yet. */
static bool take_next(struct renew_batch *batch, int64_t until)
{
	RECORD_AUTO(answer);
	int64_t now = clock_monotonic_ms();
	int64_t patience = (batch->n_asked ? batch->sent_ms[0] : now) + WORKER_REQUEST_ANSWER_MS;
	enum job_step step = job_next(
		&batch->job, until < patience ? until : patience, NULL, 0, &answer);

	if (step == JOB_DEADLINE && until < patience)
		return false;
	if (step != JOB_ANSWER || !take_answer(batch, answer))
		end_job(batch);
	return true;
}

/* What was answered is stored before anything else is asked, and an answer that is late is late also
 * while there is room. Rules 3 and 5. */
static void make_room(struct renew_batch *batch)
{
	while (batch->n_asked && take_next(batch, clock_monotonic_ms()))
		;
	while (batch->n_asked && (batch->n_asked >= batch->room || batch->n_ended))
		(void)take_next(batch, INT64_MAX);
	finish_ended(batch);
}

static enum reason not_ready(struct renew_batch *batch, struct config_error *error)
{
	RECORD_AUTO(result);
	const char *detail;
	enum reason reason = stop_job(batch, &result, &detail);

	batch->away = true;
	return config_fail(
		error, reason == REASON_OK ? REASON_WORKER : reason, "%s", detail ? detail : "");
}

static enum reason start_job(struct renew_batch *batch, struct config_error *error)
{
	RECORD_AUTO(request);
	RECORD_AUTO(event);
	const struct renew *renew = &batch->renew;
	int64_t deadline = clock_monotonic_ms() + WORKER_REQUEST_READY_MS;
	enum reason reason = worker_request_refresh(renew->config, renew->policy, &request, error);

	if (reason != REASON_OK) {
		batch->away = true;
		return reason;
	}
	batch->started = true;
	if (job_start(&batch->job, renew->config->network.worker, &renew->worker, request,
		    deadline) != REASON_OK ||
		job_next(&batch->job, deadline, NULL, 0, &event) != JOB_READY)
		return not_ready(batch, error);
	return REASON_OK;
}

/* One that was spent, but did not go out. */
static enum reason fail_item(
	struct renew_batch *batch, struct renew_step *step, struct config_error *error)
{
	enum reason reason = config_fail(error, REASON_WORKER, "%s", batch->job.detail);

	return renew_finish(&batch->renew, step, reason, NULL, error);
}

/* Rule 2. Returns REASON_UNSET where the session is asked about; else why it is not. */
static enum reason ask(
	struct renew_batch *batch, struct renew_step *step, struct config_error *error)
{
	RECORD_AUTO(item);
	enum reason reason = worker_request_item(&step->session, &item, error);

	if (reason == REASON_OK && !batch->started)
		reason = start_job(batch, error);
	if (reason == REASON_OK)
		reason = renew_spend(&batch->renew, step, error);
	if (reason != REASON_OK)
		return reason;
	int64_t now = clock_monotonic_ms();
	if (job_item(&batch->job, item, now + WORKER_REQUEST_ANSWER_MS) != REASON_OK)
		return fail_item(batch, step, error);
	batch->sent_ms[batch->n_asked] = now;
	batch->asked[batch->n_asked++] = *step;
	return REASON_UNSET;
}

/* What is shared was told by who asked. */
static void add_locked(struct renew_batch *batch, struct renew_step *step)
{
	RECORD_AUTO(shared);
	struct config_error error = {0};
	enum reason reason = renew_decide(&batch->renew, step, &shared, &error);

	if (reason == REASON_OK) {
		renew_unlock(&batch->renew, step);
		return;
	}
	if (reason == REASON_UNSET)
		reason = ask(batch, step, &error);
	if (reason != REASON_UNSET)
		tell(batch, step, reason, &error);
}

void renew_batch_add(struct renew_batch *batch, const char *id, int64_t at_most)
{
	struct config_error error = {0};
	struct renew_step step;

	make_room(batch);
	if (batch->away)
		return;
	batch->renew.at_most = at_most;
	int r = renew_lock(&batch->renew, id, clock_monotonic_ms(), &step);
	if (r == 0)
		add_locked(batch, &step);
	else if (r != -ETIMEDOUT)
		batch->told(batch->context, id, &step.session,
			renew_store_failed(&error, "lock", r), error.text);
	if (batch->started && *batch->job.detail)
		end_job(batch);
}

void renew_batch_end(struct renew_batch *batch)
{
	if (batch->started)
		job_items_end(&batch->job);
	while (batch->started)
		(void)take_next(batch, INT64_MAX);
	batch->away = batch->away || batch->in_row;
}
