/*
 * language: which language the person is spoken to in.
 *
 * 1. One that the configuration names MUST be taken, whatever the terminal.
 * 2. `language = auto` is this machine's own: that of the locale in /etc/locale.conf, or else in
 *    /etc/default/locale (LC_ALL, or LC_MESSAGES, or LANG), files that only root can have written.
 *    The environment MUST NOT be looked at: under su it is the caller's.
 * 3. It comes down to English where that locale is not UTF-8 or has no catalogue; where the kernel
 *    has the person's terminal as one that does not take UTF-8 (IUTF8: whoever made the terminal
 *    said so); and for Japanese and Korean at a virtual console, whose font has no such letters.
 * 4. Under sshd there is no terminal yet: the locale alone decides.
 */
#ifndef PAM_SSO_LANGUAGE_H
#define PAM_SSO_LANGUAGE_H

#include "context.h"
#include "message.h"

enum language_screen {
	SCREEN_UTF8,    /* a terminal that takes UTF-8, or no terminal but a window */
	SCREEN_CONSOLE, /* a virtual console */
	SCREEN_ASCII,
};

/* The language of a locale's file, as rule 3 has it but for the terminal: LANGUAGE_EN where it
 * names one that is not spoken, LANGUAGE_AUTO where it names none. Pure. */
enum language language_in_file(const char *text);

/* Rule 3 for the terminal. Pure. */
enum language language_on_screen(enum language language, enum language_screen screen);

/* All of it, for the configuration that the context has. Never LANGUAGE_AUTO. */
enum language language_find(const struct context *context);

#endif
