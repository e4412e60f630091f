/*
 * item: one session's renewal, from the caller's words to the answer (wire.h).
 *
 * 1. The order is: the refresh, the ID token's verification, userinfo where it is asked for.
 * 2. The refresh token is sent once. A new one is told whatever comes of the rest.
 * 3. The person is told about only by the rules of verify.h, and the ID token MUST be one that
 *    renews the session's (renewal.h).
 *
 *	item_new()
 *	item_begin()	the refresh token is on its way
 *	item_go_on()	each time http_over() gives the item, until it is answered
 */
#ifndef PAM_SSO_ITEM_H
#define PAM_SSO_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "idtoken.h"
#include "record.h"
#include "renewal.h"
#include "result.h"
#include "task.h"
#include "token.h"

enum { ITEM_ID_MAX = 128 };

struct item {
	const char *id;       /* in the record */
	struct result result; /* once it is answered */
	int64_t hold;         /* then: seconds to send no other item; 0: none */
	struct task task;     /* a part of its job's; its deadline counts from item_new() */
	int64_t begin_by_ms;  /* from when on it is too late to begin: half the deadline */
	/* Private. */
	struct record *record;
	struct secret refresh_token;
	struct renewal_earlier earlier; /* in the record */
	struct http_exchange *exchange; /* on its way; NULL: none */
	bool renewed;                   /* the exchange is userinfo's */
	struct token_reply tokens;
	struct idtoken token;
};

/* An item of JOB from its record, which it takes over. NULL where it has no id that can be told, or
 * memory is short. The caller frees it with item_free(). */
struct item *item_new(struct record **record, const struct task *job);

/* Begins. Returns whether it is answered already. */
bool item_begin(struct item *item);

/* Goes on, since what it had on its way is over. Returns whether it is answered. */
bool item_go_on(struct item *item);

/* Answers it without the provider. */
void item_answer(struct item *item, enum reason reason, const char *detail);

/* What it has on its way is dropped. NULL does nothing. */
void item_free(struct item *item);

#endif
