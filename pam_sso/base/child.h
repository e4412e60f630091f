/*
 * child: what happens between fork and exec.
 *
 * The memory is a copy of a process that may have had threads, so only async-signal-safe calls are
 * made here: no allocation, no stdio, no locks. Signals and identities are set by the system calls
 * themselves: the C library's functions for them look at locks and threads of the process before.
 */
#ifndef PAM_SSO_CHILD_H
#define PAM_SSO_CHILD_H

#include "spawn.h"

/* The lowest number that the descriptors of a plan may have: below are those of the program, and
 * the one that the errno goes out on. */
enum { CHILD_FD_MIN = 5 };

struct child_plan {
	const char *path;
	const struct spawn_identity *identity;
	int wire; /* becomes WIRE_FD */
	int sync; /* a socket: the parent says one byte when the child may go on; an errno comes
	             back as an int, or end of file once the program is running */
};

/* Becomes the program. To be called right behind fork, with all signals blocked. */
_Noreturn void child_run(const struct child_plan *plan);

#endif
