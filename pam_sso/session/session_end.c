#include "session_end.h"

#include <string.h>

#include "hangup.h"
#include "token_file.h"

/* The first failure, which what comes after it does not undo. */
static int first(int earlier, int later)
{
	return earlier < 0 ? earlier : later < 0 ? later : 0;
}

int session_end_here(const struct bindings *bindings, const struct config *config, const char *id)
{
	BINDING_LIST_AUTO(list);
	int r = binding_list(bindings, &list);

	if (config->session.on_revoked == REVOKED_TERMINATE)
		r = first(r, hangup_logins(&list, id));
	for (size_t i = 0; i < list.n; i++)
		if (strcmp(list.items[i].session, id) == 0)
			r = first(r, binding_remove(bindings, &list.items[i].process));
	return first(r, token_file_remove(config, id));
}

int session_end(const struct store *store, const struct bindings *bindings,
	const struct config *config, const struct session *session)
{
	int r = session_end_here(bindings, config, session->id);

	return first(r, store_end(store, session));
}
