#include "username.h"

#include <string.h>

enum { USERNAME_MAX = 32 };

/* Not isalpha(): what a letter is depends on the locale there. */
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_later(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

bool username_valid(const char *name)
{
	size_t len = strnlen(name, USERNAME_MAX + 1);

	if (len > USERNAME_MAX || !is_letter(*name))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!is_later(name[i]) || (name[i] == '.' && name[i - 1] == '.'))
			return false;
	return true;
}
