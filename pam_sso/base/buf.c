#include "buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 256 };

int buf_fail(struct buf *buf, int error)
{
	if (!buf->error)
		buf->error = error;
	return buf->error;
}

/* Makes room for NEED bytes and a NUL. realloc() would leave the old copy unwiped behind it. */
static int grow(struct buf *buf, size_t need)
{
	size_t size = buf->size ? buf->size : BUF_FIRST;

	while (size <= need)
		size *= 2;
	if (size == buf->size)
		return 0;
	char *data = malloc(size);
	if (!data)
		return buf_fail(buf, -ENOMEM);
	if (buf->data) {
		memcpy(data, buf->data, buf->len);
		explicit_bzero(buf->data, buf->size);
		free(buf->data);
	}
	buf->data = data;
	buf->size = size;
	return 0;
}

int buf_add(struct buf *buf, const void *bytes, size_t len)
{
	if (buf->error)
		return buf->error;
	if (len > buf->max || buf->len > buf->max - len)
		return buf_fail(buf, -EMSGSIZE);
	if (grow(buf, buf->len + len) < 0)
		return buf->error;
	if (len)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return 0;
}

int buf_puts(struct buf *buf, const char *string)
{
	return buf_add(buf, string, strlen(string));
}

int buf_printf(struct buf *buf, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	int len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return buf_fail(buf, -ENOMEM);
	int r = buf_add(buf, text, (size_t)len);
	free(text);
	return r;
}

int buf_error(const struct buf *buf)
{
	return buf->error;
}

const char *buf_str(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}

void buf_consume(struct buf *buf, size_t len)
{
	size_t rest = buf->len - len;

	if (!len)
		return;
	memmove(buf->data, buf->data + len, rest);
	explicit_bzero(buf->data + rest, len);
	buf->len = rest;
}

char *buf_steal(struct buf *buf)
{
	if (buf_add(buf, "", 0) < 0)
		return NULL;
	char *data = buf->data;
	*buf = (struct buf){.max = buf->max};
	return data;
}

void buf_free(struct buf *buf)
{
	if (buf->data) {
		explicit_bzero(buf->data, buf->size);
		free(buf->data);
	}
	*buf = (struct buf){.max = buf->max};
}
