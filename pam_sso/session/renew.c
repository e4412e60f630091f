#include "renew.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "config_error.h"
#include "job.h"
#include "session_end.h"
#include "worker_request.h"

static enum reason fail_store(struct config_error *error, const char *what, int r)
{
	return config_fail(
		error, REASON_INTERNAL, "cannot %s the session: %s", what, strerrordesc_np(-r));
}

/* Rule 2, and whether there is anything to ask with. */
static enum reason check_session(
	const struct renew *renew, const struct session *session, struct config_error *error)
{
	if (strcmp(session->iss, renew->config->provider.issuer) != 0)
		return config_fail(error, REASON_TOKEN_ISSUER, "the session is another issuer's");
	if (!secret_present(&session->refresh_token))
		return config_fail(error, REASON_TOKEN_MISSING,
			"the provider gave no refresh token: see scope in pam_sso.conf");
	return REASON_OK;
}

static enum reason ask(const struct renew *renew, const struct session *session,
	struct record **ret_result, struct config_error *error)
{
	RECORD_AUTO(request);
	struct job job;
	int64_t now = clock_monotonic_ms();

	if (now < 0)
		return REASON_INTERNAL;
	enum reason reason = worker_request_refresh(
		renew->config, session, renew->policy, &request, error);
	if (reason != REASON_OK)
		return reason;
	reason = job_run(&job, renew->config->network.worker, &renew->worker, request,
		now + WORKER_REQUEST_SILENT * 1000 + WORKER_REQUEST_GRACE_MS, ret_result);
	const char *detail = *ret_result ? record_get(*ret_result, "detail") : job.detail;
	return reason == REASON_OK ? reason
				   : config_fail(error, reason, "%s", detail ? detail : "");
}

/* Rule 5. */
static bool is_about(const struct record *result, const struct session *session)
{
	const char *iss = record_get(result, "iss"), *sub = record_get(result, "sub");

	return iss && strcmp(iss, session->iss) == 0 && sub && strcmp(sub, session->sub) == 0;
}

/* What the reply says of how long the access token lasts, as a moment; -1: nothing. */
static int64_t access_ends(const struct record *result, int64_t now)
{
	int64_t seconds = -1;

	if (record_get_int(result, "access_expires_in", 0, INT32_MAX, &seconds) < 0)
		return -1;
	return now + seconds;
}

static int take_access(struct session *session, const struct record *result, int64_t now)
{
	secret_free(&session->access_token);
	int r = record_get_secret(result, "access_token", &session->access_token);
	if (r < 0 && r != -ENOENT)
		return r;
	session->access_ends = access_ends(result, now);
	session->verified = now;
	r = record_get_int(result, "token_iat", 0, INT64_MAX, &session->token_iat);
	return r == -ENOENT ? 0 : r;
}

/* Rule 3: puts what the answer brings into the session and the store. */
static enum reason keep_answer(const struct renew *renew, const struct record *result,
	enum reason reason, struct session *session, struct config_error *error)
{
	bool renewed = record_get(result, "refresh_token");
	int r = 0;

	if (!renewed && reason != REASON_OK)
		return reason;
	if (renewed)
		r = record_get_secret(result, "refresh_token", &session->refresh_token);
	if (r == 0 && reason == REASON_OK)
		r = take_access(session, result, clock_wall_s());
	if (r == 0)
		r = store_put(renew->store, session);
	if (r == 0)
		return reason;
	if (renewed)
		(void)store_remove(renew->store, session->id);
	return fail_store(error, "store", r);
}

static enum reason renew_locked(const struct renew *renew, struct session *session,
	struct record **ret_result, struct config_error *error)
{
	int64_t age = clock_wall_s() - session->verified;

	if (renew->at_most != RENEW_ALWAYS && age >= 0 && age < renew->at_most)
		return REASON_OK;
	enum reason reason = check_session(renew, session, error);
	if (reason != REASON_OK)
		return reason;
	reason = ask(renew, session, ret_result, error);
	if (!*ret_result)
		return reason;
	if (reason == REASON_OK && !is_about(*ret_result, session))
		reason = config_fail(
			error, REASON_WORKER, "the worker's answer is about another subject");
	if (reason != REASON_SESSION_ENDED)
		return keep_answer(renew, *ret_result, reason, session, error);
	int r = session_end(renew->store, renew->config, session);
	if (r < 0)
		(void)fail_store(error, "end", r);
	return reason;
}

enum reason renew_session(const struct renew *renew, const char *id, struct session *ret_session,
	struct record **ret_result, struct config_error *ret_error)
{
	int lock = store_lock(renew->store, id, clock_monotonic_ms() + RENEW_LOCK_MS);

	if (lock < 0)
		return fail_store(ret_error, "lock", lock);
	int r = store_get(renew->store, id, clock_wall_s(), ret_session);
	enum reason reason = REASON_UNSET;
	if (r == 0)
		reason = renew_locked(renew, ret_session, ret_result, ret_error);
	else if (r == -ENOENT)
		reason = REASON_SESSION_ENDED;
	else
		reason = fail_store(ret_error, "read", r);
	store_unlock(lock);
	return reason;
}
