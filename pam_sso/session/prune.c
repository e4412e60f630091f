#include "prune.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "revoke.h"
#include "runas.h"
#include "session_end.h"
#include "this_host.h"
#include "token_file.h"

/* OPEN, STANDING or CLOSED: of each there may be one, if it be expected. */
static int kind_of(const struct binding *binding)
{
	if (binding->state == BINDING_CLOSED)
		return BINDING_CLOSED;
	return binding_is_standing(binding) ? BINDING_STANDING : BINDING_OPEN;
}

static int by_session_and_kind(const void *a, const void *b)
{
	const struct binding *one = a, *other = b;
	int order = strcmp(one->session, other->session);

	return order != 0 ? order : kind_of(one) - kind_of(other);
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

/* Rule 3, of one that is over. */
static bool is_to_be_decided(
	const struct config *config, const struct binding *binding, int64_t now)
{
	return config->session.store == STORE_REDIS &&
	       config->session.close_session == CLOSE_REVOKE &&
	       now - binding->since < config->session.lifetime;
}

/* Moves those that go behind those that stay, and returns how many stay. */
static size_t part(const struct config *config, struct binding_list *list, int64_t now)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct binding binding = list->items[i];
		bool lives = binding_lives(&binding, now);

		if (!lives && !is_to_be_decided(config, &binding, now))
			continue;
		if (!lives)
			binding.state = BINDING_CLOSED;
		list->items[i] = list->items[n];
		list->items[n++] = binding;
	}
	return n;
}

struct wanted {
	const struct bindings *bindings;
	const char *id;
};

/* Whether no login that lives, and is no STANDING one, has a right to the token file. */
static bool is_over(const void *context)
{
	const struct wanted *wanted = context;
	BINDING_LIST_AUTO(list);
	int64_t now = clock_wall_s();

	if (binding_list(wanted->bindings, &list) < 0)
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (strcmp(list.items[i].session, wanted->id) == 0 &&
			kind_of(&list.items[i]) == BINDING_OPEN &&
			binding_lives(&list.items[i], now))
			return false;
	return true;
}

/* Without the session's lock, which a store that is away does not give. */
static void remove_token_file(
	const struct bindings *bindings, const struct config *config, const char *id)
{
	const struct wanted wanted = {bindings, id};

	(void)token_file_remove_if(config, id, is_over, &wanted);
}

int prune_bindings(const struct bindings *bindings, const struct config *config, int64_t now,
	struct binding_list *ret_living)
{
	BINDING_LIST_AUTO(all);
	int r = binding_list(bindings, &all);

	if (r < 0 || !all.n)
		return r;
	struct binding_list living = {.items = all.items, .n = part(config, &all, now)};
	qsort(living.items, living.n, sizeof(*living.items), by_session_and_kind);
	for (size_t i = 0; i < all.n; i++) {
		struct binding *binding = &all.items[i];
		bool over = i >= living.n || binding->state == BINDING_CLOSED;

		if (over && !find(&living, binding->session, BINDING_OPEN))
			remove_token_file(bindings, config, binding->session);
		if (i >= living.n) {
			(void)binding_remove(bindings, &binding->process);
			binding_free(binding);
		}
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

/* Rule 3, as far as the session itself tells. */
static bool is_given_back(const struct config *config, const struct session *session)
{
	return config->session.close_session == CLOSE_REVOKE && this_host_is(session);
}

bool prune_is_left(const struct config *config, const struct session *session, int64_t now)
{
	if (now - session->created < PRUNE_GRACE)
		return false;
	if (config->session.store == STORE_REDIS)
		return config->session.close_session == CLOSE_REVOKE;
	return is_given_back(config, session) ||
	       (config->session.account == ACCOUNT_SESSION && !session->ssh_key);
}

static int give_back(const struct store *store, const struct bindings *bindings,
	const struct config *config, const struct session *session)
{
	struct spawn_identity worker;
	struct config_error error = {0};
	enum reason reason = runas_find(config, &worker, &error);

	if (reason == REASON_OK)
		reason = revoke_session(config, &worker, session, PRUNE_REVOKE_MS, &error);
	int r = session_end(store, bindings, config, session);
	if (r < 0)
		return r;
	return reason == REASON_OK ? 1 : -EREMOTEIO;
}

/* The CLOSED bindings of a session that was decided on. */
static void forget_closed(
	const struct bindings *bindings, const struct binding_list *living, const char *id)
{
	for (size_t i = 0; i < living->n; i++)
		if (living->items[i].state == BINDING_CLOSED &&
			strcmp(living->items[i].session, id) == 0)
			(void)binding_remove(bindings, &living->items[i].process);
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
	if (is_given_back(config, &session))
		return give_back(store, bindings, config, &session);
	forget_closed(bindings, &living, id);
	if (config->session.store == STORE_REDIS)
		return 0;
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
