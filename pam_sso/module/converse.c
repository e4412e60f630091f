#include "converse.h"

#include <stdlib.h>
#include <string.h>

#include "secret.h"

/* Whether the one answer in REPLY is there, and of a size up to MAX. */
static enum reason judge_answer(const struct pam_response *reply, size_t max)
{
	if (!reply || !reply->resp)
		return REASON_NO_CONVERSATION;
	if (strnlen(reply->resp, max + 1) > max)
		return REASON_NO_CONVERSATION;
	return REASON_OK;
}

static void wipe_reply(struct pam_response **reply)
{
	if (!*reply)
		return;
	secret_wipe_string((*reply)->resp);
	free(*reply);
}

#define REPLY_AUTO(name) __attribute__((cleanup(wipe_reply))) struct pam_response *name = NULL

/* Sets *ret_reply, also to NULL, where the host says that it succeeded. */
static enum reason converse(
	pam_handle_t *pamh, int style, const char *text, struct pam_response **ret_reply)
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
	*ret_reply = reply;
	return REASON_OK;
}

enum reason converse_ask(pam_handle_t *pamh, const char *text)
{
	REPLY_AUTO(reply);
	enum reason reason = converse(pamh, PAM_PROMPT_ECHO_ON, text, &reply);

	return reason == REASON_OK ? judge_answer(reply, PAM_MAX_RESP_SIZE) : reason;
}

enum reason converse_ask_secret(pam_handle_t *pamh, const char *text, struct secret *ret_answer)
{
	REPLY_AUTO(reply);
	enum reason reason = converse(pamh, PAM_PROMPT_ECHO_ON, text, &reply);

	if (reason == REASON_OK)
		reason = judge_answer(reply, CONVERSE_ANSWER_MAX);
	if (reason != REASON_OK)
		return reason;
	if (secret_set(ret_answer, reply->resp, strlen(reply->resp)) < 0)
		return REASON_NO_MEMORY;
	return REASON_OK;
}

enum reason converse_show(pam_handle_t *pamh, const char *text)
{
	REPLY_AUTO(reply);

	return converse(pamh, PAM_TEXT_INFO, text, &reply);
}

void converse_tell_error(pam_handle_t *pamh, const char *text)
{
	REPLY_AUTO(reply);

	(void)converse(pamh, PAM_ERROR_MSG, text, &reply);
}

void converse_tell_reason(pam_handle_t *pamh, enum language language, enum reason reason)
{
	const char *text = reason_text(reason);

	if (text)
		converse_tell_error(pamh, message(language, text));
}
