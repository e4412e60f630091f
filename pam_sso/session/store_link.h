/*
 * store_link: this side of the conversation with the program sso-store (wire.h), which alone speaks
 * to Redis.
 *
 * 1. What it says counts only where it has one of the statuses of the conversation.
 * 2. Where it says nothing by the deadline, ends, or says what makes no sense, it is killed; nothing
 *    is left behind, and everything that is asked later is -EHOSTUNREACH at once.
 */
#ifndef PAM_SSO_STORE_LINK_H
#define PAM_SSO_STORE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "record.h"
#include "spawn.h"

struct store_redis {
	struct spawned program; /* fd -1: it is no more */
	struct channel channel;
	int64_t patience_ms; /* of one operation */
	bool away;           /* the last answer was that there is no Redis to be reached */
};

/* Starts the program at PATH. Returns 0; or as spawn_start(), and then there is no program. */
int store_link_start(struct store_redis *redis, const char *path,
	const struct spawn_identity *identity, int64_t patience_ms);

/* Ends the program, which gets up to GRACE_MS. Does nothing where there is none. */
void store_link_end(struct store_redis *redis, int grace_ms);

/* When an operation that begins now has to be over. */
int64_t store_link_deadline(const struct store_redis *redis);

/*
 * Sends a request and hears its first reply, up to DEADLINE (clock_monotonic_ms()). Sets *ret_reply,
 * which the caller frees, where there is one, whatever its status. Returns what the status means: 0,
 * -ENOENT (none), -EKEYREVOKED (ended), -ESTALE, -EAGAIN (locked), -EBADMSG (damaged),
 * -EHOSTUNREACH (away, and rule 2), -EACCES (refused), -ENOSPC (full), -EINVAL.
 */
int store_link_ask(struct store_redis *redis, const struct record *request, int64_t deadline,
	struct record **ret_reply);

/* The same for the next reply to the last request. */
int store_link_hear(struct store_redis *redis, int64_t deadline, struct record **ret_reply);

/* Rule 2, for a reply that makes no sense. Returns -EHOSTUNREACH, for the caller to return. */
int store_link_refuse(struct store_redis *redis);

#endif
