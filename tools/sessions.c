/*
 * ssoctl sessions: what is stored, as a table, one in full, or JSON. Never a token.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "session_view.h"
#include "ssoctl.h"

/* What there is to show, which frees itself. */
struct shelf {
	struct session *items;
	size_t n;
	struct binding_list bindings;
};

static void shelf_free(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->n; i++)
		session_free(&shelf->items[i]);
	free(shelf->items);
	binding_list_free(&shelf->bindings);
}

#define SHELF_AUTO(name) __attribute__((cleanup(shelf_free))) struct shelf name = {0}

static int by_user_and_age(const void *a, const void *b)
{
	const struct session *one = a, *other = b;
	int order = strcmp(one->user, other->user);

	if (order != 0)
		return order;
	if (one->created != other->created)
		return one->created < other->created ? -1 : 1;
	return strcmp(one->id, other->id);
}

static int cannot(const char *what, int error)
{
	ssoctl_say("%s: %s", what, strerrordesc_np(-error));
	return SSOCTL_FAILED;
}

/* Reads one that was listed. What is no session is said, and left out: it stands in the way of
 * nothing. */
static int read_listed(const struct store *store, const char *id, int64_t now, struct shelf *shelf)
{
	int r = store_get(store, id, now, &shelf->items[shelf->n]);

	if (r == 0)
		shelf->n++;
	if (r == 0 || r == -ENOENT || r == -EKEYREVOKED)
		return SSOCTL_OK;
	ssoctl_say("%s is no session: %s", id, strerrordesc_np(-r));
	return SSOCTL_FAILED;
}

/* This machine's, without those that are over or were only expected. */
static int read_logins(const struct bindings *bindings, struct binding_list *ret)
{
	BINDING_LIST_AUTO(all);
	int64_t now = clock_wall_s();
	int r = binding_list(bindings, &all);

	if (r == 0 && all.n)
		ret->items = calloc(all.n, sizeof(*ret->items));
	if (r < 0 || (all.n && !ret->items))
		return cannot("the logins cannot be listed", r < 0 ? r : -ENOMEM);
	for (size_t i = 0; i < all.n; i++)
		if (binding_is_login(&all.items[i]) && binding_lives(&all.items[i], now)) {
			ret->items[ret->n++] = all.items[i];
			all.items[i] = (struct binding){0};
		}
	return SSOCTL_OK;
}

static int read_sessions(const struct store *store, struct shelf *shelf)
{
	STRLIST_AUTO(ids);
	int64_t now = clock_wall_s();
	int status = SSOCTL_OK;
	int r = store_list(store, &ids);

	if (r == 0)
		shelf->items = calloc(ids.n + 1, sizeof(*shelf->items));
	if (r < 0 || !shelf->items)
		return cannot("the sessions cannot be listed", r < 0 ? r : -ENOMEM);
	for (size_t i = 0; i < ids.n; i++)
		if (read_listed(store, ids.items[i], now, shelf) != SSOCTL_OK)
			status = SSOCTL_FAILED;
	qsort(shelf->items, shelf->n, sizeof(*shelf->items), by_user_and_age);
	return status;
}

static void print_json(const struct shelf *shelf)
{
	printf("{\"sessions\": [");
	for (size_t i = 0; i < shelf->n; i++) {
		printf(i ? ",\n\t" : "\n\t");
		session_view_json(&shelf->items[i], &shelf->bindings);
	}
	puts("\n]}");
}

static void print_table(const struct shelf *shelf)
{
	session_view_head();
	for (size_t i = 0; i < shelf->n; i++)
		session_view_row(&shelf->items[i], &shelf->bindings);
}

static int show_all(const struct store *store, struct shelf *shelf, bool json)
{
	int status = read_sessions(store, shelf);

	if (json)
		print_json(shelf);
	else
		print_table(shelf);
	return status;
}

static int show_one(const struct store *store, struct shelf *shelf, const char *id, bool json)
{
	SESSION_AUTO(session);
	int r = store_get(store, id, clock_wall_s(), &session);

	if (r == -ENOENT)
		ssoctl_say("there is no session %s", id);
	else if (r == -EKEYREVOKED)
		ssoctl_say("the session %s was ended", id);
	else if (r < 0)
		ssoctl_say("%s is no session: %s", id, strerrordesc_np(-r));
	if (r < 0)
		return SSOCTL_FAILED;
	if (!json) {
		session_view_full(&session, &shelf->bindings);
		return SSOCTL_OK;
	}
	session_view_json(&session, &shelf->bindings);
	putchar('\n');
	return SSOCTL_OK;
}

static int run(const struct invocation *invocation)
{
	CONFIG_AUTO(config);
	STORE_AUTO(store);
	BINDINGS_AUTO(bindings);
	SHELF_AUTO(shelf);
	int status = ssoctl_open(invocation, &config, &store, &bindings);

	if (status == SSOCTL_OK)
		status = read_logins(&bindings, &shelf.bindings);
	if (status != SSOCTL_OK)
		return status;
	return invocation->operand ? show_one(&store, &shelf, invocation->operand, invocation->json)
				   : show_all(&store, &shelf, invocation->json);
}

const struct command command_sessions = {
	.name = "sessions",
	.operand = "ID",
	.options = OPTION_CONF,
	.summary = "List the sessions that sign-ins left, or show one in full",
	.help = "With `store = redis` in pam_sso.conf these are the sessions of all machines that\n"
		"share the store. The logins are those of this machine that are open, by the\n"
		"process that leads them. One whose state is `standing` was let in by another\n"
		"module (`account = any`): it ends with the session, and lets nobody in.\n"
		"`bound` tells what a session lets somebody in by: login:PID, an `open` login of\n"
		"this machine, and ssh-key, the key that sshd had verified. One in full has also\n"
		"the `flow` by which the person was asked. Times are in UTC. No token is shown.\n",
	.run = run,
};
