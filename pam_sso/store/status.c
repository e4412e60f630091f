#include "status.h"

#include <stdarg.h>
#include <stdio.h>

#define STATUS_NAME(symbol, name) [STATUS_##symbol] = (name),

static const char *const names[] = {STATUSES(STATUS_NAME)};

const char *status_name(enum status status)
{
	return names[status];
}

enum status status_fail(struct status_detail *detail, enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(detail->text, sizeof(detail->text), format, args);
	va_end(args);
	return status;
}
