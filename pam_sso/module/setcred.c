/*
 * pam_sm_setcred: grants nothing. Under sshd it runs in another process than authentication did, so
 * there is nothing to check here either.
 */
#include <security/pam_modules.h>

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
