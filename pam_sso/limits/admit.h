/*
 * admit: may one more sign-in begin?
 *
 * Every sign-in makes this machine call the identity provider, and a stranger needs no more for one
 * than `ssh alice@host`. So they are counted by what each is known by: the user, the client's
 * address, the pair of both, and all together. Of each there is a limit of how many are pending,
 * and one of how many begin within a window.
 *
 * 1. A sign-in MUST be refused where as many are pending as one of its limits says. A place is
 *    pending while somebody holds it, whatever stands in it.
 * 2. It MUST be refused where one of its buckets is empty. A bucket holds RATE sign-ins, and fills
 *    up evenly within a window.
 * 3. A pair has half of what its user has, rounded up: so nobody keeps a user out from one address.
 *    A user's limit MUST NOT be 1, of which that is all.
 * 4. A sign-in without an address counts for its user and in total.
 * 5. A refusal changes nothing: who keeps trying is not kept out for it.
 * 6. Where there is no room for one more bucket, the fullest is given up. What that forgets is a
 *    gain for whoever it belonged to, within the limit of all together, whose bucket is never given
 *    up.
 * 7. A bucket that says what no clock of this machine has said by NOW is a full one.
 * 8. Where no place is free, the sign-in is refused as one too many in total.
 *
 * Pure: a table, who holds what, rules, somebody and a time in; a verdict and the changed table
 * out.
 */
#ifndef PAM_SSO_ADMIT_H
#define PAM_SSO_ADMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ADMIT_PLACES = 1024,
	ADMIT_BUCKETS = 2048, /* that of all together is the first */
};

/* What a sign-in is counted by. */
enum admit_by {
	ADMIT_BY_PAIR,
	ADMIT_BY_USER,
	ADMIT_BY_ADDRESS,
	ADMIT_BY_TOTAL,
	ADMIT_BY_COUNT,
};

/* A limit of 0 is none. That of ADMIT_BY_PAIR is not said: rule 3. */
struct admit_rules {
	int64_t pending[ADMIT_BY_COUNT];
	int64_t rate[ADMIT_BY_COUNT]; /* in each window */
	int64_t window_us;            /* at least 1 for each of a rate */
};

/* Whose sign-in: numbers that stand for pair, user and address; 0 is none. */
struct admit_who {
	uint64_t by[ADMIT_BY_TOTAL];
};

struct admit_bucket {
	uint64_t who;    /* 0: it is nobody's */
	int64_t full_at; /* when it will be full again, in microseconds */
};

/* As it lies in a file: zeros are a table in which nothing was counted yet. */
struct admit_table {
	struct admit_who places[ADMIT_PLACES];
	struct admit_bucket buckets[ADMIT_BUCKETS];
};

enum admit_verdict { ADMIT_NOT_PENDING, ADMIT_NOT_RATE, ADMIT_YES };

struct admission {
	enum admit_verdict verdict;
	enum admit_by by; /* which limit refused */
	/* What changed in the table, where nothing refused. */
	size_t place;
	size_t buckets[ADMIT_BY_COUNT];
	size_t n_buckets;
};

/* HELD tells of each place whether somebody holds it. NOW is microseconds of a clock that does not
 * jump. The table is changed only with ADMIT_YES; holding the place is the caller's to do. */
struct admission admit(struct admit_table *table, const bool held[ADMIT_PLACES],
	const struct admit_rules *rules, const struct admit_who *who, int64_t now);

#endif
