#include "config_error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void keep_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

int config_wrong(const struct config_place *place, const char *format, ...)
{
	char *text = place->error->text;
	size_t size = sizeof(place->error->text);
	va_list args;

	/* A path leaves room for the words behind it. */
	if (place->line)
		snprintf(text, size, "%.200s:%u: ", place->file, place->line);
	else
		snprintf(text, size, "%.200s: ", place->file);
	size_t len = strlen(text);
	va_start(args, format);
	vsnprintf(text + len, size - len, format, args);
	va_end(args);
	keep_printable(text);
	return -EINVAL;
}

enum reason config_fail(struct config_error *error, enum reason reason, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return reason;
}
