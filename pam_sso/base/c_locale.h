/*
 * c_locale: the "C" locale for the calling thread, for as long as a scope lasts.
 *
 * The module runs in a process whose locale somebody else chose, and must not call setlocale(). But
 * isspace() (inih asks it), the ranges of a regular expression and its error texts depend on it. A
 * file or a sign-in that means something else under another LC_CTYPE is a hole, so what reads
 * either of them takes the "C" locale first. Other threads, and the process, keep theirs.
 */
#ifndef PAM_SSO_C_LOCALE_H
#define PAM_SSO_C_LOCALE_H

#include <locale.h>

struct c_locale {
	locale_t own;    /* 0 while nothing was changed */
	locale_t before; /* the thread's, given back by c_locale_leave() */
};

#define C_LOCALE_AUTO(name) __attribute__((cleanup(c_locale_leave))) struct c_locale name = {0}

/* Returns 0, or -ENOMEM and nothing was changed. */
int c_locale_enter(struct c_locale *locale);

void c_locale_leave(struct c_locale *locale);

#endif
