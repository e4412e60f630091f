/*
 * revoke: gives the refresh token of a session back to the identity provider (RFC 7009), for who
 * ends a session: the module when a login closes, and `ssoctl revoke`.
 */
#ifndef PAM_SSO_REVOKE_H
#define PAM_SSO_REVOKE_H

#include "config.h"
#include "reason.h"
#include "session.h"
#include "spawn.h"

/*
 * Tells the provider that SESSION is over, and waits at most PATIENCE_MS for that, beside JOB_END_MS.
 * A session without a refresh token, or of another issuer or client, has none to give: REASON_OK. Any other
 * reason: the provider could not be told, and *ret_error has words for the log where there are
 * some. The session itself is the caller's to end.
 */
enum reason revoke_session(const struct config *config, const struct spawn_identity *worker,
	const struct session *session, int64_t patience_ms, struct config_error *ret_error);

#endif
