/*
 * keys: what the store's key file becomes, and the names that records have at the server.
 *
 * 1. A key is 256 bits. HKDF-SHA256 (RFC 5869) makes of it one key that seals, one that makes names,
 *    and its id; no key does two things.
 * 2. There are one or two keys. The first seals; each opens. What a record is called and how it is
 *    sealed MUST come of one key: what stands under a key's name is opened by that key alone.
 * 3. A name is `pam_sso:KIND:` and 64 hexadecimal digits, HMAC-SHA256 of kind and what is named: the
 *    server learns neither users nor ids, and cannot make a name.
 *
 * A key is changed in steps of the whole fleet: old; old, new; new, old; new. Machines may be one
 * step apart, and always find what the others wrote. Who has `new` alone does not find what was
 * last written under `old`: that person signs in again. Nonces are random: a key SHOULD be changed
 * before it has sealed 2^32 values (10,000 sessions renewed every five minutes: four years).
 *
 * Pure.
 */
#ifndef PAM_SSO_KEYS_H
#define PAM_SSO_KEYS_H

#include <stddef.h>

enum {
	KEYS_MAX = 2,
	KEY_BYTES = 32,
	KEY_ID = 8,
	NAME_SIZE = sizeof("pam_sso:x:") + 64,
};

struct key {
	unsigned char seal[KEY_BYTES];
	unsigned char names[KEY_BYTES];
	unsigned char id[KEY_ID]; /* puts keys in an order that all machines agree on */
};

struct keys {
	struct key key[KEYS_MAX];
	size_t n;
};

/* The kinds of names, as they stand in them. */
enum name_kind {
	NAME_SESSION = 's', /* of an id */
	NAME_INDEX = 'i',   /* of a label */
	NAME_LOCK = 'l',    /* of an id */
};

/* What one thing is called, by each key, in the order of the keys. */
struct names {
	char text[KEYS_MAX][NAME_SIZE];
	size_t n;
};

/* Adds a key of 64 hexadecimal digits. Returns 0; -EINVAL: another form, one too many, or one that
 * is there already; or -ENOMEM. */
int keys_add(struct keys *keys, const char *hex);

/* Wipes. */
void keys_wipe(struct keys *keys);

/* Returns 0 and sets *ret, or -ENOMEM. */
int names_make(const struct keys *keys, enum name_kind kind, const char *text, struct names *ret);

#endif
