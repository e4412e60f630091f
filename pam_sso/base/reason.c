#include "reason.h"

#include <string.h>

struct reason_row {
	const char *name;
	enum reason_class class;
	const char *text;
};

static const struct reason_row rows[REASON_COUNT] = {
#define REASON_ROW(symbol, name, class, text) [REASON_##symbol] = {name, class, text},
	REASONS(REASON_ROW)
#undef REASON_ROW
};

static const struct reason_row *row_of(enum reason reason)
{
	if ((unsigned int)reason >= REASON_COUNT)
		return &rows[REASON_UNSET];
	return &rows[reason];
}

const char *reason_name(enum reason reason)
{
	return row_of(reason)->name;
}

enum reason reason_by_name(const char *name)
{
	if (!name)
		return REASON_UNSET;
	for (unsigned int i = 0; i < REASON_COUNT; i++)
		if (strcmp(rows[i].name, name) == 0)
			return (enum reason)i;
	return REASON_UNSET;
}

enum reason_class reason_class(enum reason reason)
{
	return row_of(reason)->class;
}

const char *reason_text(enum reason reason)
{
	return row_of(reason)->text;
}
