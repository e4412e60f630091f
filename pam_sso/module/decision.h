/*
 * decision: may whom the worker verified come in as this user? What account.h decides, with the map
 * file that the configuration names.
 */
#ifndef PAM_SSO_DECISION_H
#define PAM_SSO_DECISION_H

#include "account.h"
#include "context.h"
#include "record.h"

/* RESULT is an event whose reason is `ok`. Returns why not, or REASON_OK; *ret says what decided,
 * where it came so far. */
enum reason decision_make(struct context *context, const struct record *result,
	const struct local_user *user, struct account_decision *ret);

#endif
