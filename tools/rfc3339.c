#include "rfc3339.h"

#include <stddef.h>
#include <time.h>

const char *rfc3339_text(int64_t at, char text[RFC3339_TEXT])
{
	time_t seconds = (time_t)at;
	struct tm parts;

	if (at < 0 || !gmtime_r(&seconds, &parts) ||
		strftime(text, RFC3339_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		return NULL;
	return text;
}
