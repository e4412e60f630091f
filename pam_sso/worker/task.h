/*
 * task: what every job has in hand: its request, the way to the identity provider, its result.
 *
 * A job is a function that says how it ended; what is begun before it and given back behind it is
 * the same for all, and stands here. So is one rule: no secret that was sent or received stands in
 * the detail or a note, whatever the IdP says.
 *
 * A job that does many things of one kind has a task for each, made of its own: task_part().
 */
#ifndef PAM_SSO_TASK_H
#define PAM_SSO_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "idp.h"
#include "jwk.h"
#include "loopback.h"
#include "reason.h"
#include "record.h"
#include "request.h"
#include "result.h"

/* The key set, as verify.h fetches it. */
struct task_keys {
	struct jwk_set set;
	bool there;
	unsigned int fetches;
	enum reason fetched; /* what came of the last */
};

struct task {
	struct channel *channel;
	const struct request *request;
	struct result *result;
	struct idp idp;         /* its detail and its deadline are the task's */
	struct task_keys *keys; /* shared by a job and its parts */
	int64_t began_s;        /* since the epoch */
	/* of a login */
	struct loopback *loopback; /* NULL: it does not listen */
	unsigned long long loaded; /* by shed_loaded(), ahead of the network */
};

/* A job: the word for it, what it does, and in which manner (http.h). */
struct task_job {
	const char *name;
	enum reason (*run)(struct task *task);
	enum http_manner manner;
};

/* LOOPBACK stays the caller's, NULL where nothing listens. Reads the request, runs the job, and
 * gives everything back. How it ended stands in RESULT, which the caller sends. Where the job is
 * not over soon after its deadline, SIGALRM ends the process; one that is HTTP_MANY, whose end is
 * its caller's to say, has no such limit. */
void task_run(const struct task_job *job, struct channel *channel, const struct record *record,
	struct loopback *loopback, struct result *result);

/* A part of JOB that begins now: with a result, a deadline, a detail and secrets of its own. It
 * ends with task_conclude(). */
struct task task_part(const struct task *job, struct result *result);

/* Says in the task's result that it ended with REASON, and forgets its secrets. */
void task_conclude(struct task *task, enum reason reason);

/* What REASON means in a job that waits for nobody: where the deadline comes, no person was slow;
 * the IdP could not be asked. */
enum reason task_unattended(enum reason reason);

/* What REASON means once a person may have signed in: they chose the account that the IdP's replies
 * are about, and what it holds. So none of these but that the IdP does not accept this machine MUST
 * be "could not ask": with a reply past a ceiling they would open what a stack has for an IdP that is
 * away. That it cannot be reached, or proves not to be the IdP, is not theirs to choose. */
enum reason task_attended(enum reason reason);

/* Says what was wrong, and returns REASON. */
enum reason task_fail(struct task *task, enum reason reason, const char *detail);

#endif
