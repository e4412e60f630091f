#include "session_end.h"

#include "hangup.h"

int session_end(
	const struct store *store, const struct config *config, const struct session *session)
{
	int hung = 0;

	if (config->session.on_revoked == REVOKED_TERMINATE)
		hung = hangup_logins(session);
	int r = store_remove(store, session->id);
	return hung < 0 ? hung : r;
}
