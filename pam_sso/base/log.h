/*
 * log: one event, one line.
 *
 *	event=verdict user=alice service=sshd reason=ok rule=claim:preferred_username seconds=12
 *	{"event":"verdict","user":"alice","service":"sshd","reason":"ok",...
 *
 * The line is made here and handed to a sink: syslog in the module, standard error in a tool, a
 * test's memory. Values go through escape.h. A value has at most LOG_VALUE bytes, so that a name
 * that somebody chose leaves room for who it was; a line has at most LOG_LINE, and is cut behind a
 * whole field. A line that is not all there says `cut=yes`. As JSON (RFC 8259) it is an object of
 * the same fields in the same order, cut at the same byte of a value; each value is a string.
 * There is no way to log a struct secret.
 */
#ifndef PAM_SSO_LOG_H
#define PAM_SSO_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LOG_LINE = 1024,
	LOG_VALUE = 256, /* escaped as text, without the quotes around it */
};

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Takes a finished line without its newline. PRIORITY is a syslog(3) level. */
typedef void log_sink(void *context, int priority, const char *line);

struct log {
	log_sink *sink;
	void *context;
	enum log_format format;
	bool debug; /* whether events of LOG_DEBUG are written */
};

/* One `key=value`. A field whose value is NULL is left out, so that callers need no branches. */
struct log_field {
	const char *key;
	const char *value;
};

/* A number as a field; the text lives as long as the expression's block. */
#define LOG_INT(KEY, NUMBER) {(KEY), log_int_text((char[24]){0}, (NUMBER))}
const char *log_int_text(char buffer[24], int64_t number);

/* Writes one event; FIELDS end with a NULL key. NULL as log writes nothing. */
void log_event(
	const struct log *log, int priority, const char *event, const struct log_field *fields);
#define LOG_EVENT(LOG, PRIORITY, EVENT, ...)                                                       \
	log_event((LOG), (PRIORITY), (EVENT), (const struct log_field[]){__VA_ARGS__, {NULL, NULL}})

#endif
