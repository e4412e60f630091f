/*
 * verify: from the token endpoint's reply to what is told about a person.
 *
 * 1. A person is told about only after idtoken_verify() returned REASON_OK, and userinfo, where
 *    asked for, is of the same person.
 * 2. The key set is fetched at most twice: a job fetches it ahead of the tokens; where that failed,
 *    or the token's key is not in it, it is fetched once more.
 */
#ifndef PAM_SSO_VERIFY_H
#define PAM_SSO_VERIFY_H

#include "reason.h"
#include "renewal.h"
#include "task.h"
#include "token.h"

/* The endpoints that this needs (IDP_*). */
unsigned int verify_endpoints(const struct task *task);

/* Fetches the key set, over what an earlier fetch brought. */
enum reason verify_fetch_keys(struct task *task);

/* Verifies the ID token, and fills the result's facts. EARLIER is the token that it renews, or
 * NULL. Sets *RET_IAT to when the token was issued. */
enum reason verify_tokens(struct task *task, const struct token_reply *tokens,
	const struct renewal_earlier *earlier, int64_t *ret_iat);

#endif
