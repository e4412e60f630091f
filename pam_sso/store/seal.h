/*
 * seal: what is stored at a server that is not trusted: AES-256-GCM (NIST SP 800-38D).
 *
 *	format 1 byte | kind 1 | version 8, most significant first | nonce 12 | sealed | tag 16
 *
 * 1. The associated data MUST be format, kind, version and the record's name: what was sealed under
 *    one name is nothing under another, a tombstone is no session, and a version is what was
 *    written.
 * 2. What does not open is damaged, whatever the reason; nothing of it is used.
 *
 * What that does not keep: the server can withhold a value, or give back one that stood under this
 * name before (with its version: it may even replay a session that was ended). An old session
 * carries old tokens, its own `verified` and its own `ends`. Where the provider is asked, a spent or
 * revoked refresh token is refused, and that session ends; where its word is reused, it is no
 * younger than it was. So a replay wins nothing beyond `recheck`, and never past `ends`. A caller
 * MUST NOT take from the store alone that a person may still come in.
 *
 * Pure: the nonce is an argument.
 */
#ifndef PAM_SSO_SEAL_H
#define PAM_SSO_SEAL_H

#include <stdint.h>

#include "buf.h"
#include "keys.h"

enum {
	SEAL_NONCE = 12,
	SEAL_OVERHEAD = 1 + 1 + 8 + SEAL_NONCE + 16,
};

enum seal_kind {
	SEAL_SESSION = 1,
	SEAL_ENDED = 2, /* a tombstone: the session was ended */
	SEAL_INDEX = 3, /* where a label leads: an id */
};

/* What is known of a value before it is opened, and true once it is. */
struct seal_head {
	enum seal_kind kind;
	int64_t version; /* not negative */
};

/* Seals LEN bytes behind what OUT holds. NONCE MUST be random, and used once. Returns as buf_add(). */
int seal_close(const struct key *key, const char *name, const struct seal_head *head,
	const unsigned char nonce[SEAL_NONCE], const void *plain, size_t len, struct buf *out);

/* Opens what was sealed with this key under this name. Returns 0, sets *ret_head and adds the bytes
 * to PLAIN; -EBADMSG; or as buf_add(). */
int seal_open(const struct key *key, const char *name, const void *sealed, size_t len,
	struct seal_head *ret_head, struct buf *plain);

#endif
