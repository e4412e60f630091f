/*
 * parameter: what the configuration adds to the request that the person's browser takes to the
 * identity provider (RFC 6749 section 3.1: what it does not know, it ignores), as `name=value`.
 *
 * 1. A name MUST have 1 to PARAMETER_NAME_MAX letters, digits, `_`, `-` and `.`, and a value be
 *    printable ASCII, at most PARAMETER_VALUE_MAX bytes.
 * 2. A name MUST NOT be one that the protocol has a use for here, in whatever case: with two
 *    `redirect_uri` the provider chooses which one counts, and there are those that ignore case.
 *    Nor one that would put another request in the place of this, or the answer where nobody reads
 *    it.
 * 3. No name stands twice (RFC 6749 section 3.1), in whatever case.
 */
#ifndef PAM_SSO_PARAMETER_H
#define PAM_SSO_PARAMETER_H

#include <stdbool.h>

#include "strlist.h"

enum { PARAMETER_NAME_MAX = 64, PARAMETER_VALUE_MAX = 255 };

/* Rules 1 and 2. Pure. */
bool parameter_valid(const char *parameter);

/* The first whose name stands before it in the LIST, which parameter_valid() accepts each of; or
 * NULL. Pure. */
const char *parameter_twice(const struct strlist *list);

#endif
