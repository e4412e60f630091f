#include "login.h"

#include <malloc.h>
#include <stdio.h>

#include "clock.h"
#include "detail.h"
#include "idp.h"
#include "idtoken.h"
#include "json.h"
#include "prompt.h"
#include "redact.h"
#include "userinfo.h"

enum { KEY_FETCHES = 2 };

struct login {
	struct channel *channel;
	const struct request *request;
	struct result *result;
	struct idp idp;
	struct jwk_set keys;
	bool keys_there;
	unsigned int key_fetches;
	int64_t began_s; /* since the epoch: an ID token of this login is not older */
	int64_t deadline_ms;
};

static enum reason fail(struct login *login, enum reason reason, const char *detail)
{
	detail_set(login->idp.detail, sizeof(login->idp.detail), detail);
	return reason;
}

static enum reason prompt(struct login *login, const struct device_grant *grant)
{
	const struct prompt_style style = {
		.complete_link = login->request->complete_link, .qr = login->request->qr};
	int64_t left_s = clock_poll_timeout(login->deadline_ms) / 1000;
	int64_t good_for = grant->expires_in < left_s ? grant->expires_in : left_s;

	int r = prompt_send(login->channel, grant, good_for, &style, login->deadline_ms);
	if (r < 0)
		return fail(login, REASON_CANCELLED, "the prompt could not be handed over");
	return REASON_OK;
}

/* Fetches the key set, over what an earlier fetch brought. */
static enum reason fetch_keys(struct login *login)
{
	jwk_set_free(&login->keys);
	login->keys_there = false;
	login->key_fetches++;
	enum reason reason = idp_keys(&login->idp, &login->keys);
	login->keys_there = reason == REASON_OK;
	return reason;
}

/* Rule 4: a failure matters only once the token is there. */
static enum reason fetch_keys_early(struct login *login)
{
	enum reason reason = fetch_keys(login);

	if (reason == REASON_CANCELLED || reason == REASON_DEADLINE)
		return reason;
	if (reason != REASON_OK && strlist_add(&login->result->notes, login->idp.detail) < 0)
		return fail(login, REASON_NO_MEMORY, "out of memory");
	return REASON_OK;
}

/* One poll, and what it means for the next: REASON_OK with the tokens in *reply, REASON_UNSET: poll
 * again, or why it ended. */
static enum reason poll_once(struct login *login, const struct device_grant *grant,
	struct device_schedule *schedule, struct token_reply *reply)
{
	int64_t retry_after = -1;
	enum reason reason = idp_poll(&login->idp, grant, reply, &retry_after);
	/* The clock is cut to milliseconds; what is waited from here is not to be a part of one
	 * short. */
	int64_t now = clock_monotonic_ms() + 1;

	if (reason == REASON_UNREACHABLE)
		return device_schedule_failed(schedule, now);
	if (reason == REASON_DEADLINE && schedule->unanswered != REASON_UNSET)
		return schedule->unanswered;
	if (reason != REASON_OK)
		return reason;
	return device_schedule_reply(schedule, reply, retry_after, now);
}

/* Returns REASON_UNSET when it is time for the next poll, or why there is none. */
static enum reason wait_for_poll(struct login *login, const struct device_schedule *schedule)
{
	enum reason reason = REASON_DEADLINE;

	if (schedule->next_ms < login->deadline_ms) {
		if (http_wait(login->idp.http, schedule->next_ms) != REASON_OK)
			return fail(login, REASON_CANCELLED, "the caller went away");
		reason = device_schedule_check(schedule, clock_monotonic_ms());
	}
	if (reason == REASON_UNSET)
		return reason;
	/* The detail still tells of the poll that got no answer. */
	if (schedule->unanswered != REASON_UNSET)
		return schedule->unanswered;
	return fail(login, reason, "no time is left for another poll");
}

static enum reason poll_until_answered(struct login *login, const struct device_grant *grant,
	struct device_schedule *schedule, struct token_reply *ret)
{
	for (;;) {
		TOKEN_REPLY_AUTO(reply);

		enum reason reason = wait_for_poll(login, schedule);
		if (reason != REASON_UNSET)
			return reason;
		reason = poll_once(login, grant, schedule, &reply);
		if (reason == REASON_UNSET)
			continue;
		if (reason != REASON_OK)
			return reason;
		*ret = reply;
		reply = (struct token_reply){0};
		return REASON_OK;
	}
}

/* From the first request to the tokens. */
static enum reason obtain(struct login *login, struct token_reply *ret)
{
	DEVICE_GRANT_AUTO(grant);
	struct device_schedule schedule;

	enum reason reason = idp_discover(&login->idp);
	if (reason == REASON_OK)
		reason = idp_authorize(&login->idp, &grant);
	if (reason == REASON_DEADLINE)
		return REASON_UNREACHABLE;
	if (reason != REASON_OK)
		return reason;
	device_schedule_start(&schedule, &grant, clock_monotonic_ms() + 1);
	reason = prompt(login, &grant);
	if (reason == REASON_OK)
		reason = fetch_keys_early(login);
	if (reason != REASON_OK)
		return reason;
	/* From here on a login mostly waits: what starting took goes back to the system. */
	malloc_trim(0);
	return poll_until_answered(login, &grant, &schedule, ret);
}

static enum reason verify_once(
	struct login *login, const struct token_reply *tokens, struct idtoken *ret)
{
	const struct request *request = login->request;
	const struct idtoken_expect expect = {
		.issuer = request->issuer,
		.client_id = request->client.id,
		.audiences = &request->audiences,
		.algs = &request->algs,
		.access_token = &tokens->access_token,
		.now = clock_wall_s(),
		.began = login->began_s,
		.skew = request->skew,
		.acr = &request->acr,
		.amr = &request->amr,
		.max_age = request->max_age,
		.required_claims = &request->required_claims,
	};

	return idtoken_verify(secret_reveal(&tokens->id_token), tokens->id_token.len, &login->keys,
		&expect, ret, login->idp.detail, sizeof(login->idp.detail));
}

static enum reason verify(
	struct login *login, const struct token_reply *tokens, struct idtoken *ret)
{
	enum reason reason = REASON_OK;

	if (!secret_present(&tokens->id_token))
		return fail(login, REASON_TOKEN_MISSING, "the reply has no id_token");
	if (!login->keys_there)
		reason = fetch_keys(login);
	if (reason == REASON_OK)
		reason = verify_once(login, tokens, ret);
	if (reason != REASON_TOKEN_KEY_UNKNOWN || login->key_fetches == KEY_FETCHES)
		return reason;
	reason = fetch_keys(login);
	return reason == REASON_OK ? verify_once(login, tokens, ret) : reason;
}

static enum reason collect(
	struct login *login, const struct token_reply *tokens, const struct idtoken *token)
{
	const struct facts_wanted wanted = {
		.claims = &login->request->claims, .groups = login->request->groups_claim};
	JSON_AUTO(userinfo);

	if (login->request->userinfo) {
		enum reason reason = idp_userinfo(
			&login->idp, &tokens->access_token, token->sub, &userinfo);
		if (reason != REASON_OK)
			return reason;
	}
	int r = facts_collect(login->request->issuer, token->sub, token->claims, userinfo, &wanted,
		&login->result->facts, &login->result->notes);
	return r < 0 ? fail(login, REASON_NO_MEMORY, "out of memory") : REASON_OK;
}

static enum reason sign_in(struct login *login)
{
	TOKEN_REPLY_AUTO(tokens);
	IDTOKEN_AUTO(token);

	login->idp.http = http_new(
		&login->request->network, login->channel->fd, login->deadline_ms);
	if (!login->idp.http)
		return fail(login, REASON_INTERNAL, "libcurl does not start");
	enum reason reason = obtain(login, &tokens);
	if (reason == REASON_OK)
		reason = verify(login, &tokens, &token);
	if (reason == REASON_OK)
		reason = collect(login, &tokens, &token);
	return reason;
}

static int note_keys(struct login *login)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < login->keys.notes.n; i++)
		r = strlist_add(&login->result->notes, login->keys.notes.items[i]);
	return r;
}

/* Everything that the log gets passes here. */
static void keep_secrets(const struct redact *secrets, struct result *result)
{
	redact_text(secrets, result->detail);
	for (size_t i = 0; i < result->notes.n; i++)
		redact_text(secrets, result->notes.items[i]);
}

/* Takes over what the log should have, and gives everything back. */
static enum reason finish(struct login *login, enum reason reason)
{
	struct result *result = login->result;

	if (reason != REASON_OK)
		snprintf(result->detail, sizeof(result->detail), "%s", login->idp.detail);
	if (note_keys(login) < 0)
		reason = REASON_NO_MEMORY;
	keep_secrets(&login->idp.secrets, result);
	if (login->idp.http) {
		result->requests = http_requests(login->idp.http);
		result->connections = http_connections(login->idp.http);
	}
	http_free(login->idp.http);
	metadata_free(&login->idp.endpoints);
	redact_free(&login->idp.secrets);
	jwk_set_free(&login->keys);
	return reason;
}

void login_run(struct channel *channel, const struct record *record, struct result *result)
{
	REQUEST_AUTO(request);
	const char *key = NULL;

	if (request_read(record, &request, &key) < 0) {
		result_set(result, REASON_INTERNAL, "the request makes no sense: ");
		detail_add(result->detail, sizeof(result->detail), key);
		return;
	}
	struct login login = {
		.channel = channel,
		.request = &request,
		.result = result,
		.idp = {.request = &request},
		.began_s = clock_wall_s(),
		.deadline_ms = clock_monotonic_ms() + request.deadline * 1000,
	};
	result->reason = finish(&login, sign_in(&login));
}
