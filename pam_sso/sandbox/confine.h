/*
 * confine: what a program that others start gives up before it hears its first word. The sandbox
 * (sandbox.h) closes later, once the request has named the files that it needs.
 *
 * 1. Descriptor WIRE_FD MUST be a stream socket; nothing of this is a program for the command line.
 * 2. Core files, new privileges, the environment, and every descriptor but the standard ones and
 *    WIRE_FD MUST be given up, and memory MUST be bounded. The other limits, identity and directory
 *    are set by who started us (spawn.h).
 */
#ifndef PAM_SSO_CONFINE_H
#define PAM_SSO_CONFINE_H

#include <stdbool.h>

/* Does both. Returns 0; or a negative errno, and PROGRAM said on standard error what is wrong. */
int confine_process(const char *program);

/* Whether the process is root, which it MUST NOT be once it does anything. */
bool confine_is_root(void);

#endif
