#include "reuse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "config_error.h"
#include "counting.h"
#include "shelf.h"
#include "vouch.h"
#include "wire.h"

enum { ANCESTORS_MAX = 128 };

struct reuse {
	struct context *context;
	enum host_kind kind;
	int64_t now; /* seconds since the epoch */
	struct shelf shelf;
	struct session found;
	struct process login; /* whose binding led to it */
	char *key;            /* that sshd verified; NULL: a login leads to it */
};

static void reuse_free(struct reuse *reuse)
{
	free(reuse->key);
	session_free(&reuse->found);
	shelf_close(&reuse->shelf);
}

static bool is_by_flow(const struct session *session, enum flow wanted)
{
	return wanted != FLOW_CODE || (session->flow && strcmp(session->flow, WIRE_FLOW_CODE) == 0);
}

/* Rules 1, 2 and 4. A sign-in from the future says that the clock was set: it has no age. */
static bool is_reusable(const struct reuse *reuse, const struct session *session)
{
	const struct config *config = &reuse->context->config;
	int64_t age = reuse->now - session->created;

	return age >= 0 && age <= config->session.reuse &&
	       strcmp(session->user, reuse->context->user) == 0 &&
	       session_is_of(session, config->provider.issuer, config->provider.client_id) &&
	       is_by_flow(session, config->provider.flow) &&
	       (!reuse->key || (session->ssh_key && strcmp(session->ssh_key, reuse->key) == 0));
}

static bool is_asked_by_user(const struct context *context)
{
	return context->ruser && strcmp(context->ruser, context->user) == 0;
}

/* The session that reuse->login is a login of, under the name of PAM_USER. Returns 0 or -ENOENT. */
static int look_at_login(const struct reuse *reuse, char ret_id[SESSION_ID + 1])
{
	BINDING_AUTO(binding);

	if (binding_get(&reuse->shelf.bindings, &reuse->login, &binding) < 0 ||
		binding.state != BINDING_OPEN || strcmp(binding.user, reuse->context->user) != 0)
		return -ENOENT;
	memcpy(ret_id, binding.session, sizeof(binding.session));
	return 0;
}

/* Takes SESSION, which the store gave with R, where rules 1 and 2 have nothing against it. */
static int take(struct reuse *reuse, int r, struct session *session)
{
	(void)shelf_heard(reuse->context, r);
	if (r == -EKEYREVOKED || (r == 0 && !is_reusable(reuse, session)))
		return -ENOENT;
	if (r < 0)
		return r;
	reuse->found = *session;
	*session = (struct session){0};
	return 0;
}

static int take_by_id(struct reuse *reuse, const char *id)
{
	SESSION_AUTO(session);
	int r = shelf_store(reuse->context, &reuse->shelf);

	if (r < 0)
		return r;
	return take(reuse, store_get(&reuse->shelf.store, id, reuse->now, &session), &session);
}

/* Rule 3. The nearest login goes first. */
static int find_by_login(struct reuse *reuse)
{
	struct process line[ANCESTORS_MAX];

	if (!is_asked_by_user(reuse->context))
		return -ENOENT;
	int r = shelf_bindings(reuse->context, &reuse->shelf);
	int n = r < 0 ? r : process_ancestors(getpid(), line, ANCESTORS_MAX);
	if (n < 0)
		return n;
	r = -ENOENT;
	for (int i = 0; i < n && r == -ENOENT; i++) {
		char id[SESSION_ID + 1];

		reuse->login = line[i];
		if (look_at_login(reuse, id) == 0)
			r = take_by_id(reuse, id);
	}
	return r;
}

/* Rule 4. */
static int find_by_key(struct reuse *reuse)
{
	SESSION_AUTO(session);
	int r = host_ssh_key(reuse->context, reuse->kind, &reuse->key);

	if (r == 0)
		r = shelf_store(reuse->context, &reuse->shelf);
	if (r < 0)
		return r;
	return take(reuse,
		store_find(&reuse->shelf.store, STORE_BY_SSH_KEY, reuse->context->user, reuse->key,
			reuse->now, &session),
		&session);
}

/* Whether what was found is still so, with the session as it was read under its lock: its login may
 * have closed meanwhile. */
static bool still_holds(const struct reuse *reuse, const struct session *session)
{
	char id[SESSION_ID + 1];

	return is_reusable(reuse, session) &&
	       (reuse->key || (look_at_login(reuse, id) == 0 && strcmp(id, session->id) == 0));
}

static enum reason ask(struct reuse *reuse, struct record **ret_result)
{
	SESSION_AUTO(session);
	RECORD_AUTO(result);
	enum reason reason = vouch(reuse->context, &reuse->shelf, &reuse->found, &session, &result);

	if (reason != REASON_OK)
		return reason;
	if (!still_holds(reuse, &session))
		return REASON_SESSION_ENDED;
	*ret_result = result;
	result = NULL;
	return REASON_OK;
}

static void log_reuse(struct context *context, const char *id, enum reason reason)
{
	LOG_EVENT(&context->log, reason == REASON_OK ? LOG_INFO : LOG_WARNING, "reuse",
		{"user", context->user}, {"service", context->service}, {"tty", context->tty},
		{"session", context_text(id)}, {"reason", reason_name(reason)},
		{"detail", context_text(context->error.text)});
	/* What follows is a sign-in of its own, with words of its own. */
	context->error = (struct config_error){0};
}

static enum reason fail_store(struct context *context, int r)
{
	if (context->error.text[0])
		return REASON_STORE;
	return config_fail(
		&context->error, REASON_STORE, "the store cannot be read: %s", strerrordesc_np(-r));
}

enum reason reuse_session(struct context *context, enum host_kind kind, struct record **ret_result,
	char ret_id[SESSION_ID + 1])
{
	const struct config *config = &context->config;
	__attribute__((cleanup(reuse_free))) struct reuse reuse = {
		.context = context, .kind = kind, .now = clock_wall_s(), .shelf = SHELF_CLOSED};

	if (!config->session.keep || config->session.reuse == CONFIG_REUSE_OFF || reuse.now < 0)
		return REASON_UNSET;
	int r = config->session.bind == BIND_SSH_KEY ? find_by_key(&reuse) : find_by_login(&reuse);
	if (r == -ENOENT)
		return REASON_UNSET;
	enum reason reason = r < 0 ? fail_store(context, r) : ask(&reuse, ret_result);
	log_reuse(context, reuse.found.id, reason);
	counting_renewal(context, reason);
	if (reason == REASON_OK)
		memcpy(ret_id, reuse.found.id, sizeof(reuse.found.id));
	return reason;
}
