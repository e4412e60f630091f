/*
 * policy: does what an identity provider said before still satisfy what a service asks of a
 * sign-in? For an answer that is used again (renew.h, rule 7); of a new one the worker has checked
 * it, with the same rules (OpenID Connect Core 3.1.3.7, points 12 and 13).
 *
 * 1. acr, where set, MUST be one of the list; what was not claimed is none.
 * 2. Each of amr MUST have been claimed.
 * 3. auth_time, where max_age is set, MUST have been claimed, and MUST NOT be longer ago than that nor
 *    in the future, by more than skew.
 * 4. required_claims: what was said before does not tell. Where set, the answer is no.
 *
 * Pure.
 */
#ifndef PAM_SSO_POLICY_H
#define PAM_SSO_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "record.h"

/* EVENT has the words of wire_event; NOW is seconds since the epoch. */
bool policy_holds(const struct config *config, const struct record *event, int64_t now);

#endif
