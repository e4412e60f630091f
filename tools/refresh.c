/*
 * ssoctl refresh: keeps the sessions of this machine true.
 *
 * 1. A session whose logins are all gone, and whose opener is, is removed: nobody is left to use
 *    it.
 * 2. One that is due is renewed (renew.h); what the identity provider ended is ended here.
 * 3. Nothing else ends a session. A provider that cannot be asked is given up on for this round
 *    after AWAY_MAX sessions in a row.
 * 4. A signal that means to stop waits for the session in hand: a refresh token that was sent is
 *    spent.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "count.h"
#include "journal.h"
#include "renew.h"
#include "report.h"
#include "ssoctl.h"

enum {
	AWAY_MAX = 3,
	LOCK_MS = 5 * 1000,
	WATCH_S = 3, /* between two rounds */
	SPREAD = 10, /* sessions are renewed up to a tenth of their time early, not all at once */
};

struct round {
	struct renew renew;
	bool json;
	sigset_t stop; /* the signals that mean to stop; blocked */
	unsigned int away;
	int status;
};

static void failed(struct round *round, const char *id, const char *what)
{
	ssoctl_say("%s: %s", id, what);
	round->status = SSOCTL_FAILED;
}

static bool lives(const struct process *process)
{
	struct process now;

	return process->pid > 0 && process_look(process->pid, &now, NULL) == 0 &&
	       process_same(process, &now);
}

/* Rule 1. */
static bool is_left(const struct session *session)
{
	if (lives(&session->opener))
		return false;
	for (unsigned int i = 0; i < session->n_logins; i++)
		if (lives(&session->logins[i]))
			return false;
	return true;
}

static int remove_left(const struct store *store, const char *id)
{
	SESSION_AUTO(session);
	int lock = store_lock(store, id, clock_monotonic_ms() + LOCK_MS);

	if (lock < 0)
		return lock;
	int r = store_get(store, id, clock_wall_s(), &session);
	if (r == 0 && is_left(&session))
		r = store_remove(store, id);
	store_unlock(lock);
	return r == -ENOENT ? 0 : r;
}

static void prune(struct round *round, const struct session *session)
{
	int r = remove_left(round->renew.store, session->id);

	if (r < 0)
		return failed(round, session->id, strerrordesc_np(-r));
	report_session(round->json, session, "left", REASON_OK);
	journal_session(session, "left", REASON_OK, NULL);
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
	case REASON_TOKEN_MISSING: return "not-renewable";
	default: return "failed";
	}
}

/* Rule 2. */
static void renew(struct round *round, const char *id)
{
	SESSION_AUTO(session);
	RECORD_AUTO(result);
	struct config_error error = {0};
	enum reason reason = renew_session(&round->renew, id, &session, &result, &error);
	const char *outcome = outcome_of(reason);

	/* Somebody else removed it, or renewed it just now. */
	if (!session.id[0] || (reason == REASON_OK && !result))
		return;
	round->away = reason_class(reason) == CLASS_UNAVAILABLE ? round->away + 1 : 0;
	report_session(round->json, &session, outcome, reason);
	if (reason == REASON_OK || reason == REASON_TOKEN_MISSING)
		return;
	journal_session(&session, outcome, reason, error.text);
	if (reason != REASON_SESSION_ENDED)
		failed(round, id, error.text[0] ? error.text : reason_name(reason));
}

static void refresh_due(struct round *round, const char *id)
{
	SESSION_AUTO(session);
	int64_t now = clock_wall_s(), due = due_after(round->renew.config, id);
	int r = store_get(round->renew.store, id, now, &session);

	if (r == -ENOENT)
		return;
	if (r < 0)
		return failed(round, id, strerrordesc_np(-r));
	if (is_left(&session))
		return prune(round, &session);
	/* A verification in the future says that the clock was set. */
	if (session.verified <= now && now - session.verified < due)
		return;
	round->renew.at_most = due;
	renew(round, id);
}

/* Whether a signal to stop waits. It stays. */
static bool told_to_stop(const struct round *round)
{
	sigset_t pending, both;

	return sigpending(&pending) == 0 && sigandset(&both, &pending, &round->stop) == 0 &&
	       !sigisemptyset(&both);
}

static void refresh_all(struct round *round)
{
	STRLIST_AUTO(ids);
	int r = store_list(round->renew.store, &ids);

	if (r < 0)
		return failed(round, "the sessions cannot be listed", strerrordesc_np(-r));
	round->away = 0;
	for (size_t i = 0; i < ids.n && round->away < AWAY_MAX && !told_to_stop(round); i++)
		refresh_due(round, ids.items[i]);
}

/* Each round has a status of its own; the one of --watch is that of being told to stop. */
static int watch(struct round *round)
{
	const struct timespec pause = {.tv_sec = WATCH_S};

	while (sigtimedwait(&round->stop, NULL, &pause) < 0)
		refresh_all(round);
	return SSOCTL_OK;
}

static int refresh_one(struct round *round, const char *id)
{
	SESSION_AUTO(session);
	int r = store_get(round->renew.store, id, clock_wall_s(), &session);

	if (r < 0)
		failed(round, id, r == -ENOENT ? "there is no such session" : strerrordesc_np(-r));
	else
		renew(round, id);
	return round->status;
}

static int refresh(struct round *round, const struct invocation *invocation)
{
	if (invocation->operand)
		return refresh_one(round, invocation->operand);
	refresh_all(round);
	return invocation->watch ? watch(round) : round->status;
}

static void block_stop(sigset_t *ret)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGTERM};

	sigemptyset(ret);
	for (size_t i = 0; i < COUNT(signals); i++)
		sigaddset(ret, signals[i]);
	(void)sigprocmask(SIG_BLOCK, ret, NULL);
}

static int run(const struct invocation *invocation)
{
	CONFIG_AUTO(config);
	STORE_AUTO(store);
	struct round round = {
		.renew = {.store = &store, .config = &config, .at_most = RENEW_ALWAYS},
		.json = invocation->json,
	};
	int status = ssoctl_open(invocation, &config, &store);

	if (status != SSOCTL_OK)
		return status;
	status = ssoctl_worker(&config, &round.renew.worker);
	if (status != SSOCTL_OK)
		return status;
	block_stop(&round.stop);
	return refresh(&round, invocation);
}

const struct command command_refresh = {
	.name = "refresh",
	.operand = "ID",
	.options = OPTION_WATCH,
	.summary = "Renew the sessions that are due, or one at once, and end what is over",
	.help = "A session is due when the identity provider last stood by it `refresh` ago (see\n"
		"pam_sso.conf). A line tells what became of each that was due:\n\n"
		"  renewed        the identity provider stands by it\n"
		"  ended          it does not: the session is removed, and with\n"
		"                 `on_revoked = terminate` its logins are ended\n"
		"  left           its logins are all gone: the session is removed\n"
		"  not-renewable  there is no refresh token: it lasts until it expires\n"
		"  failed         it could not be renewed; nothing changes. Exit status 1\n",
	.run = run,
};
