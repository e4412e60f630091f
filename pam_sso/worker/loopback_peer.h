/*
 * loopback_peer: whose program is at the other end of a connection within this machine
 * (sock_diag(7)).
 *
 * 1. Only the kernel is believed, about the one socket that is the other end, and only while that
 *    is open: one that its owner closed is nobody's.
 * 2. What the kernel does not tell is not guessed.
 */
#ifndef PAM_SSO_LOOPBACK_PEER_H
#define PAM_SSO_LOOPBACK_PEER_H

#include <stdbool.h>
#include <sys/types.h>

/* Returns a descriptor to ask by, or a negative errno. It goes on within the sandbox. */
int loopback_peer_open(void);

/* Whether the kernel tells owners at all, with LISTENER, a socket of ours that listens. */
bool loopback_peer_is_told(int diag, int listener);

/* Whether the other end of CONNECTION is open, and USER's, or root's, who needs none of this. */
bool loopback_peer_is(int diag, int connection, uid_t user);

#endif
