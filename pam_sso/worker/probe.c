#include "probe.h"

#include "clock.h"
#include "idp_request.h"
#include "verify.h"

/* The flow that may be either needs neither's endpoint alone. */
static unsigned int endpoints_of(enum request_flow flow)
{
	switch (flow) {
	case FLOW_DEVICE: return IDP_DEVICE_AUTHORIZATION;
	case FLOW_CODE: return IDP_AUTHORIZATION;
	case FLOW_AUTO: break;
	}
	return 0;
}

static void note_clock(struct task *task)
{
	int64_t now = clock_wall_s();

	if (task->idp.date <= 0 || now < 0) /* nothing was asked yet, or it did not say */
		return;
	task->result->probed.clock_known = true;
	task->result->probed.clock = task->idp.date - now;
}

static enum reason ask_device(struct task *task)
{
	DEVICE_GRANT_AUTO(grant);

	return idp_authorize(&task->idp, &grant);
}

/* Spends a code that nobody was given: who does not know the client says so first (RFC 6749 section
 * 5.2), and everything else that is said about it is as it should be. */
static enum reason ask_token(struct task *task)
{
	static const char no_code[] = "no-code-by-ssoctl-check";
	AUTHORIZATION_AUTO(attempt);
	TOKEN_REPLY_AUTO(reply);
	SECRET_AUTO(code);

	if (secret_set(&code, no_code, sizeof(no_code) - 1) < 0)
		return REASON_NO_MEMORY;
	enum reason reason = idp_begin_code(&task->idp, NULL, &attempt);
	if (reason == REASON_OK)
		reason = idp_exchange(
			&task->idp, &attempt, &code, task->request->redirect_uri, &reply);
	if (reason == REASON_OK && reply.reason == REASON_CLIENT_REFUSED)
		return idp_fail(&task->idp, reply.reason, reply.detail);
	return reason;
}

static enum reason ask_for_client(struct task *task)
{
	bool device = task->request->flow != FLOW_CODE &&
		      task->idp.endpoints->device_authorization_endpoint;

	return device ? ask_device(task) : ask_token(task);
}

enum reason probe_run(struct task *task)
{
	unsigned int needed = IDP_TOKEN | verify_endpoints(task) |
			      endpoints_of(task->request->flow);
	enum reason reason = idp_discover(&task->idp, needed);

	note_clock(task);
	if (reason == REASON_OK) {
		reason = verify_fetch_keys(task);
		note_clock(task);
	}
	task->result->probed.keys = (int64_t)task->keys->set.n;
	if (reason == REASON_OK && task->keys->set.n == 0)
		reason = task_fail(task, REASON_KEYS, "key set: no key in it can be used");
	if (reason == REASON_OK) {
		reason = ask_for_client(task);
		note_clock(task);
	}
	return task_unattended(reason);
}
