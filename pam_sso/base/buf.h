/*
 * buf: a growable run of bytes with a ceiling.
 *
 * Anything that may hold a secret passes through one, so its memory is wiped whenever it is moved
 * or freed. A buffer remembers its first failure: after it nothing more is added, and buf_error()
 * tells; so a row of additions needs one check at its end.
 */
#ifndef PAM_SSO_BUF_H
#define PAM_SSO_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data; /* always NUL-terminated once something was added; else NULL */
	size_t len; /* bytes in use, the NUL not counted */
	size_t size;
	size_t max; /* len never exceeds it */
	int error;  /* 0, or the first failure as a negative errno */
};

/* A local buffer of at most MAX bytes that frees itself at the end of its scope. */
#define BUF_AUTO(name, MAX) __attribute__((cleanup(buf_free))) struct buf name = {.max = (MAX)}

/* Adds bytes. Returns 0, -EMSGSIZE past the ceiling, -ENOMEM, or the buffer's earlier error. */
int buf_add(struct buf *buf, const void *bytes, size_t len);

/* Adds a string without its NUL. Returns as buf_add(). */
int buf_puts(struct buf *buf, const char *string);

/* Adds formatted text. Not for secrets: the formatter's own copies are not wiped. */
int buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes the buffer fail with ERROR, a negative errno, since what was to be added is not there.
 * Returns its first failure. */
int buf_fail(struct buf *buf, int error);

/* The first failure as a negative errno, or 0. */
int buf_error(const struct buf *buf);

/* The bytes as a string, "" for an empty buffer. Valid until the next change. */
const char *buf_str(const struct buf *buf);

/* Takes the first LEN bytes away; what stays moves to the front. LEN is at most buf->len. */
void buf_consume(struct buf *buf, size_t len);

/* Gives the bytes to the caller, who frees them, as a NUL-terminated string; the buffer is empty
 * then. NULL where the buffer failed or memory is short. */
char *buf_steal(struct buf *buf);

/* Wipes and frees. The ceiling stays, and the buffer can be used again. */
void buf_free(struct buf *buf);

#endif
