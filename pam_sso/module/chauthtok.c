/*
 * pam_sm_chauthtok: the password of a user of ours is kept by the identity provider, so it is not
 * changed here; the person is told where. The preliminary check refuses already, so that no other
 * module of the stack changes anything.
 */
#include <syslog.h>

#include <security/pam_modules.h>

#include "buf.h"
#include "context.h"
#include "converse.h"
#include "escape.h"
#include "message.h"
#include "verdict.h"

enum { TEXT_MAX = 4096 };

static void point_to_provider(const struct context *context)
{
	BUF_AUTO(text, TEXT_MAX);

	(void)buf_printf(&text, "%s\n",
		message(context->language,
			"The identity provider keeps this password. Change it there:"));
	(void)escape_add(&text, context->config.provider.issuer);
	if (buf_error(&text) == 0)
		converse_tell_error(context->pamh, buf_str(&text));
}

int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	CONTEXT_AUTO(context);

	context_begin(&context, pamh, argc, argv);
	enum reason reason = context_load(&context, argc, argv);
	if (reason != REASON_OK) {
		context_log_end(&context, "password", reason);
		return verdict_code(reason, HOST_OTHER);
	}
	if (flags & PAM_PRELIM_CHECK)
		point_to_provider(&context);
	return PAM_AUTHTOK_ERR;
}
