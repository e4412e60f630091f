/*
 * message_table: what po/to-c.awk makes of the catalogues, for message.c. Its rules stand there.
 */
#ifndef PAM_SSO_MESSAGE_TABLE_H
#define PAM_SSO_MESSAGE_TABLE_H

#include <stddef.h>

#include "message.h"

enum { MESSAGE_FORMS = 2 }; /* the most that a language has for numbers */

struct message_row {
	const char *text;                                 /* in English: for one, where it counts */
	const char *texts[LANGUAGE_COUNT][MESSAGE_FORMS]; /* the first, where it does not count */
};

extern const struct message_row message_rows[];
extern const size_t message_row_count;

/* Which form N has: below MESSAGE_FORMS. */
typedef unsigned int message_plural_rule(unsigned long long n);
extern message_plural_rule *const message_plural_rules[LANGUAGE_COUNT]; /* NULL for English */

#endif
