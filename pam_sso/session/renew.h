/*
 * renew: does the identity provider still stand by a session? Asked with its refresh token
 * (RFC 6749 section 6), by the module before it reuses one, and by `ssoctl refresh`.
 *
 * A refresh token may work once (rotation): a second use looks like theft, and the provider then
 * ends the session. So:
 * 1. From reading the session to storing what came of it, its lock MUST be held.
 * 2. The refresh token MUST go to the issuer that it came from, and to no other.
 * 3. A new refresh token MUST be stored before anything is made of the answer, also where the
 *    answer is no. Where it cannot be stored, the session MUST be removed: the token that stands
 *    is spent.
 * 4. REASON_SESSION_ENDED, which is the provider's word, MUST end the session (session_end.h).
 *    No other reason does: a provider that is away says nothing about a person.
 * 5. The answer MUST be about the subject of the session.
 */
#ifndef PAM_SSO_RENEW_H
#define PAM_SSO_RENEW_H

#include <stdbool.h>
#include <stdint.h>

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
};

struct renew {
	const struct store *store;
	const struct config *config;
	struct spawn_identity worker;
	bool policy; /* whether the new ID token must satisfy acr, amr, max_age, required_claims */
	/* A session that was verified less than so many seconds ago is not asked about again:
	 * somebody else just did; or RENEW_ALWAYS. */
	int64_t at_most;
};

/*
 * Renews the session ID. Returns
 * REASON_OK		the provider stands by it. *ret_result is what the worker said, which the
 *			caller frees, or NULL where nobody had to be asked
 * REASON_SESSION_ENDED	it is over, and ended here too; or there is none any more
 * REASON_TOKEN_MISSING	it cannot be renewed: the provider gave no refresh token
 * and any other reason for which the provider could not be asked, or its answer was not good
 * enough. Sets *ret_session, which session_free() frees, to the session as it is now, or was when
 * it ended; it stays empty where there was none. *ret_error has words for the log where there are
 * some.
 */
enum reason renew_session(const struct renew *renew, const char *id, struct session *ret_session,
	struct record **ret_result, struct config_error *ret_error);

#endif
