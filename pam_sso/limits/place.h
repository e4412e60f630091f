/*
 * place: a sign-in's place among those that are pending on this machine, where all processes agree.
 *
 * A table (admit.h) is a file of fixed size in a directory of root's alone (dir.h). What tells that
 * a place is held is a lock on a byte of its own (fcntl(2), open file description locks), which
 * goes with the holder whatever happens to it: nothing has to be cleaned up.
 *
 * 1. Table and places are read and changed under a lock on one more byte. It is held for less than
 *    a millisecond, with every signal blocked, and waited for up to PLACE_LOCK_MS: where who holds
 *    it was stopped, nobody is let in and nobody hangs.
 * 2. Being killed between two writes leaves a table that is good: its records say nothing of each
 *    other.
 * 3. A file that is no table is made anew, and what it counted is forgotten. One that is not root's
 *    plain file is left as it is, and nothing can be counted.
 * 4. A table has all of its room from the beginning: who fills the disk later does not keep anybody
 *    from counting.
 */
#ifndef PAM_SSO_PLACE_H
#define PAM_SSO_PLACE_H

#include "admit.h"

enum { PLACE_LOCK_MS = 2000 };

struct place {
	int fd; /* -1: none */
};

#define PLACE_AUTO(name) __attribute__((cleanup(place_leave))) struct place name = {.fd = -1}

struct place_request {
	const char *directory; /* made where only its last component is missing */
	const char *table;     /* a file's name */
	const struct admit_rules *rules;
	const char *user;
	const char *rhost; /* NULL: there is no address */
};

struct place_answer {
	struct admission admission;
	bool anew; /* the file was no table, and was made anew */
};

/*
 * Returns 0 where it was decided, as ret_answer->admission says, and sets *ret, which place_leave()
 * gives back, where that is ADMIT_YES; -ETIMEDOUT where rule 1 gave up; or another negative errno
 * where nothing can be counted: -EPERM for rule 3.
 */
int place_take(
	const struct place_request *request, struct place *ret, struct place_answer *ret_answer);

/* Gives it back, if there is one. */
void place_leave(struct place *place);

#endif
