#include "form.h"

#include <stdbool.h>
#include <string.h>

static bool is_plain(unsigned char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= '0' && byte <= '9') || (byte && strchr("-._*", byte));
}

/* Adds byte by byte, from BYTES or from constants: no copy of a secret is left on the stack. */
int form_encode(struct buf *out, const char *bytes, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (is_plain(byte)) {
			buf_add(out, &bytes[i], 1);
		} else if (byte == ' ') {
			buf_add(out, "+", 1);
		} else {
			buf_add(out, "%", 1);
			buf_add(out, &hex[byte >> 4], 1);
			buf_add(out, &hex[byte & 0xf], 1);
		}
	}
	return buf_error(out);
}

static int add(struct buf *form, const char *name, const char *value, size_t len)
{
	if (form->len)
		buf_add(form, "&", 1);
	form_encode(form, name, strlen(name));
	buf_add(form, "=", 1);
	return form_encode(form, value, len);
}

int form_add(struct buf *form, const char *name, const char *value)
{
	if (!value)
		return buf_error(form);
	return add(form, name, value, strlen(value));
}

int form_add_secret(struct buf *form, const char *name, const struct secret *value)
{
	if (!secret_present(value))
		return buf_error(form);
	return add(form, name, secret_reveal(value), value->len);
}
