#include "standing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "audit.h"
#include "bind.h"
#include "clock.h"
#include "config_error.h"
#include "counting.h"
#include "decision.h"
#include "host.h"
#include "shelf.h"
#include "vouch.h"
#include "wait.h"

/* The one that KEY leads to, or with NULL the user's last one. */
static int find_by(
	struct context *context, const struct shelf *shelf, const char *key, struct session *ret)
{
	SESSION_AUTO(session);
	int r = store_find(&shelf->store, key ? STORE_BY_SSH_KEY : STORE_BY_USER, context->user,
		key, clock_wall_s(), &session);

	if (r == 0 && (strcmp(session.user, context->user) != 0 ||
			      (key && (!session.ssh_key || strcmp(session.ssh_key, key) != 0))))
		r = -ENOENT;
	if (r < 0)
		return r;
	*ret = session;
	session = (struct session){0};
	return 0;
}

/* Rule 2. */
static int find(struct context *context, struct shelf *shelf, struct session *ret)
{
	char *key = NULL;
	int r = shelf_store(context, shelf);

	if (r < 0)
		return r;
	r = host_ssh_key(context, host_kind(context), &key);
	if (r == 0)
		r = find_by(context, shelf, key, ret);
	free(key);
	return r == -ENOENT ? find_by(context, shelf, NULL, ret) : r;
}

static enum reason fail_find(struct context *context, int r)
{
	if (r == -ENOENT)
		return REASON_NO_SESSION;
	if (context->error.text[0])
		return REASON_STORE;
	return config_fail(
		&context->error, REASON_STORE, "the store cannot be read: %s", strerrordesc_np(-r));
}

/* A user who is to be let in needs no end of waiting: who asks is not watched, but a signal of the
 * host's waits until the session is stored again. */
static enum reason ask(struct context *context, struct shelf *shelf, const struct session *found,
	struct record **ret_result)
{
	__attribute__((cleanup(wait_end))) struct wait wait = WAIT_NONE;
	SESSION_AUTO(session);
	enum reason reason = wait_begin(&wait, -1);

	return reason == REASON_OK ? vouch(context, shelf, found, &session, ret_result) : reason;
}

/* Rule 4. */
static void expect_login(struct context *context, struct shelf *shelf, const char *id)
{
	int r = bind_expect_standing(context, shelf, host_kind(context), id);

	if (r < 0)
		shelf_log(context, "expected", id, r);
}

/* Rule 3. */
static enum reason ask_and_decide(struct context *context, struct shelf *shelf,
	const struct session *found, const struct local_user *user, struct account_decision *ret)
{
	RECORD_AUTO(result);
	enum reason reason = ask(context, shelf, found, &result);

	if (reason == REASON_OK)
		reason = decision_make(context, result, user, ret);
	LOG_EVENT(&context->log, context_priority(reason), "standing", {"user", context->user},
		{"service", context->service}, {"session", found->id},
		{"reason", reason_name(reason)}, {"rule", context_text(ret->rule)},
		{"mapped", context_text(ret->mapped)});
	counting_renewal(context, reason);
	if (reason == REASON_OK)
		expect_login(context, shelf, found->id);
	return reason;
}

enum reason standing_of(struct context *context, const struct local_user *user)
{
	SHELF_AUTO(shelf);
	SESSION_AUTO(found);
	struct account_decision decision;

	account_check_user(&context->config, user, &decision);
	if (decision.reason != REASON_OK)
		return decision.reason;
	decision = (struct account_decision){0};
	int r = find(context, &shelf, &found);
	enum reason reason = r == 0 ? ask_and_decide(context, &shelf, &found, user, &decision)
				    : fail_find(context, r);
	const struct audit_verdict verdict = {.op = AUDIT_ACCOUNT,
		.reason = reason,
		.rule = decision.rule,
		.iss = found.iss,
		.sub = found.sub};
	audit_verdict(context, &verdict);
	return reason;
}
