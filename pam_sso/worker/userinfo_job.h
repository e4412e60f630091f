/*
 * userinfo_job: the job of asking who an access token is for (OpenID Connect Core 5.3).
 *
 * What the endpoint says is handed on, and is no proof of who anybody is: nobody is let in by it.
 */
#ifndef PAM_SSO_USERINFO_JOB_H
#define PAM_SSO_USERINFO_JOB_H

#include "reason.h"
#include "task.h"

enum reason userinfo_job_run(struct task *task);

#endif
