#include "keep.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "remember.h"
#include "session_find.h"
#include "store.h"

/* Milliseconds that a login waits for who renews its session at that moment. Where it is that
 * one who ends the login, closing must be done before it is killed for not ending
 * (HANGUP_GRACE_MS). */
enum { OPEN_LOCK_MS = 5 * 1000, CLOSE_LOCK_MS = 1000 };

struct search {
	struct process self;
	const struct context *context;
};

static void log_session(const struct context *context, const char *step, const char *id, int error)
{
	LOG_EVENT(&context->log, error < 0 ? LOG_WARNING : LOG_INFO, "session",
		{"user", context->user}, {"service", context->service}, {"rhost", context->rhost},
		{"tty", context->tty}, {"step", step}, {"session", id},
		{"detail", error < 0 ? strerrordesc_np(-error) : NULL});
}

static int open_store(const struct context *context, struct store *ret)
{
	return store_open(context->config.session.directory, ret);
}

/* Rule 2. */
static int find_opener(enum host_kind kind, struct process *ret)
{
	pid_t parent = 0;
	int r = process_look(getpid(), ret, &parent);

	return r == 0 && kind == HOST_SSHD ? process_look(parent, ret, NULL) : r;
}

static int copy_text(char **ret, const char *text)
{
	*ret = text ? strdup(text) : NULL;
	return *ret || !text ? 0 : -ENOMEM;
}

static int take_names(
	struct session *session, const struct context *context, const struct record *result)
{
	int r = copy_text(&session->user, context->user);

	if (r == 0)
		r = copy_text(&session->service, context->service);
	if (r == 0)
		r = copy_text(&session->rhost, context->rhost);
	if (r == 0)
		r = copy_text(&session->iss, record_get(result, "iss"));
	if (r == 0)
		r = copy_text(&session->sub, record_get(result, "sub"));
	return r;
}

/* What the worker need not have said: then *ret stays as it is. */
static int take_number(const struct record *result, const char *key, int64_t *ret)
{
	int r = record_get_int(result, key, 0, INT64_MAX, ret);

	return r == -ENOENT ? 0 : r;
}

static int take_secret(const struct record *result, const char *key, struct secret *ret)
{
	int r = record_get_secret(result, key, ret);

	return r == -ENOENT ? 0 : r;
}

static int take_tokens(struct session *session, const struct record *result)
{
	int64_t seconds = -1;
	int r = take_secret(result, "access_token", &session->access_token);

	if (r == 0)
		r = take_secret(result, "refresh_token", &session->refresh_token);
	if (r == 0)
		r = take_number(result, "auth_time", &session->auth_time);
	if (r == 0)
		r = take_number(result, "token_iat", &session->token_iat);
	if (record_get_int(result, "access_expires_in", 0, INT32_MAX, &seconds) == 0)
		session->access_ends = session->created + seconds;
	return r;
}

static int make_session(const struct context *context, enum host_kind kind,
	const struct record *result, struct session *ret)
{
	ret->created = ret->verified = clock_wall_s();
	ret->ends = ret->created + context->config.session.lifetime;
	ret->auth_time = ret->access_ends = -1;
	int r = session_id_new(ret->id);

	if (r == 0)
		r = take_names(ret, context, result);
	if (r == 0)
		r = take_tokens(ret, result);
	if (r == 0)
		r = find_opener(kind, &ret->opener);
	return r;
}

void keep_sign_in(struct context *context, enum host_kind kind, const struct record *result)
{
	STORE_AUTO(store);
	SESSION_AUTO(session);

	if (!context->config.session.keep)
		return;
	int r = make_session(context, kind, result, &session);
	if (r == 0)
		r = open_store(context, &store);
	if (r == 0)
		r = store_put(&store, &session);
	log_session(context, "stored", session.id, r);
}

/* sudo opens the session as another user than it asked about; the handle remembers that one. */
static bool expects_self(const struct session *session, const void *argument)
{
	const struct search *search = argument;
	const struct context *context = search->context;
	const char *signed_in = remembered_user(context->pamh);

	return process_same(&session->opener, &search->self) &&
	       (strcmp(session->user, context->user) == 0 ||
		       (signed_in && strcmp(session->user, signed_in) == 0));
}

static bool has_self(const struct session *session, const void *argument)
{
	const struct search *search = argument;

	return session_has_login(session, &search->self);
}

static int bind_self(const struct store *store, struct session *session, const struct process *self)
{
	if (session->n_logins == SESSION_LOGINS)
		return -ENOSPC;
	session->logins[session->n_logins++] = *self;
	session->opener = (struct process){0};
	return store_put(store, session);
}

/* Rule 3. */
static int unbind_self(
	const struct store *store, struct session *session, const struct process *self)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < session->n_logins; i++)
		if (!process_same(&session->logins[i], self))
			session->logins[n++] = session->logins[i];
	session->n_logins = n;
	return n == 0 ? store_remove(store, session->id) : store_put(store, session);
}

struct change {
	const char *name; /* for the log */
	session_test *applies;
	int (*make)(const struct store *store, struct session *session, const struct process *self);
	int64_t patience_ms;
};

/* Makes a change to the session that it applies to, as it is once its lock is held. */
static int change_found(const struct store *store, const struct change *change,
	const struct search *search, struct session *ret)
{
	SESSION_AUTO(found);
	int r = session_find(store, clock_wall_s(), change->applies, search, &found);

	if (r < 0)
		return r;
	int lock = store_lock(store, found.id, clock_monotonic_ms() + change->patience_ms);
	if (lock < 0)
		return lock;
	r = store_get(store, found.id, clock_wall_s(), ret);
	if (r == 0 && !change->applies(ret, search))
		r = -ENOENT;
	if (r == 0)
		r = change->make(store, ret, &search->self);
	store_unlock(lock);
	return r;
}

static void change_own(struct context *context, const struct change *change)
{
	STORE_AUTO(store);
	SESSION_AUTO(session);
	struct search search = {.context = context};

	if (!context->config.session.keep)
		return;
	int r = process_look(getpid(), &search.self, NULL);
	if (r == 0)
		r = open_store(context, &store);
	if (r == 0)
		r = change_found(&store, change, &search, &session);
	/* Most logins of a machine are none of ours. */
	if (r != -ENOENT)
		log_session(context, change->name, session.id[0] ? session.id : NULL, r);
}

void keep_opened(struct context *context)
{
	static const struct change opened = {"opened", expects_self, bind_self, OPEN_LOCK_MS};

	change_own(context, &opened);
}

void keep_closed(struct context *context)
{
	static const struct change closed = {"closed", has_self, unbind_self, CLOSE_LOCK_MS};

	change_own(context, &closed);
}
