/*
 * tally: what is counted of sign-ins, in memory that all processes of a machine share.
 *
 * 1. Its size is fixed. A service is counted by name while there are rows; one that comes later, and
 *    one whose name is longer or has other characters than names of services have, is `other`. So
 *    neither a name that somebody chose nor a flood of them makes it grow, and no name needs to be
 *    escaped by who prints it.
 * 2. Each count is one atomic addition. Nobody waits for anybody, and who is stopped or killed in
 *    the middle leaves what is right, but for that count of theirs.
 * 3. A row is a service's when its number is the hash of the name. Whoever counts there writes the
 *    name if it is not, so that one who was killed before leaves no row without.
 * 4. What was laid out by another version of these programs says so by its shape, and MUST NOT be
 *    counted in or read.
 *
 * Pure. Times are milliseconds.
 */
#ifndef PAM_SSO_TALLY_H
#define PAM_SSO_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"

enum {
	TALLY_ROWS = 16,    /* the first is `other` */
	TALLY_NAME = 32,    /* bytes of a service's name, with at least one NUL */
	TALLY_BUCKETS = 12, /* the last has no bound */
};

/* How long somebody took who was asked: whether they came in or not is told apart. */
enum tally_end { TALLY_REFUSED, TALLY_IN, TALLY_ENDS };

struct tally_row {
	uint64_t number; /* 0: nobody's */
	uint64_t name[TALLY_NAME / sizeof(uint64_t)];
	uint64_t attempts[REASON_COUNT];
};

struct tally {
	uint64_t magic;
	uint64_t shape;
	struct tally_row rows[TALLY_ROWS];
	uint64_t took[TALLY_ENDS][TALLY_BUCKETS]; /* how many fell into each bucket, alone */
	uint64_t took_ms[TALLY_ENDS];             /* all together */
	uint64_t idp_errors[REASON_COUNT];
};

/* The upper bounds of all buckets but the last, in seconds; a time that is equal falls within. */
extern const unsigned int tally_bounds[TALLY_BUCKETS - 1];

/* An empty one. */
void tally_begin(struct tally *ret);

/* Rule 4. */
bool tally_is_ours(const struct tally *tally);

/* Whether a reason says that the identity provider could not be asked, or gave no usable answer. */
bool tally_is_idp_error(enum reason reason);

/* A verdict. A reason out of range is REASON_UNSET. */
void tally_attempt(struct tally *tally, const char *service, enum reason reason);

/* How long it took from the prompt to the verdict. What is negative is not counted. */
void tally_prompt(struct tally *tally, enum tally_end end, int64_t took_ms);

/* An error that tally_is_idp_error(); another is not counted. */
void tally_idp_error(struct tally *tally, enum reason kind);

/* What stands there now, while others go on counting. */
void tally_copy(const struct tally *from, struct tally *ret);

/* The service of a row of a copy, or NULL where it is nobody's, or its name is still to be written. */
const char *tally_service(const struct tally_row *row);

#endif
