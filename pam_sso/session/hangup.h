/*
 * hangup: ends the logins of a session, because its sign-in is no longer good.
 *
 * A login is its leader, the process of a binding that is one (binding.h), and everything that
 * descends from there: under sshd the leader is the monitor, whose end alone would leave the shell
 * running. Each gets SIGHUP, as if the line had dropped, and what lives after HANGUP_GRACE_MS,
 * SIGKILL, with what it started meanwhile. A process is told from another that got its number
 * (process.h). What left the login before, as a daemon does, is no part of it.
 */
#ifndef PAM_SSO_HANGUP_H
#define PAM_SSO_HANGUP_H

#include "binding.h"

enum { HANGUP_GRACE_MS = 2000 };

/* Ends the logins that BINDINGS says are those of session ID, and spares the calling process.
 * Returns how many processes were there to be ended, or a negative errno where they could not be
 * counted. */
int hangup_logins(const struct binding_list *bindings, const char *id);

#endif
