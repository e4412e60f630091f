/*
 * this_host: which machine this is, as sessions have it.
 */
#ifndef PAM_SSO_THIS_HOST_H
#define PAM_SSO_THIS_HOST_H

#include <stdbool.h>

#include "session.h"

enum { THIS_HOST_NAME = 256 };

/* Its name. Returns 0 or a negative errno. */
int this_host_name(char ret[THIS_HOST_NAME]);

/* Whether the session's person signed in here. */
bool this_host_is(const struct session *session);

#endif
