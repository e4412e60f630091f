/*
 * b64url: base64url without padding (RFC 7515 section 2, RFC 4648 section 5), canonical only.
 */
#ifndef PAM_SSO_B64URL_H
#define PAM_SSO_B64URL_H

#include <stddef.h>

#include "buf.h"

/* Adds the decoded bytes behind what OUT holds. Returns 0; -EINVAL for a byte outside the alphabet
 * (white space, `=`, `+`, `/` included), a length of 4n+1, or trailing bits that are not zero;
 * or as buf_add(). Empty text is no bytes. */
int b64url_decode(const char *text, size_t len, struct buf *out);

/* Adds the encoded text. Returns as buf_add(). */
int b64url_encode(const void *bytes, size_t len, struct buf *out);

#endif
