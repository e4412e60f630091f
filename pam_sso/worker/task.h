/*
 * task: what every job has in hand: its request, the way to the identity provider, its result.
 *
 * A job is a function that says how it ended; what is begun before it and given back behind it is
 * the same for all, and stands here. So is one rule: no secret that was sent or received stands in
 * the detail or a note, whatever the IdP says.
 */
#ifndef PAM_SSO_TASK_H
#define PAM_SSO_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "idp.h"
#include "jwk.h"
#include "reason.h"
#include "record.h"
#include "request.h"
#include "result.h"

struct task {
	struct channel *channel;
	const struct request *request;
	struct result *result;
	struct idp idp;  /* its detail is the task's */
	int64_t began_s; /* since the epoch */
	int64_t deadline_ms;
	/* verify.h's */
	struct jwk_set keys;
	bool keys_there;
	unsigned int key_fetches;
};

/* Reads the request, runs the job, and gives everything back. How it ended stands in RESULT, which
 * the caller sends. */
void task_run(enum reason (*job)(struct task *task), struct channel *channel,
	const struct record *record, struct result *result);

/* What REASON means in a job that waits for nobody: where the deadline comes, no person was slow;
 * the IdP could not be asked. */
enum reason task_unattended(enum reason reason);

/* Says what was wrong, and returns REASON. */
enum reason task_fail(struct task *task, enum reason reason, const char *detail);

#endif
