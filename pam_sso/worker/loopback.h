/*
 * loopback: takes the answer from a browser on this machine, at an address that only this machine
 * has (RFC 8252 section 7.3).
 *
 * 1. It listens where the redirect address says, on a port of the kernel's choice unless that
 *    names one; and, where it can, on the same port of the other family's loopback address, so
 *    that nobody else has that. It begins before the sandbox closes, and never again.
 * 2. Whoever has an account here can connect. Only what a program of USER, who asks at the terminal,
 *    or of root sends is read; every other is told so, and closed at once. Where the kernel does not tell
 *    whose a connection is (loopback_peer.h), it MUST NOT listen. So a link that one user of this
 *    machine began and another followed brings the one nothing.
 * 3. A connection MUST cost no more than LOOPBACK_REQUEST_MAX bytes and LOOPBACK_WAIT_MS; there are
 *    LOOPBACK_CONNECTIONS at most, and a new one takes the place of the oldest. So none keeps the
 *    browser out: its request comes with its connection.
 * 4. What is no request by loopback_request.h is told so, and closed. What is one is handed over;
 *    whether it is the answer decides its `state` (answer.h).
 * 5. Each gets one response (loopback_page.h), as far as it fits without waiting, and the
 *    connection ends.
 * 6. Until loopback_close() the port MUST stay taken, whatever fails: the browser is on its way to
 *    it, and whoever had it instead would get the answer.
 *
 * Nothing here waits: the caller polls.
 */
#ifndef PAM_SSO_LOOPBACK_H
#define PAM_SSO_LOOPBACK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "message.h"

enum {
	LOOPBACK_LISTENERS = 2,
	LOOPBACK_CONNECTIONS = 32,
	LOOPBACK_WATCH_MAX = LOOPBACK_LISTENERS + LOOPBACK_CONNECTIONS,
	LOOPBACK_WAIT_MS = 5000,
	LOOPBACK_REST_MS = 100, /* for a listener that could not accept */
};

struct loopback;

/* Listens at an address by loopback_address.h, for programs of USER, who reads LANGUAGE. Returns 0
 * and sets *ret, which loopback_free() ends; -EINVAL: no such address; -EOPNOTSUPP: rule 2; or
 * another errno. */
int loopback_listen(
	const char *redirect_uri, uid_t user, enum language language, struct loopback **ret);

/* The address with the port, for the provider. */
const char *loopback_redirect_uri(const struct loopback *loopback);

/* Fills FDS with what to poll for. Returns how many there are. */
size_t loopback_watch(const struct loopback *loopback, struct pollfd fds[LOOPBACK_WATCH_MAX]);

/* When there is something to do though nothing happens (clock_monotonic_ms()); INT64_MAX: never. */
int64_t loopback_next_ms(const struct loopback *loopback);

/* Goes on with all that happened. Returns whether there is a request to judge: *RET_TARGET, of
 * *RET_LEN bytes, which loopback_answer() takes back; then there may be more. */
bool loopback_take(
	struct loopback *loopback, int64_t now_ms, const char **ret_target, size_t *ret_len);

/* Answers the request that was taken. GOOD: it was the answer. */
void loopback_answer(struct loopback *loopback, bool good);

/* Stops listening, and ends every connection; the address stays. NULL does nothing. */
void loopback_close(struct loopback *loopback);

void loopback_free(struct loopback *loopback);
void loopback_free_p(struct loopback **loopback);
#define LOOPBACK_AUTO(name) __attribute__((cleanup(loopback_free_p))) struct loopback *name = NULL

#endif
