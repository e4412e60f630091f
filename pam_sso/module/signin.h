/*
 * signin: one sign-in from the worker's start to its end, with the person in between.
 *
 * Device flow: while the host's conversation blocks, the worker polls on, so that approval and
 * Enter may come in either order. Authorization code flow: each prompt takes a line of the answer
 * (asking.h), and before another one what the worker said meanwhile is heard. What was typed is a
 * secret, and MUST NOT be logged. Whatever ends it, the worker is gone when this returns.
 */
#ifndef PAM_SSO_SIGNIN_H
#define PAM_SSO_SIGNIN_H

#include <stdint.h>

#include "context.h"
#include "host.h"
#include "record.h"
#include "wait.h"

/* How the person was asked. */
struct signin_asked {
	const char *flow; /* its name; NULL: nobody was asked */
	int64_t at;       /* when, by clock_monotonic_ms() */
};

/*
 * Signs somebody in for context->user. WAIT has begun, and it is the caller who ends it: a signal
 * that ended the sign-in may end the host too, which must not happen before that is logged.
 * Returns REASON_OK where the worker verified somebody, and sets *ret_result, which the caller
 * frees; otherwise why not, with *ret_result set where the worker said one, and the context's words
 * where the log needs any. *ret_asked is left alone where nobody was asked.
 */
enum reason signin_run(struct context *context, const struct host *host, struct wait *wait,
	struct record **ret_result, struct signin_asked *ret_asked);

#endif
