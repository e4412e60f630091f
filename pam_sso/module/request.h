/*
 * request: what the worker is asked, from what the configuration says (wire.h).
 */
#ifndef PAM_SSO_REQUEST_H
#define PAM_SSO_REQUEST_H

#include "config.h"
#include "reason.h"
#include "record.h"

/*
 * The request of a login by USER. The client's secret or key is read from its file here, which only
 * root can: the worker opens neither. Returns REASON_OK and sets *ret, which the caller frees; or
 * what is wrong with the file, with *ret_error filled; or REASON_NO_MEMORY.
 *
 * USER goes along as login_hint only where it is the very value that the identity provider will
 * answer with: where preferred_username decides, and nothing maps, matches or assigns roles.
 */
enum reason request_make(const struct config *config, const char *user, bool qr,
	struct record **ret, struct config_error *ret_error);

#endif
