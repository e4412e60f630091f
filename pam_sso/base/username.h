/*
 * username: what a local user name may look like before anything is looked up with it.
 */
#ifndef PAM_SSO_USERNAME_H
#define PAM_SSO_USERNAME_H

#include <stdbool.h>

/* 1 to 32 of A-Z a-z 0-9 _ . -, the first a letter or underscore, not ".." inside.
 * So it is never a path, an option, a number or two lines. */
bool username_valid(const char *name);

#endif
