/*
 * renew_batch: many sessions renewed over one conversation with one worker, and so over one
 * connection to the provider, with many requests in flight.
 *
 * 1. Each session goes through the steps of renew_step.h, its lock held from its own first step to
 *    its own last. One whose lock somebody else has is passed over: it is being renewed. A lock of a
 *    Redis store may run out meanwhile where the store takes its time for each of the others; then
 *    what stands there is the later version (rule 4 of store.h).
 * 2. The worker is started when the first session has to be asked about.
 * 3. At first one session is asked about at a time, and with each that the provider stands by one
 *    more, up to WIRE_ITEMS: a provider that is away costs few requests.
 * 4. Where it could not be asked RENEW_BATCH_AWAY times in a row, wants to be left alone
 *    (Retry-After), or there is no worker that could ask, nothing more is asked.
 * 5. What a session that is over brings with it (session_end.h) may take seconds, and waits until no
 *    other session is asked about.
 *
 *	renew_batch_begin()
 *	renew_batch_add()    for each session
 *	renew_batch_end()    in every case
 */
#ifndef PAM_SSO_RENEW_BATCH_H
#define PAM_SSO_RENEW_BATCH_H

#include "job.h"
#include "renew_step.h"
#include "wire.h"

enum { RENEW_BATCH_AWAY = 3 };

/* Told what became of the session ID, as renew_session() tells it. Nothing is told of one that
 * somebody else renews, or renewed. SESSION is empty where there was none to read; DETAIL may be
 * "". */
typedef void renew_told(void *context, const char *id, const struct session *session,
	enum reason reason, const char *detail);

struct renew_batch {
	/* Whether rule 4 ended it early, or the last that was asked about could not be; for how
	 * many seconds the provider wants to be left alone (0: it did not say); whether it stood by
	 * any session. */
	bool away;
	int64_t retry_after;
	bool answered;
	/* Private. */
	struct renew renew;
	renew_told *told;
	void *context;
	struct job job;
	bool started;
	struct renew_step asked[WIRE_ITEMS]; /* in the order in which they were sent */
	int64_t sent_ms[WIRE_ITEMS];
	struct renew_step ended[WIRE_ITEMS];
	unsigned int n_asked, n_ended, room, in_row;
};

/* RENEW is copied. Nobody is let in by it: its policy, `seen` and `at_most` are not looked at. */
void renew_batch_begin(
	struct renew_batch *batch, const struct renew *renew, renew_told *told, void *context);

/* Renews the session ID, unless it was verified less than AT_MOST seconds ago. Waits where there is
 * no room. What came of it is told later, up to renew_batch_end(). */
void renew_batch_add(struct renew_batch *batch, const char *id, int64_t at_most);

/* Waits for all answers and ends the worker. */
void renew_batch_end(struct renew_batch *batch);

#endif
