/*
 * code_answer: waits for the answer of the authorization code flow: pasted, or brought by a browser to
 * the loopback address, whichever is first.
 *
 * 1. What makes it the answer is in answer.h; the first whose `state` is right is the only one.
 * 2. What is pasted and is not the answer is asked for again, CODE_WRONG_MAX times a login in all,
 *    and no more than CODE_PASTES_MAX lines are read. The last wrong one ends the login.
 * 3. What comes to the loopback address and is not the answer counts for nothing: anybody on this
 *    machine can send it, and the person's tries are the person's.
 * 4. It ends with the deadline, and when the caller goes away.
 */
#ifndef PAM_SSO_CODE_ANSWER_H
#define PAM_SSO_CODE_ANSWER_H

#include "reason.h"
#include "secret.h"
#include "task.h"

enum {
	CODE_WRONG_MAX = 3,
	CODE_PASTES_MAX = 64,
};

/* Returns REASON_OK and sets *ret_code; what answer_read() says of an answer that ends the sign-in;
 * REASON_ANSWER, REASON_DEADLINE, REASON_CANCELLED, REASON_INTERNAL or REASON_NO_MEMORY. */
enum reason code_answer_await(struct task *login, const char *state, struct secret *ret_code);

#endif
