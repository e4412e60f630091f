/*
 * renew: does the identity provider still stand by a session? Asked with its refresh token
 * (RFC 6749 section 6), by the module before it reuses one, and by `ssoctl refresh`.
 *
 * A refresh token may work once (rotation): a second use looks like theft, and the provider then
 * ends the session. So:
 * 1. From reading the session to storing what came of it, its lock MUST be held.
 * 2. The refresh token MUST go to the issuer that it came from, for the client that it was given to,
 *    and to no other: the provider takes another client's for a stolen one.
 * 3. Before it goes out, the session MUST be stored as `spending`; who finds it so, with the lock
 *    in hand, MUST NOT send it: the session is lost (REASON_SESSION_LOST), and removed.
 * 4. A new refresh token MUST be stored before anything is made of the answer, also where the
 *    answer is no. Where it cannot be stored, the session MUST be removed: the token that stands
 *    is spent.
 * 5. REASON_SESSION_ENDED, which is the provider's word, MUST end the session (session_end.h).
 *    No other reason does: a provider that is away says nothing about a person, and then the
 *    session is no longer `spending`.
 * 6. The answer MUST be about the subject of the session.
 * 7. An answer is shared: who waited for the lock while somebody else asked, or needs one no
 *    younger than `at_most`, gets what the provider said then (session_give_facts()), where that
 *    answers what its configuration asks for (session_facts_suit()) and satisfies its policy
 *    (policy.h). Where it does not, or is not there, the provider is asked.
 */
#ifndef PAM_SSO_RENEW_H
#define PAM_SSO_RENEW_H

#include <stdbool.h>
#include <stdint.h>

#include "binding.h"
#include "config.h"
#include "reason.h"
#include "record.h"
#include "spawn.h"
#include "store.h"
#include "worker_request.h"

enum {
	RENEW_ALWAYS = -1,
	/* How long to wait for a session's lock: somebody else may be renewing it right now, and be
	 * waiting for the provider. */
	RENEW_LOCK_MS = (WORKER_REQUEST_SILENT + 5) * 1000,
	/* Seconds within which who waited for the lock heard the answer of who had it. */
	RENEW_SHARED = RENEW_LOCK_MS / 1000,
};

struct renew {
	const struct store *store;
	const struct bindings *bindings;
	const struct config *config;
	struct spawn_identity worker;
	bool policy;         /* whether what the provider says must satisfy acr, amr, max_age,
	                required_claims */
	const char *service; /* that lets somebody in by it, to be noted; NULL: none does */
	/* A session that was verified less than so many seconds ago is not asked about again; or
	 * RENEW_ALWAYS. */
	int64_t at_most;
	/* The session's `renewals` when the caller began to want it: an answer that was stored
	 * since, and is no older than RENEW_SHARED, is as good as its own. Or RENEW_ALWAYS. */
	int64_t seen;
};

/*
 * Renews the session ID. Returns
 * REASON_OK		the provider stands by it. *ret_result is what it says of the person (an
 *			event, for identity_read()), which the caller frees; without a policy, an
 *			answer that is shared may not be there
 * REASON_SESSION_ENDED	it is over, and ended here too; or there is none any more
 * REASON_SESSION_LOST	nobody knows whether its refresh token is spent: it is removed
 * REASON_TOKEN_MISSING	it cannot be renewed: the provider gave no refresh token
 * and any other reason for which the provider could not be asked, or its answer was not good
 * enough. Sets *ret_session, which session_free() frees, to the session as it is now, or was when
 * it ended; it stays empty where there was none. *ret_error has words for the log where there are
 * some.
 */
enum reason renew_session(const struct renew *renew, const char *id, struct session *ret_session,
	struct record **ret_result, struct config_error *ret_error);

#endif
