/*
 * sshauth: what sshd verified before it asked PAM, from SSH_AUTH_INFO_0 of the PAM environment.
 *
 * The value is a line for each method that succeeded: its name, and for a key its type and its
 * base64 (sshd_config(5), ExposeAuthInfo):
 *
 *	publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
 *
 * 1. A public key counts where a line is `publickey`, one space, a key type, one space and base64,
 *    to its end, and nothing else: hostbased's key, or `publickey` in another word, is none.
 * 2. One line that no sshd writes (an empty one, another byte than printable ASCII) spoils all.
 *
 * Pure. Whose environment the value came from is the caller's to know: PAM's, never the process's.
 */
#ifndef PAM_SSO_SSHAUTH_H
#define PAM_SSO_SSHAUTH_H

#include <stddef.h>

/* The first public key that was verified: its type, a space and its base64, *ret_len bytes within
 * VALUE. NULL where there is none; a VALUE of NULL or "" has none. */
const char *sshauth_publickey(const char *value, size_t *ret_len);

#endif
