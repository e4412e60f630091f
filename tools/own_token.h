/*
 * own_token: the access token of whoever calls, from the file of token_file.h.
 *
 * The variable names it, and whoever sets the variable is the caller. The file MUST be regular and
 * the caller's, readable by nobody else, and its token MUST NOT have expired; links are not
 * followed, nor is anything waited for.
 */
#ifndef PAM_SSO_OWN_TOKEN_H
#define PAM_SSO_OWN_TOKEN_H

#include <stdint.h>

#include "secret.h"

/* Returns SSOCTL_OK and sets *ret, which secret_free() frees, and *ret_expires (seconds since the
 * epoch; -1: not said); or an exit status, and has said why. */
int own_token_read(struct secret *ret, int64_t *ret_expires);

#endif
