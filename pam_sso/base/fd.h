/*
 * fd: descriptors of ours in a host that may have closed its own.
 */
#ifndef PAM_SSO_FD_H
#define PAM_SSO_FD_H

/*
 * A host without standard descriptors gets its next ones at 0 to 2, where somebody would read and
 * write. Takes FD over, which may be -1 with errno set, and returns a descriptor for the same of at
 * least LOWEST, closed on exec; or -1 with errno set.
 */
int fd_lift(int fd, int lowest);

#endif
