#include "reuse.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "config_error.h"
#include "renew.h"
#include "runas.h"
#include "session_find.h"

enum { ANCESTORS_MAX = 128 };

struct search {
	const struct context *context;
	int64_t now; /* seconds since the epoch */
	struct process line[ANCESTORS_MAX];
	unsigned int n;
};

/* Rule 3. */
static bool is_inside(const struct session *session, const struct search *search)
{
	for (unsigned int i = 0; i < search->n; i++)
		if (session_has_login(session, &search->line[i]))
			return true;
	return false;
}

/* Rule 6. */
static bool is_asked_by_user(const struct context *context)
{
	return context->ruser && strcmp(context->ruser, context->user) == 0;
}

/* Rules 1 to 3. A sign-in from the future says that the clock was set: it has no age. */
static bool is_reusable(const struct session *session, const void *argument)
{
	const struct search *search = argument;
	const struct config *config = &search->context->config;
	int64_t age = search->now - session->created;

	return age >= 0 && age <= config->session.reuse &&
	       strcmp(session->user, search->context->user) == 0 &&
	       strcmp(session->iss, config->provider.issuer) == 0 && is_inside(session, search);
}

static int search_begin(const struct context *context, struct search *ret)
{
	ret->context = context;
	ret->now = clock_wall_s();
	int n = process_ancestors(getpid(), ret->line, ANCESTORS_MAX);
	if (n < 0)
		return n;
	ret->n = (unsigned int)n;
	return ret->now < 0 ? -EIO : 0;
}

static enum reason renew_found(struct context *context, const struct store *store,
	const struct search *search, const char *id, struct record **ret_result)
{
	SESSION_AUTO(session);
	RECORD_AUTO(result);
	struct renew renew = {.store = store,
		.config = &context->config,
		.policy = true,
		.at_most = RENEW_ALWAYS};
	enum reason reason = runas_find(&context->config, &renew.worker, &context->error);

	if (reason == REASON_OK)
		reason = renew_session(&renew, id, &session, &result, &context->error);
	if (reason != REASON_OK)
		return reason;
	/* As it was read under its lock: what was found before may have closed meanwhile. */
	if (!is_reusable(&session, search))
		return REASON_SESSION_ENDED;
	*ret_result = result;
	result = NULL;
	return REASON_OK;
}

static void log_reuse(struct context *context, const char *id, enum reason reason)
{
	LOG_EVENT(&context->log, reason == REASON_OK ? LOG_INFO : LOG_WARNING, "reuse",
		{"user", context->user}, {"service", context->service}, {"tty", context->tty},
		{"session", id}, {"reason", reason_name(reason)},
		{"detail", context->error.text[0] ? context->error.text : NULL});
	/* What follows is a sign-in of its own, with words of its own. */
	context->error = (struct config_error){0};
}

enum reason reuse_session(
	struct context *context, struct record **ret_result, char ret_id[SESSION_ID + 1])
{
	STORE_AUTO(store);
	SESSION_AUTO(found);
	struct search search;

	if (!context->config.session.keep || context->config.session.reuse == CONFIG_REUSE_OFF ||
		!is_asked_by_user(context))
		return REASON_UNSET;
	int r = search_begin(context, &search);
	if (r == 0)
		r = store_open(context->config.session.directory, &store);
	if (r == 0)
		r = session_find(&store, search.now, is_reusable, &search, &found);
	if (r == -ENOENT)
		return REASON_UNSET;
	enum reason reason = REASON_INTERNAL;
	if (r < 0)
		(void)config_fail(&context->error, reason, "the store cannot be read: %s",
			strerrordesc_np(-r));
	else
		reason = renew_found(context, &store, &search, found.id, ret_result);
	log_reuse(context, found.id[0] ? found.id : NULL, reason);
	if (reason == REASON_OK)
		memcpy(ret_id, found.id, sizeof(found.id));
	return reason;
}
