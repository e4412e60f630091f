/*
 * renew_step: the renewal of one session, in the steps around asking the provider. Alone (renew.c)
 * and with many others (renew_batch.c) a session goes the same way:
 *
 *	renew_lock()    rule 1 of renew.h
 *	renew_decide()  rules 2, 3 and 7: whether the provider has to be asked
 *	renew_spend()   rule 3, right before the refresh token goes to the worker
 *	renew_finish()  rules 3 to 6, with what came of it
 *	renew_unlock()  in every case
 */
#ifndef PAM_SSO_RENEW_STEP_H
#define PAM_SSO_RENEW_STEP_H

#include "renew.h"

struct renew_step {
	bool locked;
	struct store_lock lock;
	struct session session; /* as it is now, or was when it ended; empty: there was none */
	int64_t asked;          /* when, in seconds since the epoch */
};

/* Takes the lock of the session ID, waiting up to DEADLINE (clock_monotonic_ms()). Returns as
 * store_lock(), and then *ret holds it. */
int renew_lock(const struct renew *renew, const char *id, int64_t deadline, struct renew_step *ret);

/*
 * Reads the session and decides. Returns REASON_UNSET where the provider has to be asked; else how
 * the renewal ended, as renew_session() tells it. With REASON_OK it is an answer that was given
 * before: *ret_answer is set where RENEW wants a policy satisfied, and the caller frees it.
 */
enum reason renew_decide(const struct renew *renew, struct renew_step *step,
	struct record **ret_answer, struct config_error *ret_error);

/* Stores the session as one whose refresh token goes out. Returns REASON_OK; or REASON_STORE, and
 * then it must not go. */
enum reason renew_spend(
	const struct renew *renew, struct renew_step *step, struct config_error *ret_error);

/*
 * Stores what came of a session that was spent, or ends or removes it. REASON is the provider's or
 * the worker's; REASON_SESSION_LOST where nobody knows. ANSWER is what was answered to its item, or
 * NULL. Returns REASON, or why REASON_OK was not good enough.
 */
enum reason renew_finish(const struct renew *renew, struct renew_step *step, enum reason reason,
	const struct record *answer, struct config_error *ret_error);

/* Gives the lock back, and wipes the session. */
void renew_unlock(const struct renew *renew, struct renew_step *step);

/* A failure of the store, in words. Returns REASON_STORE. */
enum reason renew_store_failed(struct config_error *ret_error, const char *what, int error);

#endif
