/*
 * user_match: from what the IdP calls a person to a local name, by a POSIX extended regular
 * expression (POSIX.1-2017 XBD 9.4) and a template.
 *
 *	match    = ([a-z]+)\.([a-z]+)@example\.com
 *	template = {1}_{2}
 *
 * 1. The expression MUST match the whole of the value, from its first byte to its last. POSIX finds
 *    the leftmost match, and the longest there: if that is shorter, then no match is whole. So `^`
 *    and `$` are not needed, and `a|b` is as safe as `(a|b)`.
 * 2. The value MUST be 1 to 255 bytes of printable ASCII. So no newline is there for `$`, no other
 *    script for `.` or `[^@]`, and no letter that looks like another.
 * 3. Both are read in the "C" locale, whatever the host's is: [a-z] is 26 letters.
 * 4. Back references (`\1`) MUST be refused: they are no part of such expressions, and take
 *    exponential time on a value that somebody chose.
 */
#ifndef PAM_SSO_USER_MATCH_H
#define PAM_SSO_USER_MATCH_H

#include <stddef.h>

#include "buf.h"

enum {
	USER_MATCH_PATTERN_MAX = 512,
	USER_MATCH_VALUE_MAX = 255,
};

/* Whether the pair can be used. Returns 0; -EINVAL with what is wrong in WRONG, as the end of a
 * sentence that begins with the pair's names; -ENOMEM. */
int user_match_check(const char *pattern, const char *template, char *wrong, size_t size);

/* Adds to OUT the name that the template makes of a value: {0} is the whole of it, {1} to {9} the
 * groups; one that took no part is empty. Returns 0; -ENOENT where the expression does not match
 * the whole; -EINVAL for a value against rule 2 or an unusable pair; or as buf_add(). */
int user_match_apply(const char *pattern, const char *template, const char *value, struct buf *out);

#endif
