/*
 * fd: descriptors of ours, in a host that may have closed its own, and what they have to say.
 */
#ifndef PAM_SSO_FD_H
#define PAM_SSO_FD_H

#include <poll.h>
#include <stdint.h>

/*
 * A host without standard descriptors gets its next ones at 0 to 2, where somebody would read and
 * write. Takes FD over, which may be -1 with errno set, and returns a descriptor for the same of at
 * least LOWEST, closed on exec; or -1 with errno set.
 */
int fd_lift(int fd, int lowest);

/* Waits for an event of one of the N, which poll(2) sets. Returns 0; -ETIMEDOUT at DEADLINE
 * (clock_monotonic_ms()); or another negative errno. */
int fd_wait_any(struct pollfd *fds, unsigned int n, int64_t deadline);

/* The same for EVENTS of one. */
int fd_wait(int fd, short events, int64_t deadline);

#endif
