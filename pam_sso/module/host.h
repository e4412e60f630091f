/*
 * host: which program this is, and how a person in front of it is reached.
 */
#ifndef PAM_SSO_HOST_H
#define PAM_SSO_HOST_H

#include <stdbool.h>

#include "context.h"
#include "verdict.h"

enum show {
	SHOW_AS_PROMPT, /* one prompt carries everything */
	SHOW_AS_TEXT,
	SHOW_NOWHERE, /* nobody would see it */
};

struct host {
	enum host_kind kind;
	enum show show;
	bool qr;       /* whether a QR code is worth asking for */
	int client_fd; /* sshd's client, to be watched; -1 elsewhere */
};

/*
 * Looks at the process and the PAM items.
 *
 * 1. sshd is the host whose PAM_TTY is "ssh" and whose PAM environment has SSH_CONNECTION; sudo
 *    goes by its service's name (`sudo`, `sudo-i`).
 * 2. `show = auto`: under sshd before 10.3 a prompt; elsewhere text, and where there is no
 *    terminal, or sudo was told not to ask (`sudo -n`), nothing. What the configuration names is
 *    done without looking.
 * 3. `qr = auto`: under sshd yes (what the client can show is not known, and link and code stand
 *    beside it); elsewhere where the terminal shows half blocks.
 */
void host_look(const struct context *context, struct host *ret);

/* Rule 1 alone. */
enum host_kind host_kind(const struct context *context);

/* The public key that sshd verified before it asked, as sshauth.h has it. Returns 0 and sets *ret,
 * which the caller frees; -ENOENT where there is none, or KIND is not sshd; or -ENOMEM. */
int host_ssh_key(const struct context *context, enum host_kind kind, char **ret);

#endif
