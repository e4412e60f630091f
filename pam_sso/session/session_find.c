#include "session_find.h"

#include <errno.h>

int session_find(const struct store *store, int64_t now, session_test *test, const void *argument,
	struct session *ret)
{
	STRLIST_AUTO(ids);
	struct session best = {0};
	int r = store_list(store, &ids);

	for (size_t i = 0; i < ids.n && r == 0; i++) {
		SESSION_AUTO(session);

		int got = store_get(store, ids.items[i], now, &session);
		if (got == -ENOMEM)
			r = got;
		if (got < 0 || !test(&session, argument) || session.created < best.created)
			continue;
		struct session worse = best;
		best = session;
		session = worse;
	}
	if (r == 0 && best.user) {
		*ret = best;
		return 0;
	}
	session_free(&best);
	return r < 0 ? r : -ENOENT;
}
