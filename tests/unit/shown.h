/*
 * A key's value in words: a list's items with `|` between, a number, a word of its list.
 */
#ifndef SHOWN_H
#define SHOWN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "config_field.h"

static inline void show(const struct config_key *key, const struct config *config, struct buf *out)
{
	const void *field = config_field_const(config, key);
	const struct strlist *list = field;
	const char *text;

	switch (key->type) {
	case CONFIG_STRING:
		text = *(char *const *)field;
		buf_printf(out, "%s", text ? text : "");
		break;
	case CONFIG_BOOL: buf_printf(out, "%s", *(const bool *)field ? "yes" : "no"); break;
	case CONFIG_WORD: buf_printf(out, "%s", key->words[*(const unsigned int *)field]); break;
	case CONFIG_NUMBER:
	case CONFIG_DURATION: buf_printf(out, "%lld", (long long)*(const int64_t *)field); break;
	case CONFIG_LIST:
		for (size_t i = 0; i < list->n; i++)
			buf_printf(out, "%s%s", i ? "|" : "", list->items[i]);
	}
	assert_int_equal(buf_error(out), 0);
}

#endif
