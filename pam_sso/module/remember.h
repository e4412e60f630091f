/*
 * remember: which user this PAM handle authenticated, from one phase to the next.
 *
 * sshd forgets it between authentication and session, which are different processes; nothing that
 * decides may rest on its being there.
 */
#ifndef PAM_SSO_REMEMBER_H
#define PAM_SSO_REMEMBER_H

#include <security/pam_modules.h>

/* Remembers USER (copied) in place of an earlier one. Returns 0 or -ENOMEM. */
int remember_user(pam_handle_t *pamh, const char *user);

void remember_nobody(pam_handle_t *pamh);

/* Who was remembered, or NULL. Owned by the handle. */
const char *remembered_user(pam_handle_t *pamh);

#endif
