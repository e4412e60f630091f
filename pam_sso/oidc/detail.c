#include "detail.h"

#include <string.h>

#include "buf.h"
#include "escape.h"

enum { ESCAPE_LEN = 4 }; /* of one \xNN */

/* How many of LEN escaped bytes fit into ROOM. */
static size_t fitting(const char *escaped, size_t len, size_t room)
{
	if (len <= room)
		return len;
	for (size_t back = 1; back < ESCAPE_LEN && back <= room; back++)
		if (escaped[room - back] == '\\')
			return room - back;
	return room;
}

void detail_add(char *detail, size_t size, const char *text)
{
	if (!detail || !size || !text)
		return;
	size_t used = strnlen(detail, size - 1);
	BUF_AUTO(head, size);
	BUF_AUTO(escaped, ESCAPE_LEN * size);

	/* More than the room's bytes cannot fit, and the text may be long. */
	buf_add(&head, text, strnlen(text, size - used));
	if (buf_error(&head) < 0 || escape_add(&escaped, buf_str(&head)) < 0)
		return;
	size_t len = fitting(buf_str(&escaped), escaped.len, size - 1 - used);
	memcpy(detail + used, buf_str(&escaped), len);
	detail[used + len] = '\0';
}

void detail_set(char *detail, size_t size, const char *text)
{
	if (!detail || !size)
		return;
	detail[0] = '\0';
	detail_add(detail, size, text);
}
