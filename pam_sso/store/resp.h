/*
 * resp: how long the reply is that the bytes of a Redis server begin with (RESP 2).
 *
 * The server is hostile. hiredis believes what a header announces and allocates for it, and its
 * versions differ in what they bound; so it is given whole replies only, by these rules:
 * 1. A reply is a status, an error, an integer, a string, or an array of replies. `$-1` and `*-1`
 *    are nil.
 * 2. It MUST have at most RESP_MAX bytes, RESP_ELEMENTS elements in all and RESP_DEPTH arrays inside
 *    each other; a line RESP_LINE bytes. What announces more is refused when it does.
 *
 * Pure.
 */
#ifndef PAM_SSO_RESP_H
#define PAM_SSO_RESP_H

#include <stddef.h>

enum {
	RESP_MAX = 256 * 1024,
	RESP_ELEMENTS = 4096,
	RESP_DEPTH = 2,
	RESP_LINE = 1024,
};

/* Returns the bytes of the reply; 0 where they are the beginning of one that is not whole yet;
 * -EBADMSG for what is none; -EMSGSIZE past a ceiling. */
int resp_measure(const char *bytes, size_t len);

#endif
