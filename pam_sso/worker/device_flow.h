/*
 * device_flow: from nothing to tokens by the device flow (RFC 8628).
 *
 * 1. The order is: discovery where it is needed, device authorization, event=prompt, key set
 *    (meanwhile.h), polls.
 * 2. No poll comes sooner than device_schedule allows, and none after the deadline.
 * 3. Where the deadline comes before there is a code, or when the last poll got no answer, nobody
 *    was slow: the IdP could not be asked. So too at the code's expiry (device.h, rule 11).
 * 4. What a poll is answered is task_attended()'s to tell: the person may have approved by then.
 */
#ifndef PAM_SSO_DEVICE_FLOW_H
#define PAM_SSO_DEVICE_FLOW_H

#include "device.h"
#include "reason.h"
#include "task.h"
#include "token.h"

/* Gets a code, and says nothing to the person yet. REASON_NO_DEVICE_FLOW, REASON_CLIENT_REFUSED: the
 * IdP does not offer this flow, or not to this client. The grant is device_grant_free()'s. */
enum reason device_flow_begin(struct task *login, struct device_grant *ret);

/* Shows it, and polls. The reply is token_reply_free()'s. */
enum reason device_flow_finish(
	struct task *login, const struct device_grant *grant, struct token_reply *ret);

#endif
