#include "remember.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DATA_NAME "pam_sso_user"

static void free_user(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh;
	(void)status;
	free(data);
}

int remember_user(pam_handle_t *pamh, const char *user)
{
	char *copy = strdup(user);

	if (!copy)
		return -ENOMEM;
	if (pam_set_data(pamh, DATA_NAME, copy, free_user) != PAM_SUCCESS) {
		free(copy);
		return -ENOMEM;
	}
	return 0;
}

void remember_nobody(pam_handle_t *pamh)
{
	/* Setting it where it is not there would need memory for nothing. */
	if (remembered_user(pamh))
		(void)pam_set_data(pamh, DATA_NAME, NULL, NULL);
}

const char *remembered_user(pam_handle_t *pamh)
{
	const void *data = NULL;

	return pam_get_data(pamh, DATA_NAME, &data) == PAM_SUCCESS ? data : NULL;
}
