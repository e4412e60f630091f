#include "verify.h"

#include "clock.h"
#include "idtoken.h"
#include "json.h"

enum { KEY_FETCHES = 2 };

unsigned int verify_endpoints(const struct task *task)
{
	return IDP_KEYS | (task->request->userinfo ? IDP_USERINFO : 0);
}

enum reason verify_fetch_keys(struct task *task)
{
	struct task_keys *keys = task->keys;
	JWK_SET_AUTO(set);

	keys->fetches++;
	keys->fetched = idp_keys(&task->idp, &set);
	if (keys->fetched != REASON_OK)
		return keys->fetched;
	jwk_set_free(&keys->set);
	keys->set = set;
	keys->there = true;
	set = (struct jwk_set){0};
	return REASON_OK;
}

static enum reason verify_once(struct task *task, const struct token_reply *tokens,
	const struct verify_context *context, struct idtoken *ret)
{
	const struct request *request = task->request;
	int64_t now = clock_wall_s();

	/* Without a clock nothing is in time, and nothing is known to be of this login. */
	if (now < 0 || task->began_s < 0)
		return task_fail(task, REASON_INTERNAL, "the clock cannot be read");
	const struct idtoken_expect expect = {
		.issuer = request->issuer,
		.client_id = request->client.id,
		.audiences = &request->audiences,
		.algs = &request->algs,
		.nonce = context->nonce,
		.access_token = &tokens->access_token,
		.now = now,
		.began = task->began_s,
		.earlier = context->earlier,
		.skew = request->skew,
		.acr = &request->acr,
		.amr = &request->amr,
		.max_age = request->max_age,
		.required_claims = &request->required_claims,
	};

	return idtoken_verify(secret_reveal(&tokens->id_token), tokens->id_token.len,
		&task->keys->set, &expect, ret, task->idp.detail, sizeof(task->idp.detail));
}

/* What a key that is not in the set means once the set is not fetched again. */
static enum reason key_unknown(struct task *task)
{
	if (task->keys->fetched == REASON_OK)
		return REASON_TOKEN_KEY_UNKNOWN;
	return task_fail(task, task->keys->fetched, "the key set could not be fetched again");
}

enum reason verify_token(struct task *task, const struct token_reply *tokens,
	const struct verify_context *context, struct idtoken *ret)
{
	enum reason reason = REASON_OK;

	if (!secret_present(&tokens->id_token))
		return task_fail(task, REASON_TOKEN_MISSING, "the reply has no id_token");
	if (!task->keys->there)
		reason = verify_fetch_keys(task);
	if (reason == REASON_OK)
		reason = verify_once(task, tokens, context, ret);
	if (reason != REASON_TOKEN_KEY_UNKNOWN)
		return reason;
	if (task->keys->fetches == KEY_FETCHES)
		return key_unknown(task);
	reason = verify_fetch_keys(task);
	return reason == REASON_OK ? verify_once(task, tokens, context, ret) : reason;
}

enum reason verify_collect_from(
	struct task *task, const struct idtoken *token, const cJSON *userinfo)
{
	const struct facts_wanted wanted = {
		.claims = &task->request->claims, .groups = task->request->groups_claim};
	int r = facts_collect(task->request->issuer, token->sub, token->claims, userinfo, &wanted,
		&task->result->facts, &task->result->notes);

	return r < 0 ? task_fail(task, REASON_NO_MEMORY, "out of memory") : REASON_OK;
}

enum reason verify_collect(struct task *task, const struct token_reply *tokens,
	const struct idtoken *token, cJSON **ret_userinfo)
{
	if (task->request->userinfo) {
		enum reason reason = idp_userinfo(
			&task->idp, &tokens->access_token, token->sub, ret_userinfo);
		if (reason != REASON_OK)
			return task_attended(reason);
	}
	return verify_collect_from(task, token, *ret_userinfo);
}
