/*
 * userinfo: claims of the userinfo endpoint (OpenID Connect Core 5.3): only an addition to a
 * verified ID token, never the source of identity.
 */
#ifndef PAM_SSO_USERINFO_H
#define PAM_SSO_USERINFO_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "buf.h"
#include "reason.h"

enum { USERINFO_MAX = 64 * 1024 };

/* Reads a reply; SUB is the verified token's, not empty. Returns REASON_OK and sets *ret_claims
 * (json_free()); REASON_USERINFO where the status is not 200, it is no strict JSON object (a signed
 * reply included), or its `sub` is not byte-equal to SUB (Core 5.3.2). */
enum reason userinfo_parse(
	long status, const char *bytes, size_t len, const char *sub, cJSON **ret_claims);

/* Reads a reply about whoever the token was for: REASON_USERINFO where the status is not 200, it is
 * no strict JSON object, or has no `sub` (Core 5.3.2), with what was wrong in DETAIL, escaped.
 * Returns REASON_OK and adds the object to OUT as one line (json_compact()); or REASON_REPLY_SIZE
 * where OUT has no room for it; or REASON_NO_MEMORY. */
enum reason userinfo_line(long status, const char *bytes, size_t len, struct buf *out, char *detail,
	size_t detail_size);

#endif
