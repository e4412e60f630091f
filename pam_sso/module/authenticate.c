/*
 * pam_sm_authenticate: may this person come in as PAM_USER?
 *
 * 1. A sign-in is a row of steps. Each MUST say REASON_OK for the next to be taken, and the word of
 *    the last is the verdict: nothing else leads to PAM_SUCCESS. Who somebody is comes from a
 *    session that may be reused (reuse.h) or, whatever kept that from being enough, from asking
 *    the person.
 * 2. The identity provider MUST NOT be asked before everything that this machine knows by itself
 *    (the user database, the lists, the public key, a terminal) has nothing against the user.
 * 3. It MUST NOT be asked without a place among the sign-ins that are pending (admission.h).
 * 4. PAM_USER is never changed; if the host changed it meanwhile, the answer is about somebody else
 *    and MUST be a denial.
 */
#include <string.h>
#include <syslog.h>

#include <security/pam_modules.h>

#include "account.h"
#include "admission.h"
#include "audit.h"
#include "clock.h"
#include "config_error.h"
#include "context.h"
#include "converse.h"
#include "counting.h"
#include "decision.h"
#include "host.h"
#include "keep.h"
#include "local_user.h"
#include "remember.h"
#include "reuse.h"
#include "signin.h"
#include "sshauth.h"
#include "username.h"

struct login {
	struct context *context;
	struct host host;
	struct wait wait; /* over once the verdict is logged */
	struct local_user_entry entry;
	struct signin_asked asked;
	struct record *result; /* what the worker said; NULL until it did */
	struct account_decision decision;
	char reused[SESSION_ID + 1]; /* the session that stands for a sign-in; "" for none */
	int64_t begun;               /* clock_monotonic_ms() */
};

static void login_end(struct login *login)
{
	wait_end(&login->wait);
	local_user_free(&login->entry);
	record_free(login->result);
}

/* The database is not asked about what cannot be a name, which account_check_user() refuses. */
static enum reason check_user(struct login *login)
{
	struct context *context = login->context;
	int r = 0;

	login->entry.user.name = context->user;
	if (username_valid(context->user))
		r = local_user_find(context->user, &login->entry);
	if (r < 0)
		return config_fail(&context->error, REASON_INTERNAL, "cannot look up the user: %s",
			strerrordesc_np(-r));
	account_check_user(&context->config, &login->entry.user, &login->decision);
	return login->decision.reason;
}

static enum reason check_publickey(struct login *login)
{
	const struct context *context = login->context;
	size_t len = 0;

	if (context->config.access.require != REQUIRE_PUBLICKEY)
		return REASON_OK;
	return sshauth_publickey(pam_getenv(context->pamh, "SSH_AUTH_INFO_0"), &len)
		       ? REASON_OK
		       : REASON_PUBLICKEY;
}

/* From here on the host's signals wait for us: a session that is being renewed loses its refresh
 * token to one that comes before the next token is stored. */
static enum reason watch(struct login *login)
{
	return wait_begin(&login->wait, login->host.client_fd);
}

static enum reason check_terminal(struct login *login)
{
	return login->host.show == SHOW_NOWHERE ? REASON_NO_TERMINAL : REASON_OK;
}

static enum reason sign_in(struct login *login)
{
	struct context *context = login->context;
	PLACE_AUTO(place);
	enum reason reason = admission_take(context, login->host.kind, &place);

	if (reason != REASON_OK)
		return reason;
	LOG_EVENT(&context->log, LOG_INFO, "start", CONTEXT_FIELDS(context));
	return signin_run(context, &login->host, &login->wait, &login->result, &login->asked);
}

static enum reason reuse(struct login *login)
{
	return reuse_session(login->context, login->host.kind, &login->result, login->reused);
}

static enum reason decide(struct login *login)
{
	return decision_make(login->context, login->result, &login->entry.user, &login->decision);
}

static enum reason check_same_user(struct login *login)
{
	const void *user = NULL;

	if (pam_get_item(login->context->pamh, PAM_USER, &user) != PAM_SUCCESS || !user)
		return REASON_USER_MISMATCH;
	return strcmp(user, login->context->user) == 0 ? REASON_OK : REASON_USER_MISMATCH;
}

static enum reason remember(struct login *login)
{
	return remember_user(login->context->pamh, login->context->user) == 0 ? REASON_OK
									      : REASON_NO_MEMORY;
}

typedef enum reason login_step(struct login *login);

static enum reason take(struct login *login, login_step *const *steps)
{
	enum reason reason = REASON_UNSET;

	for (; *steps; steps++) {
		reason = (*steps)(login);
		if (reason != REASON_OK)
			break;
	}
	return reason;
}

/* Forgets a session that was not enough: what follows knows nothing of it. */
static void forget_reuse(struct login *login, enum reason reason)
{
	if (login->reused[0])
		LOG_EVENT(&login->context->log, LOG_WARNING, "reuse",
			{"user", login->context->user}, {"service", login->context->service},
			{"session", login->reused}, {"reason", reason_name(reason)},
			{"rule", context_text(login->decision.rule)});
	record_free(login->result);
	login->result = NULL;
	login->reused[0] = '\0';
	login->context->error = (struct config_error){0};
}

static enum reason identify(struct login *login)
{
	static login_step *const by_session[] = {reuse, decide, NULL};
	static login_step *const by_asking[] = {check_terminal, sign_in, decide, NULL};

	enum reason reason = take(login, by_session);

	if (reason == REASON_OK)
		return reason;
	forget_reuse(login, reason);
	return take(login, by_asking);
}

static enum reason take_steps(struct login *login)
{
	static login_step *const steps[] = {
		check_user, check_publickey, watch, identify, check_same_user, remember, NULL};

	return take(login, steps);
}

/* The notes of a result in one text. */
static void join_notes(const struct record *result, struct buf *out)
{
	for (size_t i = 0; i < record_count(result, "note"); i++) {
		(void)buf_puts(out, i ? "; " : "");
		(void)buf_puts(out, record_nth(result, "note", i));
	}
}

static const char *said(const struct login *login, const char *key)
{
	return login->result ? record_get(login->result, key) : NULL;
}

static void log_verdict(const struct login *login, enum reason reason)
{
	const struct context *context = login->context;
	const struct account_decision *decision = &login->decision;
	bool decided = decision->reason == reason;
	const char *own = context_text(context->error.text);
	BUF_AUTO(notes, RECORD_MAX);

	if (login->result)
		join_notes(login->result, &notes);
	LOG_EVENT(&context->log, context_priority(reason), "verdict", CONTEXT_FIELDS(context),
		{"reason", reason_name(reason)},
		{"rule", decided ? context_text(decision->rule) : NULL},
		{"mapped", decided ? context_text(decision->mapped) : NULL},
		{"iss", said(login, "iss")}, {"sub", said(login, "sub")},
		{"flow", login->asked.flow}, {"session", context_text(login->reused)},
		{"detail", own ? own : said(login, "detail")},
		LOG_INT("seconds", (clock_monotonic_ms() - login->begun) / 1000),
		{"requests", said(login, "requests")}, {"connections", said(login, "connections")},
		{"sandbox", said(login, "sandbox")}, {"notes", context_text(buf_str(&notes))});
}

static void record_verdict(const struct login *login, enum reason reason)
{
	bool decided = login->decision.reason == reason;
	const struct audit_verdict verdict = {.op = AUDIT_AUTH,
		.reason = reason,
		.rule = decided ? login->decision.rule : NULL,
		.iss = said(login, "iss"),
		.sub = said(login, "sub")};

	audit_verdict(login->context, &verdict);
}

/* What opens a login of its own: not sudo inside one, which is what lets it in. */
static void keep(struct login *login)
{
	struct context *context = login->context;

	if (!login->reused[0])
		keep_sign_in(context, login->host.kind, login->result, login->asked.flow);
	else if (context->config.session.bind == BIND_SSH_KEY)
		keep_reuse(context, login->host.kind, login->reused);
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	CONTEXT_AUTO(context);
	__attribute__((cleanup(login_end))) struct login login = {
		.context = &context, .wait = WAIT_NONE, .begun = clock_monotonic_ms()};

	(void)flags;
	remember_nobody(pamh);
	context_begin(&context, pamh, argc, argv);
	enum reason reason = context_load(&context, argc, argv);
	if (reason == REASON_OK) {
		host_look(&context, &login.host);
		reason = take_steps(&login);
	}
	log_verdict(&login, reason);
	record_verdict(&login, reason);
	counting_verdict(&context, reason, login.asked.flow ? login.asked.at : -1);
	if (reason == REASON_OK)
		keep(&login);
	wait_end(&login.wait);
	converse_tell_reason(pamh, context.language, reason);
	return verdict_code(reason, login.host.kind);
}
