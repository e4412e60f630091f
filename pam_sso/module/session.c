/*
 * pam_sm_open_session, pam_sm_close_session: a login begins and ends, and with it what was kept
 * of its sign-in (bind.h). Neither has anything to refuse.
 */
#include <string.h>
#include <syslog.h>

#include <security/pam_modules.h>

#include "bind.h"
#include "context.h"
#include "remember.h"

static void log_session(const struct context *context)
{
	const void *user = NULL, *service = NULL, *tty = NULL;
	const char *signed_in = remembered_user(context->pamh);

	(void)pam_get_item(context->pamh, PAM_USER, &user);
	(void)pam_get_item(context->pamh, PAM_SERVICE, &service);
	(void)pam_get_item(context->pamh, PAM_TTY, &tty);
	if (user && signed_in && strcmp(user, signed_in) == 0)
		LOG_EVENT(&context->log, LOG_INFO, "session", {"user", user}, {"service", service},
			{"tty", tty});
}

typedef void bind_step(struct context *context);

static void take_step(struct context *context, enum reason reason, bind_step *step)
{
	if (reason == REASON_OK)
		step(context);
	else if (reason != REASON_NOT_OURS)
		context_log_end(context, "session", reason);
}

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	CONTEXT_AUTO(context);

	(void)flags;
	context_begin(&context, pamh, argc, argv);
	enum reason reason = context_load(&context, argc, argv);
	log_session(&context);
	take_step(&context, reason, bind_opened);
	return PAM_SUCCESS;
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	CONTEXT_AUTO(context);

	(void)flags;
	context_begin(&context, pamh, argc, argv);
	take_step(&context, context_load(&context, argc, argv), bind_closed);
	return PAM_SUCCESS;
}
