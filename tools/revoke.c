/*
 * ssoctl revoke: ends sessions, here and at the identity provider (RFC 7009).
 *
 * A session is ended here also where the provider cannot be asked: what was closed stays closed.
 * That its tokens may live on there is said, and is exit status 1. Nor does it need the session's
 * lock: the person may stop whoever holds it (sudo runs for its user), and what that one stores
 * later is another version's (store.h). Logins whose session is lost, or out of reach, end too; of a
 * store that cannot be asked the rest is not known, so that the operand is to be revoked again.
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

struct revocation {
	const struct invocation *invocation;
	struct config config;
	struct store store;
	struct bindings bindings;
	struct spawn_identity worker;
	bool out_of_reach; /* the store, or what it has */
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

static void store_failed(struct revocation *revocation, const char *what, int error)
{
	failed(revocation, what, strerrordesc_np(-error));
	if (error == -EHOSTUNREACH || error == -EACCES)
		revocation->out_of_reach = true;
}

/* Whether a session was read. What is none, or none any more, is no failure. */
static bool has_read(struct revocation *revocation, const char *id, int r)
{
	if (r == -EHOSTUNREACH || r == -EACCES)
		store_failed(revocation, id, r);
	return r == 0;
}

static void end(struct revocation *revocation, const struct session *session)
{
	struct config_error error = {0};
	enum reason reason = revoke_session(&revocation->config, &revocation->worker, session,
		WORKER_REQUEST_ANSWER_MS, &error);
	int r = session_end(
		&revocation->store, &revocation->bindings, &revocation->config, session);

	report_session(revocation->invocation->json, session, "revoked", reason);
	journal_session(revocation->config.log.log_format, session, "revoked", reason, error.text);
	if (r < 0)
		store_failed(revocation, session->id, r);
	if (reason != REASON_OK)
		failed(revocation, session->id,
			"ended here, but the identity provider could not be told");
}

/* Whether the operand means this session. */
static bool is_meant(const struct revocation *revocation, const char *id, const char *user)
{
	const char *operand = revocation->invocation->operand;

	return strcmp(operand, id) == 0 || strcmp(operand, user) == 0;
}

/* Who renews it right now is waited for, and then it is read again. */
static void revoke(struct revocation *revocation, const char *id)
{
	SESSION_AUTO(session);
	struct store_lock lock;
	int locked = store_lock(
		&revocation->store, id, clock_monotonic_ms() + RENEW_LOCK_MS, &lock);
	int r = store_get(&revocation->store, id, clock_wall_s(), &session);

	if (has_read(revocation, id, r) && is_meant(revocation, session.id, session.user)) {
		revocation->found++;
		end(revocation, &session);
	}
	if (locked == 0)
		store_unlock(&revocation->store, &lock);
}

/* Revokes what is listed, where it is meant. */
static void revoke_listed(struct revocation *revocation, const char *id)
{
	SESSION_AUTO(session);
	int r = store_get(&revocation->store, id, clock_wall_s(), &session);

	if (has_read(revocation, id, r) && is_meant(revocation, session.id, session.user))
		revoke(revocation, id);
}

static void revoke_stored(struct revocation *revocation)
{
	STRLIST_AUTO(ids);
	int r = store_list(&revocation->store, &ids);

	if (r < 0)
		store_failed(revocation, "the sessions cannot be listed", r);
	for (size_t i = 0; i < ids.n && !revocation->out_of_reach; i++)
		revoke_listed(revocation, ids.items[i]);
}

/* A login of this machine that is left when the sessions are revoked. */
static void end_login(struct revocation *revocation, const struct binding *binding)
{
	enum reason reason = revocation->out_of_reach ? REASON_STORE : REASON_NO_SESSION;
	struct session session = {.user = binding->user};
	int r = session_end_here(&revocation->bindings, &revocation->config, binding->session);

	memcpy(session.id, binding->session, sizeof(session.id));
	revocation->found++;
	report_session(revocation->invocation->json, &session, "ended", reason);
	journal_session(revocation->config.log.log_format, &session, "ended", reason,
		r < 0 ? strerrordesc_np(-r) : NULL);
	if (r < 0)
		failed(revocation, session.id, strerrordesc_np(-r));
}

/* Ending a session takes all its bindings. */
static bool is_left(const struct revocation *revocation, const struct binding *binding)
{
	BINDING_AUTO(now);

	return is_meant(revocation, binding->session, binding->user) &&
	       binding_lives(binding, clock_wall_s()) &&
	       binding_get(&revocation->bindings, &binding->process, &now) == 0;
}

static void end_logins(struct revocation *revocation)
{
	BINDING_LIST_AUTO(list);
	int r = binding_list(&revocation->bindings, &list);

	if (r < 0)
		failed(revocation, "the logins cannot be listed", strerrordesc_np(-r));
	for (size_t i = 0; i < list.n; i++)
		if (is_left(revocation, &list.items[i]))
			end_login(revocation, &list.items[i]);
}

static int revoke_all(struct revocation *revocation)
{
	const char *operand = revocation->invocation->operand;

	if (!revocation->out_of_reach)
		revoke_stored(revocation);
	end_logins(revocation);
	if (revocation->out_of_reach)
		failed(revocation, operand, "not all could be asked of the store: revoke it again");
	else if (revocation->found == 0 && revocation->status == SSOCTL_OK)
		failed(revocation, operand, "there is no such session");
	return revocation->status;
}

static int open_all(struct revocation *revocation)
{
	const struct config *config = &revocation->config;
	bool away = false;
	int status = ssoctl_config(revocation->invocation, &revocation->config);

	if (status == SSOCTL_OK)
		status = ssoctl_bindings(config, &revocation->bindings);
	if (status == SSOCTL_OK)
		status = ssoctl_worker(config, &revocation->worker);
	if (status != SSOCTL_OK)
		return status;
	revocation->out_of_reach = ssoctl_store(config, &revocation->store, &away) != SSOCTL_OK;
	return SSOCTL_OK;
}

static int run(const struct invocation *invocation)
{
	__attribute__((cleanup(revocation_free))) struct revocation revocation = {
		.invocation = invocation, .store = {.dir = -1}, .bindings = {.dir = -1}};
	int status = open_all(&revocation);

	return status == SSOCTL_OK ? revoke_all(&revocation) : status;
}

const struct command command_revoke = {
	.name = "revoke",
	.operand = "USER|ID",
	.operand_needed = true,
	.options = OPTION_CONF,
	.summary = "End a session, or all of a user, here and at the identity provider",
	.help = "With `on_revoked = terminate` in pam_sso.conf the logins are ended too, and those "
		"of\n"
		"a session that is lost (`ended`). A session is ended here also where the "
		"identity\n"
		"provider could not be told; exit status 1. With `store = redis` it ends on all\n"
		"machines: on the others within their `refresh`. Where the store cannot be asked,\n"
		"what ends is the logins of this machine (`ended`); exit status 1: revoke again.\n",
	.run = run,
};
