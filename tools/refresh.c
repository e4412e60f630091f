/*
 * ssoctl refresh: keeps the sessions of this machine true: all in a store of its own, and in one
 * that it shares, those that stand behind its logins.
 *
 * 1. What nobody can use any more goes (prune.h).
 * 2. A session that is due, and one that was left half renewed, is renewed with the others, over one
 *    worker (renew_batch.h); what the identity provider ended is ended here.
 * 3. What another machine ended is ended here too. A session that is merely gone ends nobody's
 *    login.
 * 4. Nothing else ends a session. A provider that is away is left alone for the rest of the round,
 *    and with --watch for longer each time (backoff.h); so is a store, also at the start.
 * 5. A signal that means to stop waits for the sessions in hand: a refresh token that was sent is
 *    spent.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backoff.h"
#include "clock.h"
#include "count.h"
#include "journal.h"
#include "prune.h"
#include "renew_batch.h"
#include "report.h"
#include "session_end.h"
#include "ssoctl.h"
#include "token_file.h"

enum {
	LOCK_MS = 5 * 1000,
	WATCH_S = 3, /* between two rounds */
	SPREAD = 10, /* sessions are renewed up to a tenth of their time early, not all at once */
};

struct refresh {
	struct config config;
	struct store store;
	struct bindings bindings;
	struct renew renew;
	struct backoff backoff;       /* from the provider */
	struct backoff store_backoff; /* from the store */
	sigset_t stop;                /* the signals that mean to stop; blocked */
	bool json;
	bool store_away;
	int64_t before; /* when the last whole round began; 0: there was none */
	int status;
	/* Of a round. */
	struct renew_batch batch;
	struct binding_list living; /* this machine's */
	int64_t now;                /* seconds since the epoch, at its beginning */
};

static void failed(struct refresh *refresh, const char *what, const char *why)
{
	ssoctl_say("%s: %s", what, why);
	refresh->status = SSOCTL_FAILED;
}

static void store_failed(struct refresh *refresh, const char *what, int error)
{
	failed(refresh, what, strerrordesc_np(-error));
	if (error == -EHOSTUNREACH)
		refresh->store_away = true;
}

/* Seconds after which a session is due. Each has its own share of the spread, by its random id. */
static int64_t due_after(const struct config *config, const char *id)
{
	const char share[] = {id[0], id[1], '\0'};
	int64_t spread = config->session.refresh / SPREAD;

	return config->session.refresh - spread * strtol(share, NULL, 16) / 0xff;
}

static const char *outcome_of(enum reason reason)
{
	switch (reason) {
	case REASON_OK: return "renewed";
	case REASON_SESSION_ENDED: return "ended";
	case REASON_SESSION_LOST: return "lost";
	case REASON_TOKEN_MISSING: return "not-renewable";
	default: return "failed";
	}
}

/* What came of a renewal. One that was gone when its turn came is nobody's news. */
static void tell(void *context, const char *id, const struct session *session, enum reason reason,
	const char *detail)
{
	struct refresh *refresh = context;
	const char *outcome = outcome_of(reason);

	if (!session->id[0] && reason == REASON_SESSION_ENDED)
		return;
	if (session->id[0])
		report_session(refresh->json, session, outcome, reason);
	if (reason == REASON_OK || reason == REASON_TOKEN_MISSING)
		return;
	if (session->id[0])
		journal_session(refresh->config.log.log_format, session, outcome, reason, detail);
	if (reason != REASON_SESSION_ENDED)
		failed(refresh, id, *detail ? detail : reason_name(reason));
}

/* Rule 3. */
static void end_here(struct refresh *refresh, const char *id)
{
	const struct binding *binding = prune_find(&refresh->living, id);
	struct session ended = {.user = binding ? binding->user : NULL};
	int r = session_end_here(&refresh->bindings, &refresh->config, id);

	memcpy(ended.id, id, sizeof(ended.id));
	report_session(refresh->json, &ended, "ended", REASON_SESSION_ENDED);
	journal_session(refresh->config.log.log_format, &ended, "ended", REASON_SESSION_ENDED,
		r < 0 ? strerrordesc_np(-r) : NULL);
	if (r < 0)
		store_failed(refresh, id, r);
}

/* Rule 1. */
static void prune(struct refresh *refresh, const struct session *session)
{
	int r = prune_session(&refresh->store, &refresh->bindings, &refresh->config, session->id,
		clock_monotonic_ms() + LOCK_MS);

	if (r < 0)
		return store_failed(refresh, session->id, r);
	if (r == 0)
		return;
	report_session(refresh->json, session, "left", REASON_OK);
	journal_session(refresh->config.log.log_format, session, "left", REASON_OK, NULL);
}

/* A verification in the future says that the clock was set. */
static bool is_due(const struct refresh *refresh, const struct session *session, int64_t due)
{
	int64_t age = refresh->now - session->verified;

	return session->spending || age < 0 || age >= due;
}

/* One that was left half renewed is not, which its renewal tells (rule 2). */
static bool has_a_token(const struct session *session)
{
	return session->spending || secret_present(&session->refresh_token);
}

/* It is news in the round in which it became due. */
static void tell_not_renewable(struct refresh *refresh, const struct session *session, int64_t due)
{
	bool ahead = session->verified > refresh->now;
	bool told = ahead ? refresh->before > 0 : session->verified + due <= refresh->before;

	if (!told)
		tell(refresh, session->id, session, REASON_TOKEN_MISSING, "");
}

static void look_after(struct refresh *refresh, const struct session *session)
{
	bool bound = prune_find(&refresh->living, session->id);
	int64_t due = due_after(&refresh->config, session->id);

	if (!bound && prune_is_left(&refresh->config, session, refresh->now))
		return prune(refresh, session);
	if (is_due(refresh, session, due) && !has_a_token(session))
		return tell_not_renewable(refresh, session, due);
	if (is_due(refresh, session, due) &&
		!backoff_waits(&refresh->backoff, clock_monotonic_ms() / 1000))
		return renew_batch_add(&refresh->batch, session->id, due);
	/* Another machine may have renewed it. */
	int r = bound ? token_file_renew(&refresh->config, session) : 0;
	if (r < 0)
		failed(refresh, "the token file cannot be written", strerrordesc_np(-r));
}

static void visit(struct refresh *refresh, const char *id)
{
	SESSION_AUTO(session);
	int r = store_get(&refresh->store, id, refresh->now, &session);

	if (r == 0)
		look_after(refresh, &session);
	else if (r == -EKEYREVOKED)
		end_here(refresh, id);
	else if (r != -ENOENT)
		store_failed(refresh, id, r);
}

/* Whether a signal to stop waits. It stays. */
static bool told_to_stop(const struct refresh *refresh)
{
	sigset_t pending, both;

	return sigpending(&pending) == 0 && sigandset(&both, &pending, &refresh->stop) == 0 &&
	       !sigisemptyset(&both);
}

static void visit_stored(struct refresh *refresh)
{
	STRLIST_AUTO(ids);
	int r = store_list(&refresh->store, &ids);

	if (r < 0)
		store_failed(refresh, "the sessions cannot be listed", r);
	for (size_t i = 0; i < ids.n && !told_to_stop(refresh); i++)
		visit(refresh, ids.items[i]);
}

/* The same session may stand behind many. */
static void visit_bound(struct refresh *refresh)
{
	const struct binding_list *living = &refresh->living;

	for (size_t i = 0; i < living->n && !refresh->store_away && !told_to_stop(refresh); i++)
		if (i == 0 || strcmp(living->items[i].session, living->items[i - 1].session) != 0)
			visit(refresh, living->items[i].session);
}

/* A provider that is away stays so from one round to the next; a round that asked nothing says
 * nothing about it. */
static void learn(struct refresh *refresh)
{
	const struct renew_batch *batch = &refresh->batch;

	if (batch->answered)
		backoff_succeeded(&refresh->backoff);
	if (batch->away)
		backoff_failed(&refresh->backoff, clock_monotonic_ms() / 1000, batch->retry_after);
}

static void make_round(struct refresh *refresh)
{
	refresh->now = clock_wall_s();
	int r = prune_bindings(
		&refresh->bindings, &refresh->config, refresh->now, &refresh->living);

	/* Without them every session would seem to be nobody's. */
	if (r < 0)
		return failed(refresh, "the logins cannot be listed", strerrordesc_np(-r));
	renew_batch_begin(&refresh->batch, &refresh->renew, tell, refresh);
	if (refresh->config.session.store == STORE_FILE)
		visit_stored(refresh);
	else
		visit_bound(refresh);
	renew_batch_end(&refresh->batch);
	learn(refresh);
	if (!refresh->store_away)
		refresh->before = refresh->now;
	binding_list_free(&refresh->living);
}

/* A store that was away is opened anew: its program may be gone. */
static bool has_store(struct refresh *refresh)
{
	struct config_error error = {0};
	int64_t now = clock_monotonic_ms() / 1000;

	if (!refresh->store_away)
		return true;
	if (backoff_waits(&refresh->store_backoff, now))
		return false;
	store_close(&refresh->store);
	refresh->store_away = store_open(&refresh->config, &refresh->store, &error) < 0;
	if (refresh->store_away)
		backoff_failed(&refresh->store_backoff, now, 0);
	else
		backoff_succeeded(&refresh->store_backoff);
	return !refresh->store_away;
}

/* Each round has a status of its own; the one of --watch is that of being told to stop. */
static int watch(struct refresh *refresh)
{
	const struct timespec pause = {.tv_sec = WATCH_S};

	while (sigtimedwait(&refresh->stop, NULL, &pause) < 0)
		if (has_store(refresh))
			make_round(refresh);
	return SSOCTL_OK;
}

/* At once; what was renewed since it was read here will do. */
static void renew_one(struct refresh *refresh, const char *id, int64_t seen)
{
	SESSION_AUTO(session);
	RECORD_AUTO(result);
	struct config_error error = {0};

	refresh->renew.seen = seen;
	enum reason reason = renew_session(&refresh->renew, id, &session, &result, &error);
	tell(refresh, id, &session, reason, error.text);
}

static int refresh_one(struct refresh *refresh, const char *id)
{
	SESSION_AUTO(session);
	int r = store_get(&refresh->store, id, clock_wall_s(), &session);

	if (r == 0)
		renew_one(refresh, id, session.renewals);
	else if (r == -EKEYREVOKED)
		end_here(refresh, id);
	else
		failed(refresh, id,
			r == -ENOENT ? "there is no such session" : strerrordesc_np(-r));
	return refresh->status;
}

static int refresh_as_asked(struct refresh *refresh, const struct invocation *invocation)
{
	if (invocation->operand)
		return refresh_one(refresh, invocation->operand);
	if (!refresh->store_away)
		make_round(refresh);
	return invocation->watch ? watch(refresh) : refresh->status;
}

static void block_stop(sigset_t *ret)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGTERM};

	sigemptyset(ret);
	for (size_t i = 0; i < COUNT(signals); i++)
		sigaddset(ret, signals[i]);
	(void)sigprocmask(SIG_BLOCK, ret, NULL);
}

static void refresh_free(struct refresh *refresh)
{
	bindings_close(&refresh->bindings);
	store_close(&refresh->store);
	config_free(&refresh->config);
}

/* Where only the store is away, it will be said once, and --watch waits for it. */
static int open_all(const struct invocation *invocation, struct refresh *refresh)
{
	int status = ssoctl_config(invocation, &refresh->config);

	if (status == SSOCTL_OK)
		status = ssoctl_bindings(&refresh->config, &refresh->bindings);
	if (status == SSOCTL_OK)
		status = ssoctl_worker(&refresh->config, &refresh->renew.worker);
	if (status != SSOCTL_OK)
		return status;
	status = ssoctl_store(&refresh->config, &refresh->store, &refresh->store_away);
	if (!refresh->store_away || !invocation->watch || invocation->operand)
		return status;
	backoff_failed(&refresh->store_backoff, clock_monotonic_ms() / 1000, 0);
	return SSOCTL_OK;
}

static int run(const struct invocation *invocation)
{
	__attribute__((cleanup(refresh_free))) struct refresh refresh = {
		.store = {.dir = -1}, .bindings = {.dir = -1}, .json = invocation->json};

	refresh.renew = (struct renew){.store = &refresh.store,
		.bindings = &refresh.bindings,
		.config = &refresh.config,
		.at_most = RENEW_ALWAYS,
		.seen = RENEW_ALWAYS};
	int status = open_all(invocation, &refresh);
	if (status != SSOCTL_OK)
		return status;
	block_stop(&refresh.stop);
	return refresh_as_asked(&refresh, invocation);
}

const struct command command_refresh = {
	.name = "refresh",
	.operand = "ID",
	.options = OPTION_CONF | OPTION_WATCH,
	.summary = "Renew the sessions that are due, or one at once, and end what is over",
	.help = "A session is due when the identity provider last stood by it `refresh` ago (see\n"
		"pam_sso.conf). A line tells what became of each that was due:\n\n"
		"  renewed        the identity provider stands by it\n"
		"  ended          it does not: the session is removed, and with\n"
		"                 `on_revoked = terminate` its logins are ended\n"
		"  lost           its renewal was interrupted: the session is removed, its\n"
		"                 logins stay. Exit status 1\n"
		"  left           its logins are all gone: the session is removed\n"
		"  not-renewable  there is no refresh token: it lasts until it expires. --watch\n"
		"                 says it once\n"
		"  failed         it could not be renewed; nothing changes. Exit status 1\n\n"
		"--watch goes on while the store or the identity provider is away, and asks\n"
		"again after longer and longer pauses. It exits with 0 when it is told to stop.\n",
	.run = run,
};
