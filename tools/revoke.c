/*
 * ssoctl revoke: ends sessions, here and at the identity provider (RFC 7009).
 *
 * A session is ended here also where the provider cannot be asked: what was closed stays closed.
 * That its tokens may live on there is said, and is exit status 1.
 */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "journal.h"
#include "renew.h"
#include "report.h"
#include "revoke.h"
#include "session_end.h"
#include "ssoctl.h"
#include "worker_request.h"

enum { PATIENCE_MS = WORKER_REQUEST_SILENT * 1000 + WORKER_REQUEST_GRACE_MS };

struct revocation {
	const struct invocation *invocation;
	struct config config;
	struct store store;
	struct bindings bindings;
	struct spawn_identity worker;
	unsigned int found;
	int status;
};

static void revocation_free(struct revocation *revocation)
{
	config_free(&revocation->config);
	store_close(&revocation->store);
	bindings_close(&revocation->bindings);
}

static void failed(struct revocation *revocation, const char *id, const char *what)
{
	ssoctl_say("%s: %s", id, what);
	revocation->status = SSOCTL_FAILED;
}

static void revoke_locked(struct revocation *revocation, const struct session *session)
{
	struct config_error error = {0};
	enum reason reason = revoke_session(
		&revocation->config, &revocation->worker, session, PATIENCE_MS, &error);
	int r = session_end(
		&revocation->store, &revocation->bindings, &revocation->config, session);

	report_session(revocation->invocation->json, session, "revoked", reason);
	journal_session(session, "revoked", reason, error.text);
	if (r < 0)
		failed(revocation, session->id, strerrordesc_np(-r));
	if (reason != REASON_OK)
		failed(revocation, session->id,
			"ended here, but the identity provider could not be told");
}

/* Whether the operand means this session. */
static bool is_meant(const struct revocation *revocation, const struct session *session)
{
	const char *operand = revocation->invocation->operand;

	return strcmp(operand, session->id) == 0 || strcmp(operand, session->user) == 0;
}

/* With the lock in hand, it is read again: somebody may have renewed it meanwhile. */
static void revoke(struct revocation *revocation, const char *id)
{
	SESSION_AUTO(session);
	struct store_lock lock;
	int r = store_lock(&revocation->store, id, clock_monotonic_ms() + RENEW_LOCK_MS, &lock);

	if (r < 0)
		return failed(revocation, id, strerrordesc_np(-r));
	r = store_get(&revocation->store, id, clock_wall_s(), &session);
	if (r == 0 && is_meant(revocation, &session)) {
		revocation->found++;
		revoke_locked(revocation, &session);
	}
	store_unlock(&revocation->store, &lock);
}

/* Revokes what is listed, where it is meant. */
static void revoke_listed(struct revocation *revocation, const char *id)
{
	SESSION_AUTO(session);
	int r = store_get(&revocation->store, id, clock_wall_s(), &session);

	if (r == 0 && is_meant(revocation, &session))
		revoke(revocation, id);
}

static int revoke_all(struct revocation *revocation)
{
	STRLIST_AUTO(ids);
	int r = store_list(&revocation->store, &ids);

	if (r < 0)
		failed(revocation, "the sessions cannot be listed", strerrordesc_np(-r));
	for (size_t i = 0; i < ids.n; i++)
		revoke_listed(revocation, ids.items[i]);
	if (r == 0 && revocation->found == 0 && revocation->status == SSOCTL_OK)
		failed(revocation, revocation->invocation->operand, "there is no such session");
	return revocation->status;
}

static int run(const struct invocation *invocation)
{
	__attribute__((cleanup(revocation_free))) struct revocation revocation = {
		.invocation = invocation, .store = {.dir = -1}, .bindings = {.dir = -1}};
	int status = ssoctl_open(
		invocation, &revocation.config, &revocation.store, &revocation.bindings);

	if (status != SSOCTL_OK)
		return status;
	status = ssoctl_worker(&revocation.config, &revocation.worker);
	return status == SSOCTL_OK ? revoke_all(&revocation) : status;
}

const struct command command_revoke = {
	.name = "revoke",
	.operand = "USER|ID",
	.operand_needed = true,
	.options = OPTION_CONF,
	.summary = "End a session, or all of a user, here and at the identity provider",
	.help = "With `on_revoked = terminate` in pam_sso.conf the logins are ended too. A session "
		"is\n"
		"ended here also where the identity provider could not be told; exit status 1. "
		"With\n"
		"`store = redis` it ends on all machines: on the others within their `refresh`.\n",
	.run = run,
};
