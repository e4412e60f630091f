/*
 * terminal: whether somebody can see what is printed, what their terminal shows, and what waits in
 * it.
 *
 * Display only: nothing that is decided here weakens a check, so it may look at the environment.
 */
#ifndef PAM_SSO_TERMINAL_H
#define PAM_SSO_TERMINAL_H

#include <stdbool.h>

/* Whether this process has any terminal: the one that PAM_TTY names (NULL or "" where it names
 * none), a controlling one, or one of descriptors 0 to 2. Without any, as in a cron job, a text
 * would be waited on that nobody reads. */
bool terminal_present(const char *pam_tty);

/* Whether a terminal of type TERM, where LOCALE is the name of the character locale, shows the half
 * blocks of a QR code. NULL is not set. Pure. */
bool terminal_shows_blocks(const char *term, const char *locale);

/* The name of the character locale, by the precedence of POSIX: LC_ALL, LC_CTYPE, LANG. NULL for
 * none. */
const char *terminal_locale(void);

/* Whether the terminal of this process takes UTF-8, as whoever made it told the kernel (IUTF8 of
 * termios(3)). Without any terminal, yes: what shows the text then is a window or a page. */
bool terminal_takes_utf8(void);

/* Whether PAM_TTY names a virtual console of Linux (tty1). NULL names none. Pure. */
bool terminal_is_console(const char *pam_tty);

/* Drops what was typed at the controlling terminal and not read: the rest of a line that was too
 * long for sudo would answer the next prompt. */
void terminal_drop_input(void);

#endif
