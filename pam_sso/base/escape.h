/*
 * escape: the one filter between text from outside and a terminal or a log.
 *
 * Printable ASCII stays; every other byte, and the backslash, becomes \xNN. So what comes out has
 * one meaning, cannot move a cursor, start a line, or look like another letter.
 */
#ifndef PAM_SSO_ESCAPE_H
#define PAM_SSO_ESCAPE_H

#include "buf.h"

/* Adds the escaped text behind what OUT holds. NULL adds nothing. Returns as buf_add(). */
int escape_add(struct buf *out, const char *text);

/* The same for a value of a log line: empty text, and text with a space, `"` or `=`, is put between
 * quotes, where `"` is escaped too. */
int escape_add_value(struct buf *out, const char *text);

/* The same as a JSON string (RFC 8259): always between quotes, and a reader of JSON, who takes one
 * backslash off, sees `"` and all else escaped as a value has it. */
int escape_add_json(struct buf *out, const char *text);

/* How many bytes of TEXT make at most MAX, escaped as a value, the quotes around it not counted. */
size_t escape_fits(const char *text, size_t max);

#endif
