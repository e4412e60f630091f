/*
 * device: the device authorization grant (RFC 8628): its reply, and when to poll.
 *
 * Pure: times are milliseconds of a clock that never jumps, given by the caller.
 *
 * 1. `interval` MUST be a whole number from 1 to 300; absent it is 5; 0, negative, of another type, or
 *    longer than the code lives: see device_parse().
 * 2. No poll MUST be sent sooner than `interval` seconds after the reply to the one before (and, the first,
 *    after the reply to the device authorization request).
 * 3. slow_down adds 5 s to the interval, for this and all later polls (section 3.5).
 * 4. A connection that failed or timed out doubles the interval for the next poll, up to 60 s (3.5).
 * 5. Nothing MUST be sent, and no success believed, once `expires_in` or the caller's deadline has passed.
 */
#ifndef PAM_SSO_DEVICE_H
#define PAM_SSO_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "reason.h"
#include "secret.h"
#include "token.h"

enum { DEVICE_REPLY_MAX = 16 * 1024 };

struct device_grant {
	struct secret device_code;
	char *user_code;                 /* 1 to 64 printable ASCII bytes */
	char *verification_uri;
	char *verification_uri_complete; /* NULL where the IdP has none */
	int64_t expires_in;              /* seconds, 1 to 3600: longer is cut to it */
	int64_t interval;                /* seconds */
};

#define DEVICE_GRANT_AUTO(name) __attribute__((cleanup(device_grant_free))) struct device_grant name = {0}

/* Reads a reply of the device authorization endpoint (section 3.2; also Google's `verification_url`).
 * Returns REASON_OK and sets *ret, which device_grant_free() wipes and frees; REASON_REPLY_FORM,
 * REASON_CLIENT_REFUSED, REASON_NO_DEVICE_FLOW, REASON_IDP_ERROR or REASON_NO_MEMORY with DETAIL set, escaped. */
enum reason device_parse(long status, const char *bytes, size_t len, struct device_grant *ret,
	char *detail, size_t detail_size);

void device_grant_free(struct device_grant *grant);

/* The poll schedule. */
struct device_schedule {
	int64_t interval_ms;
	int64_t backoff_ms; /* added for the next poll only */
	int64_t next_ms;    /* not before this */
	int64_t end_ms;     /* the code's expiry */
};

/* Starts at NOW_MS, the moment the reply to the device authorization request was read. */
void device_schedule_start(struct device_schedule *schedule, const struct device_grant *grant, int64_t now_ms);

/* What a reply, read at NOW_MS, means. RETRY_AFTER is the header's seconds, or -1.
 * Returns REASON_OK: the tokens are there and in time; REASON_UNSET: poll again at next_ms; or why it ended. */
enum reason device_schedule_reply(struct device_schedule *schedule, const struct token_reply *reply,
	int64_t retry_after, int64_t now_ms);

/* The request failed on its way (connection refused, timed out), at NOW_MS: backs off.
 * Returns REASON_UNSET, or REASON_EXPIRED where the next poll would come too late. */
enum reason device_schedule_failed(struct device_schedule *schedule, int64_t now_ms);

#endif
