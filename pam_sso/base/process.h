/*
 * process: which process, for longer than its pid lasts.
 *
 * A pid is used again; a pid with the moment its process started (in clock ticks since boot,
 * proc_pid_stat(5) field 22) is not, until the next boot, at which sessions are gone.
 */
#ifndef PAM_SSO_PROCESS_H
#define PAM_SSO_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid; /* 0: none */
	uint64_t started;
};

#define PROCESS_TEXT 40 /* bytes that process_format() needs, the NUL included */

/* The process that has PID now. One that ended and is not reaped yet is none. Returns 0 and sets
 * *ret and, if not NULL, *ret_parent (0: the parent is in no namespace that we see); -ESRCH where
 * there is none; or another negative errno. */
int process_look(pid_t pid, struct process *ret, pid_t *ret_parent);

bool process_same(const struct process *a, const struct process *b);

/* `PID:STARTED` and back, in one spelling each. Parsing returns 0 or -EINVAL. */
void process_format(const struct process *process, char text[PROCESS_TEXT]);
int process_parse(const char *text, struct process *ret);

/*
 * The ancestors of PID, itself first, up to ROOM of them, each looked at twice so that a process
 * that ended meanwhile does not lend its number to another: where the line changes while it is
 * followed, it ends. Returns how many, at least 1 where ROOM is; or a negative errno.
 */
int process_ancestors(pid_t pid, struct process *ret, unsigned int room);

/* Sends SIGNAL to that very process, through a pidfd. Returns 0; -ESRCH where it is gone; or
 * another negative errno. */
int process_signal(const struct process *process, int signal);

#endif
