/*
 * prune: what nobody can use any more goes, where its own end was not there to do it: a login that
 * was killed, a machine that was overloaded.
 *
 * 1. A binding that is over (binding_lives()) is removed, and with the last one of a session here,
 *    the session's token file. A STANDING one has none.
 * 2. A session is removed where no living binding names it and nothing else leads to it: it is in a
 *    file store, so no other machine's; it has no ssh_key; `account = session`.
 * 3. With `close_session = revoke`, on the machine where the person signed in, a session that no
 *    living binding here names is given back to the identity provider and ended (session_end.h),
 *    wherever it is stored and whatever leads to it; also where the provider could not be told. So
 *    that it is found in a store that is not listed, a binding that is over stays for rule 1 until
 *    this was decided on, as a CLOSED one, up to `lifetime`.
 * 4. Neither befalls a session whose sign-in is younger than PRUNE_GRACE, so that who stores it now
 *    has the time to bind it; and all of it MUST hold with the session's lock in hand.
 */
#ifndef PAM_SSO_PRUNE_H
#define PAM_SSO_PRUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "binding.h"
#include "config.h"
#include "store.h"

/* Seconds. */
enum { PRUNE_GRACE = 60 };

/* How long the provider is waited for. */
enum { PRUNE_REVOKE_MS = 3000 };

/* Rule 1. NOW is seconds since the epoch. Returns 0 and sets *ret_living to the bindings that stay,
 * sorted by session (the living, and CLOSED ones), which binding_list_free() frees; or a negative errno. What cannot be removed
 * is left for the next time. */
int prune_bindings(const struct bindings *bindings, const struct config *config, int64_t now,
	struct binding_list *ret_living);

/* One of the living that name the session ID, or NULL. */
const struct binding *prune_find(const struct binding_list *living, const char *id);

/* Rules 2 to 4, as far as the session itself tells, of one that no living binding names. One of a
 * Redis store is met only by a CLOSED binding, which has to be decided on. */
bool prune_is_left(const struct config *config, const struct session *session, int64_t now);

/* Rules 2 to 4, of the session ID, waiting for its lock up to DEADLINE (clock_monotonic_ms()).
 * Returns 1 where it was removed, 0 where it stays or is gone; -EREMOTEIO where it was ended, and
 * the provider could not be told; or another negative errno. */
int prune_session(const struct store *store, const struct bindings *bindings,
	const struct config *config, const char *id, int64_t deadline);

#endif
