/*
 * rfc3339: a time as people and programs read it, in UTC: 2030-01-01T12:00:00Z.
 */
#ifndef PAM_SSO_RFC3339_H
#define PAM_SSO_RFC3339_H

#include <stdint.h>

enum { RFC3339_TEXT = 32 };

/* AT is seconds since the epoch. Returns TEXT; or NULL for what is negative, which means none, or
 * out of a calendar's range. */
const char *rfc3339_text(int64_t at, char text[RFC3339_TEXT]);

#endif
