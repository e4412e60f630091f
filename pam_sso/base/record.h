/*
 * record: what the module and the worker say to each other.
 *
 * A record is lines of `key=value`, each ended by a newline, and an empty line at the end:
 *
 *	event=result
 *	reason=ok
 *	sub=248289761001
 *
 * 1. A key is one of a vocabulary that both sides share (wire.h); any other MUST be refused.
 * 2. A key MUST stand once, unless the vocabulary calls it a list; a list keeps its order.
 * 3. A value is any bytes but the control characters (0x00 to 0x1f, 0x7f); it may be empty.
 *    The writer MUST refuse others, so that no value can end its line or its record.
 * 4. A record has at most RECORD_MAX bytes and RECORD_FIELDS fields, a line at most RECORD_LINE
 *    bytes. A record without its final empty line is none.
 *
 * Pure: bytes in, fields out. channel.h moves the bytes. Values may be secrets: memory is wiped.
 */
#ifndef PAM_SSO_RECORD_H
#define PAM_SSO_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "secret.h"

enum {
	RECORD_MAX = 64 * 1024,
	RECORD_LINE = 32 * 1024,
	RECORD_FIELDS = 1024,
};

/* One word of a vocabulary; a table of them ends with a NULL name. */
struct record_key {
	const char *name;
	bool list;
};

struct record;

/* An empty record with this vocabulary, which must outlive it. NULL where memory is short. */
struct record *record_new(const struct record_key *vocabulary);

/* Wipes and frees. NULL does nothing. */
void record_free(struct record *record);
void record_free_p(struct record **record);
#define RECORD_AUTO(name) __attribute__((cleanup(record_free_p))) struct record *name = NULL

/*
 * Adds a field; the value is copied. Returns 0, or
 * -EINVAL	a key out of the vocabulary, or that stands already; a value with control characters
 * -EMSGSIZE	past a ceiling
 * -ENOMEM
 */
int record_add(struct record *record, const char *key, const char *value);
int record_add_int(struct record *record, const char *key, int64_t value);
int record_add_secret(struct record *record, const char *key, const struct secret *value);

/* The value of a key (of a list: the first), or NULL where there is none. Owned by the record. */
const char *record_get(const struct record *record, const char *key);

/* How many values a key has, and the one at INDEX (0 first), or NULL past the last. */
size_t record_count(const struct record *record, const char *key);
const char *record_nth(const struct record *record, const char *key, size_t index);

/* A value as a decimal number without sign tricks, spaces or leading zeros.
 * Returns 0; -ENOENT: the key is missing; -EINVAL: another form; -ERANGE: not from MIN to MAX. */
int record_get_int(
	const struct record *record, const char *key, int64_t min, int64_t max, int64_t *ret_value);

/* Copies a value into a secret. Returns 0, -ENOENT or -ENOMEM. */
int record_get_secret(const struct record *record, const char *key, struct secret *ret_value);

/* Writes the record, its final empty line included, behind what OUT holds. Returns as buf_add(). */
int record_format(const struct record *record, struct buf *out);

/*
 * Reads the record that BYTES begin with.
 * Returns the number of bytes it took (more than 0) and sets *ret_record, which the caller frees;
 * 0 where the bytes are the beginning of a record that is not whole yet; or
 * -EBADMSG	not a record by the rules above
 * -EMSGSIZE	past a ceiling, whole or not
 * -ENOMEM
 */
int record_parse(const char *bytes, size_t len, const struct record_key *vocabulary,
	struct record **ret_record);

#endif
