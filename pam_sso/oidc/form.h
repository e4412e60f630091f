/*
 * form: application/x-www-form-urlencoded (RFC 6749 appendix B).
 *
 * A-Z a-z 0-9 - . _ * stand for themselves, a space is `+`, every other byte is %XX. That is the
 * set of the HTML standard: what it encodes beyond RFC 3986 (`~`) means the same to every decoder.
 */
#ifndef PAM_SSO_FORM_H
#define PAM_SSO_FORM_H

#include "buf.h"
#include "secret.h"

/* Adds `name=value`, both encoded, with an `&` before it where FORM has something. A NULL value,
 * and a secret without a value, adds nothing. Returns as buf_add(). */
int form_add(struct buf *form, const char *name, const char *value);
int form_add_secret(struct buf *form, const char *name, const struct secret *value);

/* Adds the encoding of LEN bytes alone (what RFC 6749 2.3.1 wants before Basic). Returns as
 * buf_add(). */
int form_encode(struct buf *out, const char *bytes, size_t len);

#endif
