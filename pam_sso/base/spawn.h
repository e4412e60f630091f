/*
 * spawn: starting a program of ours from inside a process that is not ours.
 *
 * The host may have threads, handlers, closed standard descriptors, a strange umask, an ignored or
 * handled SIGCHLD, and its user's environment. The child gets none of that: a literal environment,
 * one socket and /dev/null as its descriptors, default signals and an empty mask, no controlling
 * terminal, umask 077, `/` as its directory, limits, and the identity it is to have. The host gets
 * back what it had, to the bit.
 *
 * Between fork and exec only async-signal-safe calls are made.
 */
#ifndef PAM_SSO_SPAWN_H
#define PAM_SSO_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SPAWN_START_MS = 10 * 1000 };

struct spawn_identity {
	bool change; /* false: the child runs as the caller; then the ids are not looked at */
	uid_t uid;
	gid_t gid; /* its only group */
};

struct spawned {
	pid_t pid;
	int pidfd; /* -1 where the kernel gives none: then the end is found by looking again */
	int fd;    /* the caller's end of the socket pair; the child's is descriptor WIRE_FD */
};

/*
 * Starts the program at PATH (absolute) with its name as its only argument.
 * Returns 0 and sets *ret, which spawn_end() takes back; or a negative errno, also that of a failed
 * setuid, setrlimit or exec in the child, and then nothing is left behind. -ETIMEDOUT: the program
 * was not running after SPAWN_START_MS, as on a file system that hangs.
 */
int spawn_start(const char *path, const struct spawn_identity *identity, struct spawned *ret);

/*
 * Closes the socket, gives the child up to GRACE_MS milliseconds to end, kills it after that, and
 * reaps it. Returns its exit status (0 to 255), or
 * -ETIMEDOUT	it had to be killed
 * -EINTR	it was ended by a signal
 * -ECHILD	the host took its status (SIGCHLD ignored, or a handler that reaps everything)
 */
int spawn_end(struct spawned *spawned, int grace_ms);

#endif
