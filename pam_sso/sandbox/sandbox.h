/*
 * sandbox: what this process can still do once it talks to strangers.
 *
 * Two parts of the kernel, each behind a file of its own:
 * - landlock.c: which files may be opened. Nothing but reading the CA certificates, what the
 *   resolver and OpenSSL are configured with, and shared libraries. To which TCP port may be
 *   connected, where the program has but one.
 * - seccomp.c: which system calls there are. A list of those that it has no business with.
 *
 * 1. Where the running kernel does not have a part, the program goes on without it, and says so in
 *    its result.
 * 2. A part that the kernel has and that fails MUST end the job.
 * 3. Neither can be undone, by this process or by anything that it becomes.
 */
#ifndef PAM_SSO_SANDBOX_H
#define PAM_SSO_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* What the request names: CA certificates in a file, a directory of hashed names, both; NULL where
 * not set. The one TCP port to connect to beside the name servers'; 0: any. */
struct sandbox_needs {
	const char *ca_file;
	const char *ca_dir;
	uint16_t port;
	bool accepts; /* it listens already, and takes connections */
};

/* What is in force, in words: `seccomp,landlock:6`, `seccomp,no-landlock`; "" before. */
struct sandbox {
	char text[40];
};

/* Closes the sandbox around the process, which has one thread and no_new_privs.
 * Returns 0 and sets *ret; or a negative errno, and then the process may be half in it. */
int sandbox_enter(const struct sandbox_needs *needs, struct sandbox *ret);

/* The parts. Each returns 0 where the kernel does not have it, a negative errno where it fails, and
 * else a number above 0: Landlock's ABI version. */
int landlock_enter(const struct sandbox_needs *needs);
int seccomp_enter(const struct sandbox_needs *needs);

#endif
