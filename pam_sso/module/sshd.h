/*
 * sshd: what can be found out about sshd from inside it.
 */
#ifndef PAM_SSO_SSHD_H
#define PAM_SSO_SSHD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct sshd_version {
	int major, minor; /* 0.0 where it is not known */
};

/*
 * The highest OpenSSH_<major>.<minor> that BYTES name, if it is higher than *version. An sshd holds
 * its own version and, to know old peers by, those of earlier ones. Pure.
 */
void sshd_version_find(const char *bytes, size_t len, struct sshd_version *version);

/* The version of the sshd whose process this is, from its binary. */
struct sshd_version sshd_version_running(void);

/*
 * Whether sshd shows a text when it gets it, as it does from 10.3 on. Before that, a text is held
 * back until the next prompt, and never seen where no prompt follows. An unknown version is an old
 * one: a prompt is shown by all.
 */
bool sshd_shows_text(struct sshd_version version);

/*
 * Whether PEER is the client that SSH_CONNECTION ("address port address port") begins with. An IPv4
 * address mapped into IPv6 is the IPv4 address, as for sshd. Pure.
 */
bool sshd_is_client(const struct sockaddr *peer, socklen_t len, const char *ssh_connection);

/* The descriptor of the client's socket among the process's own, or -1. It stays sshd's. */
int sshd_client_fd(const char *ssh_connection);

#endif
