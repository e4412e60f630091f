#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "escape.h"

/* What is written around keys and values. */
struct form {
	const char *first; /* before the first key */
	const char *next;  /* before any other */
	const char *is;    /* behind a key */
	int (*add_value)(struct buf *out, const char *value);
	const char *cut; /* behind the last field of a line that is not all there */
	const char *end;
};

static const struct form forms[] = {
	[LOG_FORMAT_TEXT] = {"", " ", "=", escape_add_value, " cut=yes", ""},
	[LOG_FORMAT_JSON] = {"{\"", ",\"", "\":", escape_add_json, ",\"cut\":\"yes\"", "}"},
};

struct line {
	const struct form *form;
	char text[LOG_LINE + 1];
	size_t len;
	size_t whole; /* where the last field ends behind which `cut` still has room */
	bool is_cut;
};

static void line_put(struct line *line, const char *text)
{
	size_t len = strlen(text);

	memcpy(line->text + line->len, text, len + 1);
	line->len += len;
}

/* Adds a field, with what fits of its value, or nothing of it. */
static bool line_add(struct line *line, const char *key, const char *value)
{
	const struct form *form = line->form;
	const size_t room = LOG_LINE - strlen(form->end);
	BUF_AUTO(field, LOG_LINE);
	char start[LOG_VALUE + 1];
	size_t fits = escape_fits(value, LOG_VALUE);

	memcpy(start, value, fits);
	start[fits] = '\0';
	if (value[fits])
		line->is_cut = true;
	buf_puts(&field, line->len ? form->next : form->first);
	buf_puts(&field, key);
	buf_puts(&field, form->is);
	if (form->add_value(&field, start) < 0 || field.len > room - line->len)
		return false;
	line_put(line, buf_str(&field));
	if (line->len + strlen(form->cut) <= room)
		line->whole = line->len;
	return true;
}

const char *log_int_text(char buffer[24], int64_t number)
{
	snprintf(buffer, 24, "%" PRId64, number);
	return buffer;
}

void log_event(
	const struct log *log, int priority, const char *event, const struct log_field *fields)
{
	if (!log || (priority == LOG_DEBUG && !log->debug))
		return;
	struct line line = {.form = &forms[log->format]};
	bool whole = line_add(&line, "event", event);
	for (const struct log_field *field = fields; whole && field->key; field++)
		if (field->value)
			whole = line_add(&line, field->key, field->value);
	if (!whole || line.is_cut) {
		line.len = line.whole;
		line_put(&line, line.form->cut);
	}
	line_put(&line, line.form->end);
	log->sink(log->context, priority, line.text);
}
