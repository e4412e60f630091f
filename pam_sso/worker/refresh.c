#include "refresh.h"

#include "verify.h"

static enum reason renew(struct task *task)
{
	TOKEN_REPLY_AUTO(reply);
	int64_t iat = 0;

	enum reason reason = idp_discover(&task->idp, IDP_TOKEN | verify_endpoints(task));
	if (reason == REASON_OK)
		reason = verify_fetch_keys(task);
	if (reason == REASON_OK)
		reason = idp_refresh(&task->idp, &task->request->refresh_token, &reply);
	/* Rule 2. */
	result_take_refresh_token(task->result, &reply);
	if (reason != REASON_OK)
		return reason;
	reason = renewal_outcome(&reply);
	if (reason == REASON_OK)
		reason = verify_tokens(task, &reply, &task->request->earlier, &iat);
	if (reason == REASON_OK)
		result_take_access_token(task->result, &reply, iat);
	return reason;
}

enum reason refresh_run(struct task *task)
{
	return task_unattended(renew(task));
}
