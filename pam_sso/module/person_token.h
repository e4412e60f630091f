/*
 * person_token: where a login opens, its person gets their access token (token_file.h), and the
 * one variable that names it.
 *
 * 1. It MUST be the person's own login: sudo opens one for somebody else.
 * 2. The file MUST be written under the session's lock: who closes another login of the session, or
 *    renews it, would remove or replace it meanwhile.
 */
#ifndef PAM_SSO_PERSON_TOKEN_H
#define PAM_SSO_PERSON_TOKEN_H

#include "context.h"
#include "shelf.h"

/* Does so for the session ID, where the configuration wants it. What fails is logged. */
void person_token_give(struct context *context, struct shelf *shelf, const char *id);

#endif
