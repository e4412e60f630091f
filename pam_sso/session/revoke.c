#include "revoke.h"

#include <string.h>

#include "clock.h"
#include "config_error.h"
#include "job.h"
#include "worker_request.h"

enum reason revoke_session(const struct config *config, const struct spawn_identity *worker,
	const struct session *session, int64_t patience_ms, struct config_error *ret_error)
{
	RECORD_AUTO(request);
	RECORD_AUTO(result);
	struct job job;

	if (!secret_present(&session->refresh_token) ||
		!session_is_of(session, config->provider.issuer, config->provider.client_id))
		return REASON_OK;
	enum reason reason = worker_request_revoke(config, session, &request, ret_error);
	if (reason != REASON_OK)
		return reason;
	reason = job_run(&job, config->network.worker, worker, request,
		clock_monotonic_ms() + patience_ms, &result);
	if (reason == REASON_OK)
		return reason;
	const char *detail = result ? record_get(result, "detail") : job.detail;
	return config_fail(ret_error, reason, "%s", detail ? detail : "");
}
