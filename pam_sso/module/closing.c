#include "closing.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "clock.h"
#include "config_error.h"
#include "revoke.h"
#include "runas.h"
#include "session_end.h"
#include "this_host.h"
#include "token_file.h"

/* What is logged where it is left to `ssoctl refresh`. */
#define UNDECIDED "undecided"

/* What a session is bound to, each more than those before it. */
enum bound { BOUND_NOT, BOUND_STANDING, BOUND_OPEN };

static enum bound bound_by(const struct binding *binding)
{
	return binding_is_standing(binding) ? BOUND_STANDING : BOUND_OPEN;
}

/* Rule 1. Bindings of the session whose processes are gone are taken away on the way. Returns an
 * enum bound, or a negative errno. */
static int look_at_bindings(const struct shelf *shelf, const char *id)
{
	BINDING_LIST_AUTO(list);
	int64_t now = clock_wall_s();
	enum bound bound = BOUND_NOT;
	int r = binding_list(&shelf->bindings, &list);

	for (size_t i = 0; i < list.n; i++) {
		const struct binding *binding = &list.items[i];

		if (strcmp(binding->session, id) != 0)
			continue;
		if (binding->state == BINDING_CLOSED)
			continue;
		if (!binding_lives(binding, now))
			(void)binding_remove(&shelf->bindings, &binding->process);
		else if (bound_by(binding) > bound)
			bound = bound_by(binding);
	}
	return r < 0 ? r : (int)bound;
}

/* Whether the account phase of any service asks for sessions. What a service without a section of
 * its own gets is the strictest of all: and no section has this name. A configuration that cannot
 * be read says nothing against it. */
static bool account_asks(const struct context *context)
{
	CONFIG_AUTO(strictest);
	struct config_error error;

	if (context->config.session.account == ACCOUNT_ANY)
		return true;
	return config_load(context->path, "", &strictest, &error) < 0 ||
	       strictest.session.account == ACCOUNT_ANY;
}

/* Rule 2a. */
static int revoke(struct context *context, struct shelf *shelf, const struct session *session)
{
	const struct config *config = &context->config;
	struct spawn_identity worker;
	enum reason reason = runas_find(config, &worker, &context->error);

	if (reason == REASON_OK)
		reason = revoke_session(
			config, &worker, session, CLOSING_REVOKE_MS, &context->error);
	if (reason != REASON_OK)
		LOG_EVENT(&context->log, LOG_WARNING, "session", {"user", session->user},
			{"step", "revoke"}, {"session", session->id},
			{"reason", reason_name(reason)},
			{"detail", context_text(context->error.text)});
	context->error = (struct config_error){0};
	return session_end(&shelf->store, &shelf->bindings, config, session);
}

/* Rule 2. Returns what was done in *ret_step. */
static int dispose(struct context *context, struct shelf *shelf, const struct session *session,
	const char **ret_step)
{
	int r = token_file_remove(&context->config, session->id), removed = 0;

	*ret_step = "kept";
	if (context->config.session.close_session == CLOSE_REVOKE && this_host_is(session)) {
		*ret_step = "revoked";
		removed = revoke(context, shelf, session);
	} else if (!session->ssh_key && !account_asks(context)) {
		*ret_step = "removed";
		removed = store_remove(&shelf->store, session);
	}
	return removed < 0 ? removed : r;
}

static int dispose_locked(
	struct context *context, struct shelf *shelf, const char *id, const char **ret_step)
{
	SESSION_AUTO(session);
	int r = look_at_bindings(shelf, id);

	if (r < 0)
		return r;
	if (r != BOUND_NOT) {
		*ret_step = "kept";
		return r == BOUND_STANDING ? token_file_remove(&context->config, id) : 0;
	}
	r = store_get(&shelf->store, id, clock_wall_s(), &session);
	if (r == -ENOENT || r == -EKEYREVOKED) {
		*ret_step = "gone"; /* ended before, here or elsewhere */
		return token_file_remove(&context->config, id);
	}
	return r == 0 ? dispose(context, shelf, &session, ret_step) : r;
}

/* Nothing failed where somebody else has the lock: a renewal, or who ends this very login. */
static void log_step(struct context *context, const char *step, const char *id, bool busy, int r)
{
	if (!busy)
		return shelf_log(context, step, id, r);
	LOG_EVENT(&context->log, LOG_INFO, "session", {"user", context->user}, {"step", step},
		{"session", id}, {"detail", "somebody else is renewing or ending it"});
}

int closing_session(struct context *context, struct shelf *shelf, const char *id)
{
	const char *step = UNDECIDED;
	struct store_lock lock;
	bool busy = false;
	int r = look_at_bindings(shelf, id);

	if (r == BOUND_OPEN)
		return 0;
	r = shelf_store(context, shelf);
	if (r == 0)
		r = store_lock(&shelf->store, id, clock_monotonic_ms() + CLOSING_LOCK_MS, &lock);
	busy = r == -ETIMEDOUT;
	if (r == 0) {
		r = dispose_locked(context, shelf, id, &step);
		store_unlock(&shelf->store, &lock);
	}
	log_step(context, step, id, busy, r);
	return r;
}
