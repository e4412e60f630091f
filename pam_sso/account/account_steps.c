#include "account_steps.h"

#include <stdarg.h>
#include <stdio.h>

enum { WHAT_BYTES = 1024 };

void account_tell(
	struct account_steps *steps, const char *rule, enum reason reason, const char *format, ...)
{
	char what[WHAT_BYTES];
	va_list args;

	if (!steps)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	const struct account_step step = {.rule = rule, .reason = reason, .what = what};
	steps->hear(steps, &step);
}
