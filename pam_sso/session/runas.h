/*
 * runas: as whom the worker runs.
 *
 * Under root, as the system user that the configuration names, which MUST exist and MUST NOT be
 * root. Where the caller is not root (a screen locker), as the caller, who can be no other.
 */
#ifndef PAM_SSO_RUNAS_H
#define PAM_SSO_RUNAS_H

#include "config.h"
#include "reason.h"
#include "spawn.h"

/* Returns REASON_OK and sets *ret; or REASON_WORKER or REASON_CONFIG, with *ret_error filled. */
enum reason runas_find(
	const struct config *config, struct spawn_identity *ret, struct config_error *ret_error);

#endif
