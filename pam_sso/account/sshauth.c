#include "sshauth.h"

#include <stdbool.h>
#include <string.h>

#define LETTERS_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define PUBLICKEY      "publickey "

static bool line_is_printable(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] < ' ' || line[i] > '~')
			return false;
	return len > 0;
}

/* The length of the base64 that TEXT begins with, 0 where there is none: whole groups of four, `=`
 * only at the end. */
static size_t base64_len(const char *text)
{
	size_t digits = strspn(text, LETTERS_DIGITS "+/");
	size_t padding = strspn(text + digits, "=");

	return digits == 0 || padding > 2 || (digits + padding) % 4 ? 0 : digits + padding;
}

static bool line_is_publickey(const char *line, size_t len)
{
	if (strncmp(line, PUBLICKEY, strlen(PUBLICKEY)) != 0)
		return false;
	const char *type = line + strlen(PUBLICKEY);
	size_t type_len = strspn(type, LETTERS_DIGITS "@.-");
	if (type_len == 0 || type[type_len] != ' ')
		return false;
	const char *key = type + type_len + 1;
	size_t key_len = base64_len(key);
	return key_len > 0 && key + key_len == line + len;
}

const char *sshauth_publickey(const char *value, size_t *ret_len)
{
	const char *found = NULL;
	size_t found_len = 0;

	for (const char *line = value; line && *line;) {
		size_t len = strcspn(line, "\n");

		if (!line_is_printable(line, len))
			return NULL;
		if (!found && line_is_publickey(line, len)) {
			found = line + strlen(PUBLICKEY);
			found_len = len - strlen(PUBLICKEY);
		}
		line += len + (line[len] == '\n');
	}
	if (found)
		*ret_len = found_len;
	return found;
}
