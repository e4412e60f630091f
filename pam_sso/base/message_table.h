/*
 * message_table: what po/to-c.awk makes of the catalogues, for message.c. Its rules stand there.
 */
#ifndef PAM_SSO_MESSAGE_TABLE_H
#define PAM_SSO_MESSAGE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "message.h"

enum { MESSAGE_FORMS = 2 }; /* the most that a language has for numbers */

/* All texts, one behind the other. They are named by where they stand there, 0 for none: pointers
 * would have to be relocated in each process that loads the module. */
extern const struct message_words message_words;

struct message_row {
	uint32_t text;                                 /* in English: for one, where it counts */
	uint32_t texts[LANGUAGE_COUNT][MESSAGE_FORMS]; /* the first, where it does not count */
};

extern const struct message_row message_rows[];
extern const size_t message_row_count;

/* The text that stands there; NULL for none. */
static inline const char *message_word(uint32_t at)
{
	return at ? (const char *)&message_words + at : NULL;
}

/* Which form N has: below MESSAGE_FORMS. */
typedef unsigned int message_plural_rule(unsigned long long n);
extern message_plural_rule *const message_plural_rules[LANGUAGE_COUNT]; /* NULL for English */

#endif
