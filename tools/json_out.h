/*
 * json_out: values as JSON (RFC 8259), in ASCII only, so that what a terminal makes of it is safe.
 */
#ifndef PAM_SSO_JSON_OUT_H
#define PAM_SSO_JSON_OUT_H

#include <stdbool.h>

#include "buf.h"

/* Adds TEXT as a string, or null where it is NULL. TEXT is UTF-8; a byte that is not becomes
 * U+FFFD. Returns as buf_add(). */
int json_out_string(struct buf *out, const char *text);

/* Adds JSON, an object say, on several lines where INDENTED. JSON is as a worker said it, without
 * control characters. Returns as buf_add(). */
int json_out_document(struct buf *out, const char *json, bool indented);

#endif
