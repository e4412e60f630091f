#include "userinfo_job.h"

enum reason userinfo_job_run(struct task *task)
{
	enum reason reason = idp_discover(&task->idp, IDP_USERINFO);

	task->result->userinfo.max = RECORD_LINE;
	if (reason == REASON_OK)
		reason = idp_userinfo_line(
			&task->idp, &task->request->access_token, &task->result->userinfo);
	return task_unattended(reason);
}
