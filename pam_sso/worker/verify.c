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
	jwk_set_free(&task->keys);
	task->keys_there = false;
	task->key_fetches++;
	enum reason reason = idp_keys(&task->idp, &task->keys);
	task->keys_there = reason == REASON_OK;
	return reason;
}

static enum reason verify_once(struct task *task, const struct token_reply *tokens,
	const struct renewal_earlier *earlier, struct idtoken *ret)
{
	const struct request *request = task->request;
	const struct idtoken_expect expect = {
		.issuer = request->issuer,
		.client_id = request->client.id,
		.audiences = &request->audiences,
		.algs = &request->algs,
		.access_token = &tokens->access_token,
		.now = clock_wall_s(),
		.began = task->began_s,
		.earlier = earlier,
		.skew = request->skew,
		.acr = &request->acr,
		.amr = &request->amr,
		.max_age = request->max_age,
		.required_claims = &request->required_claims,
	};

	return idtoken_verify(secret_reveal(&tokens->id_token), tokens->id_token.len, &task->keys,
		&expect, ret, task->idp.detail, sizeof(task->idp.detail));
}

static enum reason verify(struct task *task, const struct token_reply *tokens,
	const struct renewal_earlier *earlier, struct idtoken *ret)
{
	enum reason reason = REASON_OK;

	if (!secret_present(&tokens->id_token))
		return task_fail(task, REASON_TOKEN_MISSING, "the reply has no id_token");
	if (!task->keys_there)
		reason = verify_fetch_keys(task);
	if (reason == REASON_OK)
		reason = verify_once(task, tokens, earlier, ret);
	if (reason != REASON_TOKEN_KEY_UNKNOWN || task->key_fetches == KEY_FETCHES)
		return reason;
	reason = verify_fetch_keys(task);
	return reason == REASON_OK ? verify_once(task, tokens, earlier, ret) : reason;
}

static enum reason collect(
	struct task *task, const struct token_reply *tokens, const struct idtoken *token)
{
	const struct facts_wanted wanted = {
		.claims = &task->request->claims, .groups = task->request->groups_claim};
	JSON_AUTO(userinfo);

	if (task->request->userinfo) {
		enum reason reason = idp_userinfo(
			&task->idp, &tokens->access_token, token->sub, &userinfo);
		if (reason != REASON_OK)
			return reason;
	}
	int r = facts_collect(task->request->issuer, token->sub, token->claims, userinfo, &wanted,
		&task->result->facts, &task->result->notes);
	return r < 0 ? task_fail(task, REASON_NO_MEMORY, "out of memory") : REASON_OK;
}

enum reason verify_tokens(struct task *task, const struct token_reply *tokens,
	const struct renewal_earlier *earlier, int64_t *ret_iat)
{
	IDTOKEN_AUTO(token);

	enum reason reason = verify(task, tokens, earlier, &token);
	if (reason == REASON_OK)
		reason = collect(task, tokens, &token);
	if (reason == REASON_OK)
		*ret_iat = token.iat;
	return reason;
}
