/*
 * loopback_page: what a browser that comes to the loopback address is shown.
 *
 * Nothing of the request is in it: one of two pages that are fixed but for their language, without a
 * script, that is not stored, not framed, and loads nothing.
 */
#ifndef PAM_SSO_LOOPBACK_PAGE_H
#define PAM_SSO_LOOPBACK_PAGE_H

#include <stdbool.h>

#include "buf.h"
#include "message.h"

/* Adds the whole response, in that language. GOOD: it was the answer. Returns as buf_add(). */
int loopback_page_add(bool good, enum language language, struct buf *out);

#endif
