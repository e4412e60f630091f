/*
 * job: the caller's side of one conversation with the worker (wire.h): start it, hear it, end it.
 *
 * 1. The worker may say one prompt, and with the authorization code flow that it wants another
 *    paste behind each that it got; or in a refresh that it is ready and then one answer to each
 *    item; and it MUST say one result. A second of any, an answer to nothing, anything behind the
 *    result, and any other event MUST be REASON_WORKER.
 * 2. A result counts only when it is whole, the worker closed its socket behind it, its reason is
 *    one that a worker can know, and the exit status agrees: WIRE_EXIT_OK with `ok`,
 *    WIRE_EXIT_REFUSED with any other. `ok` MUST NOT leave an item unanswered. Everything else MUST
 *    be REASON_WORKER.
 * 3. What only the caller can know (that a user or service is not ours, that a user does not exist)
 *    MUST NOT come from the worker: PAM stacks skip a module that says so.
 * 4. The end comes within JOB_END_MS, whatever the worker does, and leaves no process behind.
 *
 *	job_start()
 *	job_next()	JOB_PROMPT: show it, and go on; JOB_RESULT: enough; and in a refresh
 *			JOB_READY: send items; JOB_ANSWER: to one of them
 *	job_item()	for each; job_items_end() behind the last
 *	job_paste()	of the authorization code flow: what the person pasted; JOB_AGAIN: ask again
 *	job_end()	in every case
 */
#ifndef PAM_SSO_JOB_H
#define PAM_SSO_JOB_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "reason.h"
#include "record.h"
#include "spawn.h"

/* Milliseconds that job_end() takes at most. */
enum { JOB_END_MS = 1900 };

struct job {
	/* For the log: the first thing that the worker did wrong, or "". In our words, not in its
	 * own. Once it is set, no result counts. */
	char detail[128];
	/* Private. */
	struct spawned child;
	struct channel channel;
	struct record *result;
	bool started;
	bool prompted;
	bool code;   /* it prompted for a paste */
	bool pasted; /* and has said nothing to the last one yet */
	bool refresh, ready;
	unsigned int unanswered; /* items */
};

enum job_step {
	JOB_BROKEN,   /* the worker failed: only job_end() makes sense now */
	JOB_PROMPT,   /* *ret_event is set */
	JOB_READY,    /* for items */
	JOB_ANSWER,   /* to an item: *ret_event is set, and has an id and a reason */
	JOB_RESULT,   /* the result is there: job_end() checks it and hands it over */
	JOB_WATCHED,  /* a watched descriptor has an event: see its revents */
	JOB_DEADLINE, /* the deadline came */
	JOB_AGAIN,    /* to a paste: *ret_event is set, and has a part or the reason `answer` */
};

/*
 * Starts the worker at PATH (absolute) with this identity, and sends it REQUEST, up to DEADLINE
 * (clock_monotonic_ms()). Returns REASON_OK or REASON_WORKER. JOB is set in both cases, and
 * job_end() MUST be called in both.
 */
enum reason job_start(struct job *job, const char *path, const struct spawn_identity *identity,
	const struct record *request, int64_t deadline);

/*
 * Sends one item of a refresh, up to DEADLINE. Returns REASON_OK; or REASON_WORKER, and then the
 * worker never gets it whole.
 */
enum reason job_item(struct job *job, const struct record *item, int64_t deadline);

/* Tells the worker that there are no more items: it answers those it has, and says its result. */
void job_items_end(struct job *job);

/*
 * Sends what the person pasted, behind a JOB_PROMPT whose flow is code and behind each JOB_AGAIN,
 * up to DEADLINE. Returns REASON_OK, also where the worker is gone: its result may have crossed the
 * paste, and is what job_next() tells. Or REASON_WORKER for a worker that takes none, REASON_ANSWER
 * for a text that no record carries, REASON_NO_MEMORY.
 */
enum reason job_paste(struct job *job, const struct secret *text, int64_t deadline);

/*
 * Waits for what the worker says next, up to DEADLINE, and meanwhile for events on N_WATCH further
 * descriptors, as channel_receive() does. May be called again after all but JOB_BROKEN. With
 * JOB_PROMPT, JOB_AGAIN and JOB_ANSWER sets *ret_event, which the caller frees.
 */
enum job_step job_next(struct job *job, int64_t deadline, struct pollfd *watch,
	unsigned int n_watch, struct record **ret_event);

/*
 * Ends the job, at any point: closes the socket, and kills the worker where that does not end it.
 * Where the result counts, sets *ret_result to it, which the caller frees, and returns its reason.
 * Else returns REASON_WORKER and leaves *ret_result alone, also where none was heard: a caller that
 * gave up early has a reason of its own. JOB keeps nothing but its detail.
 */
enum reason job_end(struct job *job, struct record **ret_result);

/*
 * A job in which nobody is asked, from job_start() to job_end(). Returns as job_end(); a worker
 * that prompts, or has said nothing by DEADLINE, is REASON_WORKER.
 */
enum reason job_run(struct job *job, const char *path, const struct spawn_identity *identity,
	const struct record *request, int64_t deadline, struct record **ret_result);

#endif
