/*
 * pam_sm_open_session, pam_sm_close_session: a session needs nothing from us; its opening is logged
 * where this process also saw the sign-in.
 */
#include <string.h>
#include <syslog.h>

#include <security/pam_modules.h>

#include "context.h"
#include "remember.h"

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	CONTEXT_AUTO(context);
	const void *user = NULL, *service = NULL, *tty = NULL;
	const char *signed_in = remembered_user(pamh);

	(void)flags;
	context_begin(&context, pamh, argc, argv);
	(void)pam_get_item(pamh, PAM_USER, &user);
	(void)pam_get_item(pamh, PAM_SERVICE, &service);
	(void)pam_get_item(pamh, PAM_TTY, &tty);
	if (user && signed_in && strcmp(user, signed_in) == 0)
		LOG_EVENT(&context.log, LOG_INFO, "session", {"user", user}, {"service", service},
			{"tty", tty});
	return PAM_SUCCESS;
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
