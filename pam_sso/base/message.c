#include "message.h"

#include <string.h>

#include "message_table.h"

const char *const language_names[] = {
	[LANGUAGE_AUTO] = "auto",
	[LANGUAGE_EN] = "en",
	[LANGUAGE_DE] = "de",
	[LANGUAGE_ES] = "es",
	[LANGUAGE_FR] = "fr",
	[LANGUAGE_JA] = "ja",
	[LANGUAGE_KO] = "ko",
	[LANGUAGE_COUNT] = NULL,
};

enum language language_named(const char *name)
{
	for (unsigned int i = LANGUAGE_EN; name && i < LANGUAGE_COUNT; i++)
		if (strcmp(name, language_names[i]) == 0)
			return (enum language)i;
	return LANGUAGE_AUTO;
}

static const char *find(enum language language, const char *text, unsigned int form)
{
	if ((unsigned int)language >= LANGUAGE_COUNT || form >= MESSAGE_FORMS)
		return NULL;
	for (size_t i = 0; i < message_row_count; i++)
		if (strcmp(message_word(message_rows[i].text), text) == 0)
			return message_word(message_rows[i].texts[language][form]);
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
