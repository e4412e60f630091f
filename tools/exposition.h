/*
 * exposition: a tally (tally.h) as Prometheus reads it, in its text-based format, and as JSON.
 *
 * A service has a line for each reason that was counted, and always one for `ok`, so that a rate can
 * be taken of it from the first scrape on. Buckets are cumulative.
 */
#ifndef PAM_SSO_EXPOSITION_H
#define PAM_SSO_EXPOSITION_H

#include "buf.h"
#include "tally.h"

enum { EXPOSITION_MAX = 256 * 1024 }; /* bytes that the longest one may have */

/* TALLY is a copy. Return 0, or as buf_add(). */
int exposition_text(const struct tally *tally, struct buf *out);
int exposition_json(const struct tally *tally, struct buf *out);

#endif
