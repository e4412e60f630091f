/*
 * device: the device authorization grant (RFC 8628): its reply, and when to poll.
 *
 * Pure: times are milliseconds of a clock that never jumps, given by the caller.
 *
 * The reply (section 3.2; device.c)
 * 1. A grant MUST come with status 200, as one strict JSON object (json.h), without an `error`.
 * 2. `device_code`, `user_code`, `verification_uri` and `expires_in`
 *    MUST be there. The device code is sent on, so it MUST be printable ASCII without spaces; the
 *    user code is shown: 1 to DEVICE_USER_CODE_MAX bytes of printable ASCII, no space at an end.
 *    Where the caller says so, `verification_url` is the address if there is no `verification_uri`:
 *    a name of the drafts of RFC 8628.
 * 3. Both addresses MUST be ones that url_is_verification_uri() accepts.
 * 4. `expires_in` MUST be a whole number above 0; more than DEVICE_LIFETIME_MAX is cut to it.
 * 5. `interval` MUST be a whole number and leave time for a poll before the code expires. Absent, 0
 *    and negative it is DEVICE_INTERVAL.
 *
 * The schedule (sections 3.3 to 3.5; device_schedule.c)
 * 6. No poll MUST be sent sooner than `interval` seconds after the reply to the one before (and,
 *    the first, after the reply to the device authorization request).
 * 7. slow_down adds 5 s to the interval, for this and all later polls (section 3.5).
 * 8. A connection that failed or timed out, and an IdP that cannot answer now, double the wait
 *    before the next poll, up to 60 s (section 3.5). A reply that can be used ends that.
 * 9. A Retry-After that is longer than the wait is waited for, however long.
 * 10. Nothing MUST be sent, and no success believed, once the code has expired.
 * 11. Where the code expires and the last poll got no answer, the person was not refused: the IdP
 *    could not be asked. With 429 it is too many: strangers who poll can bring that about.
 */
#ifndef PAM_SSO_DEVICE_H
#define PAM_SSO_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"
#include "secret.h"
#include "token.h"

enum {
	DEVICE_REPLY_MAX = 16 * 1024,
	DEVICE_USER_CODE_MAX = 40,  /* as the module shows */
	DEVICE_LIFETIME_MAX = 3600, /* seconds */
	DEVICE_INTERVAL = 5,        /* seconds */
};

/* A grant. The strings are never NULL but where it is said. */
struct device_grant {
	struct secret device_code;
	struct secret code_verifier; /* RFC 7636, the caller's to set where it asked with one */
	char *user_code;
	char *verification_uri;
	char *verification_uri_complete; /* NULL where the IdP has none */
	int64_t expires_in;              /* seconds, 1 to DEVICE_LIFETIME_MAX */
	int64_t interval;                /* seconds, 1 to expires_in - 1 */
};

#define DEVICE_GRANT_AUTO(name)                                                                    \
	__attribute__((cleanup(device_grant_free))) struct device_grant name = {0}

/*
 * Reads a reply of the device authorization endpoint; VERIFICATION_URL: see rule 2. Returns REASON_OK and sets *ret, which
 * device_grant_free() wipes and frees; or, with what was wrong in DETAIL, escaped,
 * REASON_REPLY_FORM	no grant by the rules, and no error either
 * REASON_CLIENT_REFUSED	invalid_client, unauthorized_client, invalid_request with status 400
 * REASON_NO_DEVICE_FLOW	unsupported_grant_type, or status 404 without an error that is known
 * REASON_TOO_MANY	429, slow_down, a quota that is used up
 * REASON_IDP_ERROR	any other error, 5xx
 * REASON_NO_MEMORY
 */
enum reason device_parse(long status, const char *bytes, size_t len, bool verification_url,
	struct device_grant *ret, char *detail, size_t detail_size);

void device_grant_free(struct device_grant *grant);

/* The poll schedule. */
struct device_schedule {
	int64_t interval_ms;
	int64_t backoff_ms; /* added for the next poll only */
	int64_t next_ms;    /* not before this */
	int64_t end_ms;     /* the code's expiry; a deadline of the caller's own is its to keep */
	/* Why the last poll got no answer: REASON_UNREACHABLE, REASON_TOO_MANY, REASON_IDP_ERROR;
	 * REASON_UNSET where it got one, or none was sent. */
	enum reason unanswered;
};

/* Starts at NOW_MS, the moment the reply to the device authorization request was read. */
void device_schedule_start(
	struct device_schedule *schedule, const struct device_grant *grant, int64_t now_ms);

/* What a reply, read at NOW_MS, means. RETRY_AFTER is the header's seconds, or -1.
 * Returns REASON_OK: the tokens are there and in time; REASON_UNSET: poll again at next_ms; or why
 * it ended: where the next poll would come too late, REASON_EXPIRED or, by rule 11, what stands in
 * `unanswered`. */
enum reason device_schedule_reply(struct device_schedule *schedule, const struct token_reply *reply,
	int64_t retry_after, int64_t now_ms);

/* The request failed on its way (connection refused, timed out), at NOW_MS: backs off.
 * Returns REASON_UNSET, or REASON_UNREACHABLE where the next poll would come too late. */
enum reason device_schedule_failed(struct device_schedule *schedule, int64_t now_ms);

/* Whether the next poll may still be sent at NOW_MS, which may be long after next_ms: a machine
 * sleeps, another request takes its time. Returns REASON_UNSET, or why it ended. */
enum reason device_schedule_check(const struct device_schedule *schedule, int64_t now_ms);

#endif
