#include "revoke.h"

/* The token endpoint is the audience of a client that signs who it is. */
enum reason revoke_run(struct task *task)
{
	enum reason reason = idp_discover(&task->idp, IDP_TOKEN | IDP_REVOCATION);

	if (reason == REASON_OK)
		reason = idp_revoke(&task->idp, &task->request->refresh_token);
	return task_unattended(reason);
}
