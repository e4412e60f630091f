#include "session_view.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "escape.h"
#include "json_out.h"
#include "rfc3339.h"

enum { LINE_MAX_BYTES = 256 * 1024 };

enum kind {
	KIND_ID,      /* char [] */
	KIND_TEXT,    /* char *, or NULL */
	KIND_LIST,    /* struct strlist */
	KIND_TIME,    /* int64_t; negative: none */
	KIND_PRESENT, /* struct secret: whether it is there */
	KIND_BOUND,   /* by what it lets somebody in: a summary, for the table alone */
	KIND_LOGINS,  /* those of this machine: not for the table */
};

/* What is shown of a session, and in what order. */
static const struct property {
	const char *name;
	int width; /* of its column in the table; 0: not in the table */
	enum kind kind;
	size_t offset;
} properties[] = {
	{"id", SESSION_ID, KIND_ID, offsetof(struct session, id)},
	{"user", 12, KIND_TEXT, offsetof(struct session, user)},
	{"subject", 20, KIND_TEXT, offsetof(struct session, sub)},
	{"issuer", 0, KIND_TEXT, offsetof(struct session, iss)},
	{"services", 10, KIND_LIST, offsetof(struct session, services)},
	{"from", 0, KIND_TEXT, offsetof(struct session, rhost)},
	{"flow", 0, KIND_TEXT, offsetof(struct session, flow)},
	{"since", 20, KIND_TIME, offsetof(struct session, created)},
	{"verified", 20, KIND_TIME, offsetof(struct session, verified)},
	{"expires", 20, KIND_TIME, offsetof(struct session, ends)},
	{"authenticated", 0, KIND_TIME, offsetof(struct session, auth_time)},
	{"renewable", 0, KIND_PRESENT, offsetof(struct session, refresh_token)},
	{"ssh_key", 0, KIND_TEXT, offsetof(struct session, ssh_key)},
	{"bound", 20, KIND_BOUND, 0},
	{"logins", 0, KIND_LOGINS, 0},
	{"host", 8, KIND_TEXT, offsetof(struct session, host)},
};

enum { PROPERTIES = COUNT(properties) };

/* A session, with what this machine knows of it. */
struct view {
	const struct session *session;
	const struct binding_list *bindings;
};

/* The next of its bindings from *AT on, which moves behind it; NULL where there is no further. */
static const struct binding *next_binding(const struct view *view, size_t *at)
{
	while (*at < view->bindings->n) {
		const struct binding *binding = &view->bindings->items[(*at)++];

		if (strcmp(binding->session, view->session->id) == 0)
			return binding;
	}
	return NULL;
}

static const char *state_text(const struct binding *binding)
{
	return binding_is_standing(binding) ? "standing" : "open";
}

static const void *field_of(const struct view *view, const struct property *property)
{
	return (const char *)view->session + property->offset;
}

/* The text of a property of the kinds that have one, or NULL. */
static const char *property_text(
	const struct view *view, const struct property *property, char time[RFC3339_TEXT])
{
	const void *field = field_of(view, property);

	switch (property->kind) {
	case KIND_ID: return field;
	case KIND_TEXT: return *(char *const *)field;
	case KIND_TIME: return rfc3339_text(*(const int64_t *)field, time);
	case KIND_PRESENT: return secret_present(field) ? "yes" : "no";
	case KIND_LIST:
	case KIND_BOUND:
	case KIND_LOGINS: break;
	}
	return NULL;
}

static void add_list(struct buf *out, const struct strlist *list)
{
	for (size_t i = 0; i < list->n; i++) {
		buf_puts(out, i ? "," : "");
		escape_add(out, list->items[i]);
	}
}

static void add_bound(struct buf *out, const struct view *view)
{
	const char *separator = "";
	const struct binding *binding;

	for (size_t at = 0; (binding = next_binding(view, &at));) {
		if (binding_is_standing(binding))
			continue;
		buf_printf(out, "%slogin:%d", separator, binding->process.pid);
		separator = ",";
	}
	if (view->session->ssh_key)
		buf_printf(out, "%sssh-key", separator);
}

/* One below the other, in the column of values. */
static void add_logins(struct buf *out, const struct view *view)
{
	char time[RFC3339_TEXT];
	const char *separator = "";
	const struct binding *binding;

	for (size_t at = 0; (binding = next_binding(view, &at));) {
		buf_printf(out, "%s%d ", separator, binding->process.pid);
		escape_add(out, binding->service);
		buf_printf(out, " %s ", state_text(binding));
		escape_add(out, rfc3339_text(binding->since, time));
		separator = "\n               ";
	}
}

/* For a terminal: escaped, and `-` where there is nothing. */
static void add_plain(struct buf *out, const struct view *view, const struct property *property)
{
	char time[RFC3339_TEXT];
	size_t before = out->len;

	switch (property->kind) {
	case KIND_LIST: add_list(out, field_of(view, property)); break;
	case KIND_BOUND: add_bound(out, view); break;
	case KIND_LOGINS: add_logins(out, view); break;
	default: escape_add(out, property_text(view, property, time));
	}
	if (out->len == before)
		buf_puts(out, "-");
}

static void add_json_list(struct buf *out, const struct strlist *list)
{
	buf_puts(out, "[");
	for (size_t i = 0; i < list->n; i++) {
		buf_puts(out, i ? ", " : "");
		json_out_string(out, list->items[i]);
	}
	buf_puts(out, "]");
}

static void add_json_logins(struct buf *out, const struct view *view)
{
	char time[RFC3339_TEXT];
	const char *separator = "";
	const struct binding *binding;

	buf_puts(out, "[");
	for (size_t at = 0; (binding = next_binding(view, &at));) {
		buf_printf(out, "%s{\"pid\": %d, \"service\": ", separator, binding->process.pid);
		json_out_string(out, binding->service);
		buf_printf(out, ", \"state\": \"%s\", \"since\": ", state_text(binding));
		json_out_string(out, rfc3339_text(binding->since, time));
		buf_puts(out, "}");
		separator = ", ";
	}
	buf_puts(out, "]");
}

static void add_json_value(
	struct buf *out, const struct view *view, const struct property *property)
{
	char time[RFC3339_TEXT];

	switch (property->kind) {
	case KIND_LIST: add_json_list(out, field_of(view, property)); break;
	case KIND_LOGINS: add_json_logins(out, view); break;
	case KIND_PRESENT:
		buf_puts(out, secret_present(field_of(view, property)) ? "true" : "false");
		break;
	default: json_out_string(out, property_text(view, property, time));
	}
}

void session_view_json(const struct session *session, const struct binding_list *bindings)
{
	const struct view view = {session, bindings};
	BUF_AUTO(out, LINE_MAX_BYTES);

	for (size_t i = 0; i < PROPERTIES; i++) {
		if (properties[i].kind == KIND_BOUND)
			continue;
		buf_printf(&out, "%s\"%s\": ", i ? ", " : "", properties[i].name);
		add_json_value(&out, &view, &properties[i]);
	}
	printf("{%s}", buf_str(&out));
}

void session_view_full(const struct session *session, const struct binding_list *bindings)
{
	const struct view view = {session, bindings};

	for (size_t i = 0; i < PROPERTIES; i++) {
		BUF_AUTO(out, LINE_MAX_BYTES);

		if (properties[i].kind == KIND_BOUND)
			continue;
		add_plain(&out, &view, &properties[i]);
		printf("%-14s %s\n", properties[i].name, buf_str(&out));
	}
}

/* The last column has nothing behind it. */
static void print_cell(size_t column, const char *text)
{
	if (column == PROPERTIES - 1)
		printf("%s\n", text);
	else
		printf("%-*s  ", properties[column].width, text);
}

void session_view_row(const struct session *session, const struct binding_list *bindings)
{
	const struct view view = {session, bindings};

	for (size_t i = 0; i < PROPERTIES; i++) {
		BUF_AUTO(out, LINE_MAX_BYTES);

		if (!properties[i].width)
			continue;
		add_plain(&out, &view, &properties[i]);
		print_cell(i, buf_str(&out));
	}
}

void session_view_head(void)
{
	for (size_t i = 0; i < PROPERTIES; i++)
		if (properties[i].width)
			print_cell(i, properties[i].name);
}
