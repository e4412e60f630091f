/*
 * sudo: what can be found out about sudo from inside it.
 */
#ifndef PAM_SSO_SUDO_H
#define PAM_SSO_SUDO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether the command line (words that each end with a NUL, as proc_pid_cmdline(5) has it) is that
 * of `sudo -n`, which is not to ask. sudo calls PAM all the same where noninteractive_auth is
 * on, and shows a text, but tells no module. A command line that is read wrongly means that the
 * person is asked, or is not: it decides nothing else. Pure.
 */
bool sudo_is_silent(const char *cmdline, size_t len);

/* Whether the sudo whose process this is was told not to ask. */
bool sudo_running_silent(void);

#endif
