/*
 * redis: one connection to a Redis or Valkey server: commands go out, replies come back.
 *
 * Commands are gathered, and sent when the first of their replies is asked for: so what does not
 * depend on each other takes one round trip. Each operation has the same time from redis_begin()
 * on, whatever it needs: the name server, the handshake, signing in, commands, replies.
 *
 * 1. Replies come in the order of the commands. What an operation did not wait for is passed over by
 *    the next one.
 * 2. After a reply that does not come in time, is none (resp.h) or is not of the type that the
 *    command has, nobody knows whose the next bytes are: the connection MUST be closed. The next
 *    operation makes another, and signs in again.
 * 3. An error that the server says costs the operation, not the connection.
 */
#ifndef PAM_SSO_REDIS_H
#define PAM_SSO_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#include "buf.h"
#include "endpoint.h"
#include "secret.h"
#include "status.h"
#include "transport.h"

/* Whom to connect to, and as whom. */
struct redis_server {
	struct endpoint endpoint;
	char *ca_file; /* NULL: none; as below */
	char *ca_dir;
	char *user;
	struct secret password;
	int64_t timeout_ms; /* of an operation */
};

struct redis {
	struct redis_server server;
	struct transport transport;
	redisReader *reader;
	struct buf out; /* commands that are not sent yet */
	struct buf in;  /* what came and is no reply yet */
	size_t pending; /* replies that have yet to come */
	size_t passed;  /* the first of them, which nobody waits for */
	int64_t deadline;
	struct status_detail detail; /* what was wrong last */
};

/* Not connected; its server is filled in by the caller, and redis_end() gives all back. Returns 0 or
 * -ENOMEM. */
int redis_setup(struct redis *redis);
void redis_end(struct redis *redis);

/* An operation begins. Connects and signs in where there is no connection. Returns STATUS_OK; or
 * STATUS_AWAY, STATUS_REFUSED, or what else the server says to that. */
enum status redis_begin(struct redis *redis);

/* Nobody waits for the replies that have yet to come: they are passed over by who asks next. */
void redis_pass(struct redis *redis);

/* A word of a command. */
struct redis_word {
	const void *bytes;
	size_t len;
};

#define REDIS_WORD(string) ((struct redis_word){(string), strlen(string)})

/* Gathers a command of N words. Memory that is short, and a connection that was closed, show at the
 * reply. */
void redis_command(struct redis *redis, const struct redis_word *words, size_t n);

/* The same of N strings. */
void redis_say(struct redis *redis, const char *const *words, size_t n);
#define REDIS_SAY(redis, ...)                                                                      \
	redis_say(redis, (const char *const[]){__VA_ARGS__},                                       \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* The next reply, whatever it is. Returns STATUS_OK and sets *ret, which freeReplyObject() frees; or
 * STATUS_AWAY. */
enum status redis_receive(struct redis *redis, redisReply **ret);

/* The next reply: a status, which must be TEXT. Returns STATUS_OK or what the error means
 * (redis_take.c), as below. */
enum status redis_take_status(struct redis *redis, const char *text);

/* The same for a status or nil: STATUS_NONE where it is nil. */
enum status redis_take_maybe(struct redis *redis, const char *text);

/* The next reply, where it is of TYPE (REDIS_REPLY_*) or nil. Returns STATUS_OK and sets *ret,
 * which freeReplyObject() frees; STATUS_NONE where it is nil; or what the error means. */
enum status redis_take(struct redis *redis, int type, redisReply **ret);

/* The replies to a transaction of N commands: to MULTI, to each of them, to EXEC. Returns
 * STATUS_OK; STATUS_STALE where a watched name had changed, and nothing was done; or what the first
 * error means. */
enum status redis_take_transaction(struct redis *redis, size_t n);

/* A reply that makes no sense: closes the connection, says WHAT and returns STATUS_AWAY. */
enum status redis_nonsense(struct redis *redis, const char *what);

#endif
