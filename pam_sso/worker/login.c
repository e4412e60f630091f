#include "login.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "authorization.h"
#include "code_flow.h"
#include "device_flow.h"
#include "json.h"
#include "verify.h"

/* Whether the IdP does not have the device flow, for REASON, or not for this client. */
static bool is_refusal(enum reason reason)
{
	return reason == REASON_NO_DEVICE_FLOW || reason == REASON_CLIENT_REFUSED;
}

/* Rule 1. */
static enum reason note_refusal(struct task *login)
{
	if (!login->idp.endpoints->device_authorization_endpoint)
		return REASON_OK;
	if (strlist_add(&login->result->notes, login->idp.detail) < 0)
		return task_fail(login, REASON_NO_MEMORY, "out of memory");
	return REASON_OK;
}

static enum reason obtain_by_device(
	struct task *login, const struct device_grant *grant, struct token_reply *ret)
{
	loopback_close(login->loopback);
	return device_flow_finish(login, grant, ret);
}

/* From the first request to the tokens. *ATTEMPT is set by the code flow only. */
static enum reason obtain(
	struct task *login, struct authorization *attempt, struct token_reply *ret)
{
	DEVICE_GRANT_AUTO(grant);
	enum request_flow flow = login->request->flow;

	if (flow == FLOW_CODE)
		return code_flow(login, attempt, ret);
	enum reason reason = device_flow_begin(login, &grant);
	if (reason == REASON_OK)
		return obtain_by_device(login, &grant, ret);
	if (flow != FLOW_AUTO || !is_refusal(reason))
		return reason;
	reason = note_refusal(login);
	return reason == REASON_OK ? code_flow(login, attempt, ret) : reason;
}

static int tell(const cJSON *claims, struct buf *document)
{
	char *text = cJSON_PrintUnformatted(claims);

	document->max = RECORD_LINE;
	int r = text ? json_compact(text, strlen(text), document) : -ENOMEM;
	free(text);
	return r;
}

/* Where all that is claimed is wanted: what the token says, and what userinfo says, where that was
 * asked. */
static enum reason tell_claims(
	struct task *login, const struct idtoken *token, const cJSON *userinfo)
{
	if (!login->request->whole)
		return REASON_OK;
	int r = tell(token->claims, &login->result->document);
	if (r == 0 && userinfo)
		r = tell(userinfo, &login->result->userinfo);
	return r == 0 ? REASON_OK : task_fail(login, REASON_REPLY_SIZE, "the claims are too many");
}

enum reason login_run(struct task *login)
{
	AUTHORIZATION_AUTO(attempt);
	TOKEN_REPLY_AUTO(tokens);
	IDTOKEN_AUTO(token);
	JSON_AUTO(userinfo);

	login->result->no_room = task_attended(REASON_REPLY_SIZE);
	enum reason reason = obtain(login, &attempt, &tokens);
	const struct verify_context context = {.nonce = attempt.nonce};
	if (reason == REASON_OK)
		reason = verify_token(login, &tokens, &context, &token);
	if (reason == REASON_OK)
		reason = verify_collect(login, &tokens, &token, &userinfo);
	if (reason == REASON_OK)
		reason = tell_claims(login, &token, userinfo);
	if (reason == REASON_OK && login->request->tokens) {
		result_take_refresh_token(login->result, &tokens);
		result_take_access_token(login->result, &tokens, token.iat);
	}
	return reason;
}
