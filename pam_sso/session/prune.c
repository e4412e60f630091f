#include "prune.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "token_file.h"

static int by_session_and_kind(const void *a, const void *b)
{
	const struct binding *one = a, *other = b;
	int order = strcmp(one->session, other->session);

	return order != 0 ? order : binding_is_standing(one) - binding_is_standing(other);
}

static const struct binding *find(
	const struct binding_list *living, const char *id, enum binding_state kind)
{
	struct binding wanted = {.state = kind};

	if (!living->n || strlen(id) != SESSION_ID)
		return NULL;
	memcpy(wanted.session, id, sizeof(wanted.session));
	return bsearch(
		&wanted, living->items, living->n, sizeof(*living->items), by_session_and_kind);
}

/* Moves those that are over behind those that live, and returns how many live. */
static size_t part(struct binding_list *list, int64_t now)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct binding binding = list->items[i];

		if (!binding_lives(&binding, now))
			continue;
		list->items[i] = list->items[n];
		list->items[n++] = binding;
	}
	return n;
}

int prune_bindings(const struct bindings *bindings, const struct config *config, int64_t now,
	struct binding_list *ret_living)
{
	BINDING_LIST_AUTO(all);
	int r = binding_list(bindings, &all);

	if (r < 0 || !all.n)
		return r;
	struct binding_list living = {.items = all.items, .n = part(&all, now)};
	qsort(living.items, living.n, sizeof(*living.items), by_session_and_kind);
	for (size_t i = living.n; i < all.n; i++) {
		(void)binding_remove(bindings, &all.items[i].process);
		if (!find(&living, all.items[i].session, BINDING_OPEN))
			(void)token_file_remove(config, all.items[i].session);
		binding_free(&all.items[i]);
	}
	*ret_living = living;
	all = (struct binding_list){0};
	return 0;
}

const struct binding *prune_find(const struct binding_list *living, const char *id)
{
	const struct binding *found = find(living, id, BINDING_OPEN);

	return found ? found : find(living, id, BINDING_STANDING);
}

bool prune_is_left(const struct config *config, const struct session *session, int64_t now)
{
	return config->session.store == STORE_FILE && config->session.account == ACCOUNT_SESSION &&
	       !session->ssh_key && now - session->created >= PRUNE_GRACE;
}

static int prune_locked(const struct store *store, const struct bindings *bindings,
	const struct config *config, const char *id)
{
	BINDING_LIST_AUTO(living);
	SESSION_AUTO(session);
	int64_t now = clock_wall_s();
	int r = store_get(store, id, now, &session);

	if (r == 0)
		r = prune_bindings(bindings, config, now, &living);
	if (r < 0 || !prune_is_left(config, &session, now) || prune_find(&living, id))
		return r == -ENOENT ? 0 : r;
	(void)token_file_remove(config, id);
	r = store_remove(store, &session);
	return r < 0 ? r : 1;
}

int prune_session(const struct store *store, const struct bindings *bindings,
	const struct config *config, const char *id, int64_t deadline)
{
	struct store_lock lock;
	int r = store_lock(store, id, deadline, &lock);

	if (r < 0)
		return r;
	r = prune_locked(store, bindings, config, id);
	store_unlock(store, &lock);
	return r;
}
