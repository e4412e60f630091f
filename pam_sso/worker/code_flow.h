/*
 * code_flow: from nothing to tokens by the authorization code flow (RFC 6749 section 4.1, with PKCE,
 * `state`, `nonce` and, where the provider has them, RFC 9126 and RFC 9207).
 *
 * 1. The order is: discovery, the pushed request, event=prompt, key set (meanwhile.h), the answer
 *    (code_answer.h), the token request.
 * 2. The discovery document is read wherever there is one: it alone says whether answers carry
 *    `iss`, and whether requests have to be pushed.
 * 3. `pushed = always`: the request MUST be pushed. auto: where an endpoint for it is known.
 *    never: not; a provider that requires it is not asked at all.
 * 4. The token request is sent once. What came of it is what came of it: the code is spent.
 * 5. Where the deadline comes before there is a link, nobody was slow: the IdP could not be asked.
 * 6. Behind the answer, whoever gave it chose what was sent on, and when. So what the IdP replies to
 *    it is task_attended()'s to tell, and a deadline that comes then MUST NOT be "could not ask".
 */
#ifndef PAM_SSO_CODE_FLOW_H
#define PAM_SSO_CODE_FLOW_H

#include "authorization.h"
#include "reason.h"
#include "task.h"
#include "token.h"

/* Returns REASON_OK and sets *ret, which is token_reply_free()'s. *ATTEMPT, which has the nonce that
 * the ID token must repeat, is authorization_free()'s in every case. */
enum reason code_flow(struct task *login, struct authorization *attempt, struct token_reply *ret);

#endif
