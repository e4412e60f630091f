#include "probe.h"

#include "clock.h"
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
	if (task->idp.date <= 0) /* nothing was asked yet, or it did not say */
		return;
	task->result->probed.clock_known = true;
	task->result->probed.clock = task->idp.date - clock_wall_s();
}

static enum reason ask_device(struct task *task)
{
	struct device_grant grant = {0};

	if (task->request->flow == FLOW_CODE)
		return REASON_OK;
	if (!task->idp.endpoints->device_authorization_endpoint)
		return REASON_OK;
	enum reason reason = idp_authorize(&task->idp, &grant);
	device_grant_free(&grant);
	return reason;
}

enum reason probe_run(struct task *task)
{
	unsigned int needed = IDP_TOKEN | IDP_KEYS | endpoints_of(task->request->flow);
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
		reason = ask_device(task);
		note_clock(task);
	}
	return task_unattended(reason);
}
