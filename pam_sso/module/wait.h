/*
 * wait: what ends the wait for a person, beside the worker: they gave up, or they are gone.
 *
 * 1. SIGHUP, SIGINT, SIGQUIT and SIGTERM are blocked in this thread and watched through a
 *    signalfd, and MUST NOT be taken from the host: readable means pending, and when the mask is
 *    put back the host has them. So Ctrl-C is seen under sudo (which has it blocked), under login
 *    (which ignores it) and under su (which dies of it, once the worker is gone).
 * 2. Under sshd its client's socket is watched for the client's closing it.
 * 3. Nothing is polled: no timer, no periodic wake-up.
 */
#ifndef PAM_SSO_WAIT_H
#define PAM_SSO_WAIT_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>

#include "reason.h"

struct wait {
	struct pollfd fds[2]; /* to be given to job_next() */
	unsigned int n;
	sigset_t mask; /* the host's */
	bool blocked;
};

/* A wait that has not begun: for wait_end(), nothing to do. */
#define WAIT_NONE                                                                                  \
	{                                                                                          \
		.fds = { {.fd = -1}, {.fd = -1} }                                                  \
	}

/* Begins to watch; CLIENT_FD is the client's socket or -1. wait_end() MUST be called in any case.
 * Returns REASON_OK or REASON_INTERNAL. */
enum reason wait_begin(struct wait *wait, int client_fd);

/* Gives the host its signals while its own code runs (the conversation), and takes them again. */
void wait_pause(struct wait *wait);
enum reason wait_resume(struct wait *wait);

/* Which of them ended a wait. */
enum reason wait_reason(const struct wait *wait);

/* Closes the signalfd and puts the host's mask back. A signal that came meanwhile is delivered. */
void wait_end(struct wait *wait);

#endif
