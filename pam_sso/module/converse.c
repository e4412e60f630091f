#include "converse.h"

#include <stdlib.h>
#include <string.h>

#include "secret.h"

/* Whether the one answer in REPLY is there and of a size that a host may give. */
static enum reason judge_answer(const struct pam_response *reply)
{
	if (!reply || !reply->resp)
		return REASON_NO_CONVERSATION;
	if (strnlen(reply->resp, PAM_MAX_RESP_SIZE + 1) > PAM_MAX_RESP_SIZE)
		return REASON_NO_CONVERSATION;
	return REASON_OK;
}

static void wipe_reply(struct pam_response *reply)
{
	if (!reply)
		return;
	secret_wipe_string(reply->resp);
	free(reply);
}

static enum reason converse(pam_handle_t *pamh, int style, const char *text)
{
	const struct pam_message message = {.msg_style = style, .msg = text};
	const struct pam_message *messages = &message;
	struct pam_response *reply = NULL;
	const void *item = NULL;

	if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || !item)
		return REASON_NO_CONVERSATION;
	const struct pam_conv *conv = item;
	if (!conv->conv)
		return REASON_NO_CONVERSATION;
	/* After a failure the reply belongs to nobody: it may never have been set. */
	if (conv->conv(1, &messages, &reply, conv->appdata_ptr) != PAM_SUCCESS)
		return REASON_NO_CONVERSATION;
	enum reason reason = style == PAM_PROMPT_ECHO_ON ? judge_answer(reply) : REASON_OK;
	wipe_reply(reply);
	return reason;
}

enum reason converse_ask(pam_handle_t *pamh, const char *text)
{
	return converse(pamh, PAM_PROMPT_ECHO_ON, text);
}

enum reason converse_show(pam_handle_t *pamh, const char *text)
{
	return converse(pamh, PAM_TEXT_INFO, text);
}

void converse_tell_error(pam_handle_t *pamh, const char *text)
{
	(void)converse(pamh, PAM_ERROR_MSG, text);
}

void converse_tell_reason(pam_handle_t *pamh, enum reason reason)
{
	const char *text = reason_text(reason);

	if (text)
		converse_tell_error(pamh, text);
}
