#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "escape.h"

static const char cut[] = " cut=yes";

struct line {
	char text[LOG_LINE + 1];
	size_t len;
	size_t whole; /* where the last field ends behind which `cut` still has room */
	bool is_cut;
};

static void line_put(struct line *line, const char *text, size_t len)
{
	memcpy(line->text + line->len, text, len);
	line->len += len;
	line->text[line->len] = '\0';
}

/* Adds a field, with what fits of its value, or nothing of it. */
static bool line_add(struct line *line, const char *key, const char *value)
{
	BUF_AUTO(field, LOG_LINE);
	char start[LOG_VALUE + 1];
	size_t fits = escape_fits(value, LOG_VALUE);

	memcpy(start, value, fits);
	start[fits] = '\0';
	if (value[fits])
		line->is_cut = true;
	if (line->len)
		buf_puts(&field, " ");
	buf_puts(&field, key);
	buf_puts(&field, "=");
	if (escape_add_value(&field, start) < 0 || field.len > LOG_LINE - line->len)
		return false;
	line_put(line, buf_str(&field), field.len);
	if (line->len + strlen(cut) <= LOG_LINE)
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
	struct line line = {0};

	if (!log || (priority == LOG_DEBUG && !log->debug))
		return;
	bool whole = line_add(&line, "event", event);
	for (const struct log_field *field = fields; whole && field->key; field++)
		if (field->value)
			whole = line_add(&line, field->key, field->value);
	if (!whole || line.is_cut) {
		line.len = line.whole;
		line_put(&line, cut, strlen(cut));
	}
	log->sink(log->context, priority, line.text);
}
