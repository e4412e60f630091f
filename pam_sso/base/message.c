#include "message.h"

#include <string.h>

#include "message_table.h"

static const char *find(enum language language, const char *text, unsigned int form)
{
	if ((unsigned int)language >= LANGUAGE_COUNT || form >= MESSAGE_FORMS)
		return NULL;
	for (size_t i = 0; i < message_row_count; i++)
		if (strcmp(message_rows[i].text, text) == 0)
			return message_rows[i].texts[language][form];
	return NULL;
}

const char *message(enum language language, const char *text)
{
	const char *said = find(language, text, 0);

	return said ? said : text;
}

const char *message_plural(
	enum language language, const char *one, const char *many, unsigned long long n)
{
	message_plural_rule *rule = (unsigned int)language < LANGUAGE_COUNT
					    ? message_plural_rules[language]
					    : NULL;
	const char *said = rule ? find(language, one, rule(n)) : NULL;

	if (said)
		return said;
	return n == 1 ? one : many;
}
