/*
 * revocation: a reply of the revocation endpoint (RFC 7009 section 2.2).
 *
 * 1. Status 200 means that the token is good no longer, whatever the body says: a token that the
 *    IdP does not know is that, too.
 * 2. Anything else means that it may be good still.
 */
#ifndef PAM_SSO_REVOCATION_H
#define PAM_SSO_REVOCATION_H

#include <stddef.h>

#include "reason.h"

enum { REVOCATION_REPLY_MAX = 16 * 1024 };

/*
 * Reads a reply. Returns REASON_OK; or, with what was wrong in DETAIL, escaped,
 * REASON_CLIENT_REFUSED	invalid_client, unauthorized_client
 * REASON_IDP_ERROR		any other error or status (unsupported_token_type and 503 included)
 */
enum reason revocation_parse(
	long status, const char *bytes, size_t len, char *detail, size_t detail_size);

#endif
