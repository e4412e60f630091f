#include "renew_step.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "config_error.h"
#include "policy.h"
#include "session_end.h"
#include "token_file.h"

enum reason renew_store_failed(struct config_error *ret_error, const char *what, int error)
{
	return config_fail(ret_error, REASON_STORE, "cannot %s the session: %s", what,
		strerrordesc_np(-error));
}

int renew_lock(const struct renew *renew, const char *id, int64_t deadline, struct renew_step *ret)
{
	*ret = (struct renew_step){0};
	int r = store_lock(renew->store, id, deadline, &ret->lock);
	ret->locked = r == 0;
	return r;
}

void renew_unlock(const struct renew *renew, struct renew_step *step)
{
	if (step->locked)
		store_unlock(renew->store, &step->lock);
	step->locked = false;
	session_free(&step->session);
}

/* Rule 5, where another machine heard the provider's word. */
static enum reason ended_elsewhere(
	const struct renew *renew, const char *id, struct config_error *error)
{
	int r = session_end_here(renew->bindings, renew->config, id);

	if (r < 0)
		(void)renew_store_failed(error, "end the logins of", r);
	return REASON_SESSION_ENDED;
}

/* Rule 3, for one that was found so or left so. */
static enum reason lose(
	const struct renew *renew, const struct session *session, struct config_error *error)
{
	int r = store_remove(renew->store, session);

	if (r < 0)
		return renew_store_failed(error, "remove", r);
	if (!error->text[0])
		(void)config_fail(error, REASON_SESSION_LOST,
			"nobody knows whether its refresh token is spent");
	return REASON_SESSION_LOST;
}

static bool is_young(const struct renew *renew, const struct session *session, int64_t now)
{
	int64_t age = now - session->verified;

	return renew->at_most != RENEW_ALWAYS && age >= 0 && age < renew->at_most;
}

/* Counting alone would not do: a store that is hostile, or a caller that was stopped in between,
 * finds an early version first and a later one, of any age, now. The other machine's clock may be
 * ahead. */
static bool is_newer(const struct renew *renew, const struct session *session, int64_t now)
{
	int64_t age = now - session->verified;

	return renew->seen != RENEW_ALWAYS && session->renewals > renew->seen &&
	       age > -RENEW_SHARED && age < RENEW_SHARED;
}

/* Rule 7. Returns REASON_UNSET where nothing can be shared. */
static enum reason share(const struct renew *renew, const struct session *session, int64_t now,
	struct record **ret_answer)
{
	RECORD_AUTO(answer);

	if (!is_young(renew, session, now) && !is_newer(renew, session, now))
		return REASON_UNSET;
	if (!renew->policy)
		return REASON_OK;
	if (!session_facts_suit(session, renew->config))
		return REASON_UNSET;
	int r = session_give_facts(session, &answer);
	if (r == -ENOMEM)
		return REASON_NO_MEMORY;
	if (r < 0 || !policy_holds(renew->config, answer, now))
		return REASON_UNSET;
	*ret_answer = answer;
	answer = NULL;
	return REASON_OK;
}

/* What lets somebody in by an answer that is shared is noted too; the note is no condition of it. */
static void note_service(const struct renew *renew, struct session *session)
{
	if (!renew->service || strlist_has(&session->services, renew->service))
		return;
	if (session_add_service(session, renew->service) == 0)
		(void)store_put(renew->store, session);
}

static enum reason decide(const struct renew *renew, struct session *session,
	struct record **ret_answer, struct config_error *error)
{
	const struct config *config = renew->config;

	if (session->spending)
		return lose(renew, session, error);
	if (!session_is_of(session, config->provider.issuer, config->provider.client_id))
		return config_fail(error, REASON_TOKEN_ISSUER,
			"the session is another issuer's, or another client's");
	enum reason reason = share(renew, session, clock_wall_s(), ret_answer);
	if (reason == REASON_OK)
		note_service(renew, session);
	if (reason == REASON_UNSET && !secret_present(&session->refresh_token))
		return config_fail(error, REASON_TOKEN_MISSING,
			"the provider gave no refresh token: see scope in pam_sso.conf");
	return reason;
}

enum reason renew_decide(const struct renew *renew, struct renew_step *step,
	struct record **ret_answer, struct config_error *ret_error)
{
	const char *id = step->lock.id;
	int r = store_get(renew->store, id, clock_wall_s(), &step->session);

	if (r == -ENOENT)
		return config_fail(ret_error, REASON_SESSION_ENDED, "there is no such session");
	if (r == -EKEYREVOKED)
		return ended_elsewhere(renew, id, ret_error);
	if (r < 0)
		return renew_store_failed(ret_error, "read", r);
	return decide(renew, &step->session, ret_answer, ret_error);
}

/* A mark that stands, though only the last step of storing it failed, would lose a session whose
 * token does not go out. In a store that is away, or has another version, it may be another's. */
static void take_mark_back(const struct renew *renew, const struct renew_step *step)
{
	SESSION_AUTO(marked);
	int r = store_get(renew->store, step->session.id, step->asked, &marked);

	if (r < 0 || !marked.spending || marked.version != step->session.version + 1)
		return;
	marked.spending = false;
	(void)store_put(renew->store, &marked);
}

enum reason renew_spend(
	const struct renew *renew, struct renew_step *step, struct config_error *ret_error)
{
	step->session.spending = true;
	step->asked = clock_wall_s();
	if (step->asked < 0)
		return renew_store_failed(ret_error, "store", -EIO);
	int r = store_put(renew->store, &step->session);
	if (r < 0 && r != -ESTALE && r != -EHOSTUNREACH)
		take_mark_back(renew, step);
	return r < 0 ? renew_store_failed(ret_error, "store", r) : REASON_OK;
}

/* Rule 6. */
static bool is_about(const struct record *answer, const struct session *session)
{
	const char *iss = record_get(answer, "iss"), *sub = record_get(answer, "sub");

	return iss && strcmp(iss, session->iss) == 0 && sub && strcmp(sub, session->sub) == 0;
}

/* Where nothing tells how long the access token lasts, it is not said. */
static int take_access(struct session *session, const struct record *answer, int64_t asked)
{
	int64_t seconds;

	secret_free(&session->access_token);
	session->access_ends = -1;
	int r = record_get_secret(answer, "access_token", &session->access_token);
	if (r == 0 && record_get_int(answer, "access_expires_in", 0, INT32_MAX, &seconds) == 0)
		session->access_ends = asked + seconds;
	return r == -ENOENT ? 0 : r;
}

/* What the provider stands by. */
static int take_answer(
	const struct renew *renew, struct renew_step *step, const struct record *answer)
{
	struct session *session = &step->session;
	int r = take_access(session, answer, step->asked);

	if (r == 0)
		r = record_get_int(answer, "token_iat", 0, INT64_MAX, &session->token_iat);
	if (r == 0 || r == -ENOENT)
		r = session_take_facts(session, answer, renew->config);
	if (r == 0 && renew->service)
		r = session_add_service(session, renew->service);
	session->verified = step->asked;
	session->renewals++;
	return r;
}

/* Rule 4. What cannot be taken in is not stored, and the session then is as one whose answer did
 * not come. */
static enum reason keep(const struct renew *renew, struct renew_step *step, enum reason reason,
	const struct record *answer, struct config_error *error)
{
	struct session *session = &step->session;
	int r = 0;

	if (answer && record_get(answer, "refresh_token"))
		r = record_get_secret(answer, "refresh_token", &session->refresh_token);
	if (r == 0 && reason == REASON_OK)
		r = take_answer(renew, step, answer);
	session->spending = false;
	if (r == 0)
		r = store_put(renew->store, session);
	if (r < 0) {
		/* Another version is another's, who has the lock by now. */
		if (r != -ESTALE)
			(void)store_remove(renew->store, session);
		return renew_store_failed(error, "store", r);
	}
	/* A file that stays behind is found by the next round of `ssoctl refresh`. */
	if (reason == REASON_OK)
		(void)token_file_renew(renew->config, session);
	return reason;
}

/* Rule 5. Ending logins takes seconds, in which their person may kill who does it: then it is found
 * again as one that nobody stands by, and asked about again. */
static enum reason end(
	const struct renew *renew, struct session *session, struct config_error *error)
{
	session->spending = false;
	session->verified = 0;
	(void)store_put(renew->store, session);
	int r = session_end(renew->store, renew->bindings, renew->config, session);
	if (r < 0)
		(void)renew_store_failed(error, "end", r);
	return REASON_SESSION_ENDED;
}

enum reason renew_finish(const struct renew *renew, struct renew_step *step, enum reason reason,
	const struct record *answer, struct config_error *ret_error)
{
	if (reason == REASON_SESSION_LOST)
		return lose(renew, &step->session, ret_error);
	if (reason == REASON_OK && (!answer || !is_about(answer, &step->session)))
		reason = config_fail(
			ret_error, REASON_WORKER, "the worker's answer is about another subject");
	if (reason == REASON_SESSION_ENDED)
		return end(renew, &step->session, ret_error);
	return keep(renew, step, reason, answer, ret_error);
}
