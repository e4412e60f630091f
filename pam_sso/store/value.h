/*
 * value: what stands under a name at the server, opened; and what is to stand there, sealed.
 *
 * A session's value is its id and its lines, each ended by a newline; a tombstone's is its id; an
 * index entry's is the id that it leads to.
 */
#ifndef PAM_SSO_VALUE_H
#define PAM_SSO_VALUE_H

#include <stdbool.h>

#include "buf.h"
#include "seal.h"
#include "service.h"

enum { VALUE_ID = 32, VALUE_TTL_MAX = 10 * 366 * 24 * 60 * 60 };

struct value {
	struct seal_head head;
	struct buf plain;
};

#define VALUE_AUTO(name)                                                                           \
	__attribute__((cleanup(value_free))) struct value name = {.plain = {.max = RECORD_MAX}}

void value_free(struct value *value);

/* Whether TEXT has the form of an id: VALUE_ID characters in lower case hexadecimal. */
bool value_is_id(const char *text);

/* Asks for what stands under each of the names. */
void value_ask(struct service *service, const struct names *names);

/* Takes the reply for the name by key AT of those asked for. Returns STATUS_OK and sets *ret, which
 * is an empty one before; STATUS_NONE; STATUS_DAMAGED: not sealed by us for this name; or what the
 * error means. */
enum status value_take(
	struct service *service, const struct names *names, size_t at, struct value *ret);

/*
 * Takes the replies for a session's names. Returns STATUS_OK and sets *ret, which is an empty one
 * before; STATUS_ENDED where a tombstone stands there; STATUS_NONE; STATUS_DAMAGED; or what the
 * error means. Where two keys have one each, the later version counts.
 */
enum status value_take_session(
	struct service *service, const struct names *names, struct value *ret);

/* Writes bytes under the first key's name, for TTL seconds, and removes what stands under the
 * others': part of a transaction, of which it gives the number of commands. */
size_t value_say_set(struct service *service, const struct names *names,
	const struct seal_head *head, const char *plain, size_t len, int64_t ttl);

#endif
