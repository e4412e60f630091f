/*
 * verify: from the token endpoint's reply to what is told about a person.
 *
 * 1. A person is told about only after idtoken_verify() returned REASON_OK, and userinfo, where
 *    asked for, is of the same person.
 * 2. The key set is fetched at most twice: a job fetches it ahead of the tokens; where that failed,
 *    or a token's key is not in it, it is fetched once more. All tokens of a job share what came.
 * 3. A set that is there stays until another is.
 */
#ifndef PAM_SSO_VERIFY_H
#define PAM_SSO_VERIFY_H

#include "idtoken.h"
#include "reason.h"
#include "renewal.h"
#include "task.h"
#include "token.h"

/* The endpoints that this needs (IDP_*). */
unsigned int verify_endpoints(const struct task *task);

/* Fetches the key set. */
enum reason verify_fetch_keys(struct task *task);

/* What the ID token of a reply belongs to. */
struct verify_context {
	const char *nonce;                     /* that was sent; NULL: none was */
	const struct renewal_earlier *earlier; /* the token that it renews; NULL: none */
};

/* Verifies the ID token of a reply. Returns REASON_OK and sets *ret, which idtoken_free() frees. */
enum reason verify_token(struct task *task, const struct token_reply *tokens,
	const struct verify_context *context, struct idtoken *ret);

/* Fills the result's facts from a verified token, and from userinfo where that is asked for: its
 * claims are then in *ret_userinfo, NULL before, which json_free() frees. */
enum reason verify_collect(struct task *task, const struct token_reply *tokens,
	const struct idtoken *token, cJSON **ret_userinfo);

/* The same where userinfo was asked for already: its claims, or NULL. */
enum reason verify_collect_from(
	struct task *task, const struct idtoken *token, const cJSON *userinfo);

#endif
