/*
 * explain_job: what claims that somebody hands over would come to, had an ID token them: JSON is
 * read in the worker, and nowhere else.
 *
 * Nothing of them is verified, and nobody is let in by it: the caller only tells an administrator.
 * No request is sent. Times are held against the claims' own `iat`, where they have one.
 */
#ifndef PAM_SSO_EXPLAIN_JOB_H
#define PAM_SSO_EXPLAIN_JOB_H

#include "reason.h"
#include "task.h"

enum reason explain_job_run(struct task *task);

#endif
