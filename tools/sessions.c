/*
 * ssoctl sessions: what is stored, as a table, one in full, or JSON. Never a token.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "count.h"
#include "escape.h"
#include "json_out.h"
#include "ssoctl.h"

enum { LINE_MAX_BYTES = 64 * 1024 };

enum kind {
	KIND_ID,        /* char [] */
	KIND_TEXT,      /* char *, or NULL */
	KIND_TIME,      /* int64_t; negative: none */
	KIND_PRESENT,   /* struct secret: whether it is there */
	KIND_PROCESSES, /* the logins */
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
	{"service", 8, KIND_TEXT, offsetof(struct session, service)},
	{"from", 15, KIND_TEXT, offsetof(struct session, rhost)},
	{"since", 20, KIND_TIME, offsetof(struct session, created)},
	{"verified", 20, KIND_TIME, offsetof(struct session, verified)},
	{"expires", 20, KIND_TIME, offsetof(struct session, ends)},
	{"authenticated", 0, KIND_TIME, offsetof(struct session, auth_time)},
	{"renewable", 0, KIND_PRESENT, offsetof(struct session, refresh_token)},
	{"logins", 8, KIND_PROCESSES, offsetof(struct session, logins)},
};

enum { PROPERTIES = COUNT(properties) };

/* RFC 3339, in UTC; what is out of a calendar's range is none. */
static const char *time_text(int64_t at, char text[32])
{
	time_t seconds = (time_t)at;
	struct tm parts;

	if (at < 0 || !gmtime_r(&seconds, &parts) ||
		strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		return NULL;
	return text;
}

/* The text of a property of the kinds that have one, or NULL. */
static const char *property_text(
	const struct property *property, const struct session *session, char text[32])
{
	const void *field = (const char *)session + property->offset;

	switch (property->kind) {
	case KIND_ID: return field;
	case KIND_TEXT: return *(char *const *)field;
	case KIND_TIME: return time_text(*(const int64_t *)field, text);
	case KIND_PRESENT: return secret_present(field) ? "yes" : "no";
	case KIND_PROCESSES: break;
	}
	return NULL;
}

/* The pids of the logins, with SEPARATOR between. */
static void add_pids(struct buf *out, const struct session *session, const char *separator)
{
	for (unsigned int i = 0; i < session->n_logins; i++)
		buf_printf(out, "%s%d", i ? separator : "", session->logins[i].pid);
}

/* For a terminal: escaped, and `-` where there is nothing. */
static void add_plain(
	struct buf *out, const struct property *property, const struct session *session)
{
	char text[32];
	size_t before = out->len;

	if (property->kind == KIND_PROCESSES)
		add_pids(out, session, ",");
	else
		escape_add(out, property_text(property, session, text));
	if (out->len == before)
		buf_puts(out, "-");
}

static void add_json_value(
	struct buf *out, const struct property *property, const struct session *session)
{
	char text[32];
	const char *value = property_text(property, session, text);

	if (property->kind == KIND_PROCESSES) {
		buf_puts(out, "[");
		add_pids(out, session, ", ");
		buf_puts(out, "]");
	} else if (property->kind == KIND_PRESENT) {
		buf_puts(out, strcmp(value, "yes") == 0 ? "true" : "false");
	} else {
		json_out_string(out, value);
	}
}

static void print_json(const struct session *session)
{
	BUF_AUTO(out, LINE_MAX_BYTES);

	for (size_t i = 0; i < PROPERTIES; i++) {
		buf_printf(&out, "%s\"%s\": ", i ? ", " : "", properties[i].name);
		add_json_value(&out, &properties[i], session);
	}
	printf("{%s}", buf_str(&out));
}

static void print_full(const struct session *session)
{
	for (size_t i = 0; i < PROPERTIES; i++) {
		BUF_AUTO(out, LINE_MAX_BYTES);

		add_plain(&out, &properties[i], session);
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

static void print_row(const struct session *session)
{
	for (size_t i = 0; i < PROPERTIES; i++) {
		BUF_AUTO(out, LINE_MAX_BYTES);

		if (!properties[i].width)
			continue;
		add_plain(&out, &properties[i], session);
		print_cell(i, buf_str(&out));
	}
}

static void print_head(void)
{
	for (size_t i = 0; i < PROPERTIES; i++)
		if (properties[i].width)
			print_cell(i, properties[i].name);
}

/* Some sessions, which free themselves. */
struct sessions {
	struct session *items;
	size_t n;
};

static void sessions_free(struct sessions *sessions)
{
	for (size_t i = 0; i < sessions->n; i++)
		session_free(&sessions->items[i]);
	free(sessions->items);
}

static int by_user_and_age(const void *a, const void *b)
{
	const struct session *one = a, *other = b;
	int order = strcmp(one->user, other->user);

	if (order != 0)
		return order;
	if (one->created != other->created)
		return one->created < other->created ? -1 : 1;
	return strcmp(one->id, other->id);
}

/* What is no session is said, and left out: its file stands in the way of nothing. */
static int read_sessions(const struct store *store, struct sessions *sessions)
{
	STRLIST_AUTO(ids);
	int64_t now = clock_wall_s();
	int status = SSOCTL_OK;
	int r = store_list(store, &ids);

	if (r == 0)
		sessions->items = calloc(ids.n + 1, sizeof(*sessions->items));
	if (r < 0 || !sessions->items) {
		ssoctl_say(
			"the sessions cannot be listed: %s", strerrordesc_np(r < 0 ? -r : ENOMEM));
		return SSOCTL_FAILED;
	}
	for (size_t i = 0; i < ids.n; i++) {
		r = store_get(store, ids.items[i], now, &sessions->items[sessions->n]);
		if (r == 0)
			sessions->n++;
		if (r == 0 || r == -ENOENT)
			continue;
		ssoctl_say("%s is no session: %s", ids.items[i], strerrordesc_np(-r));
		status = SSOCTL_FAILED;
	}
	qsort(sessions->items, sessions->n, sizeof(*sessions->items), by_user_and_age);
	return status;
}

static void print_all_json(const struct sessions *sessions)
{
	printf("{\"sessions\": [");
	for (size_t i = 0; i < sessions->n; i++) {
		printf(i ? ",\n\t" : "\n\t");
		print_json(&sessions->items[i]);
	}
	puts("\n]}");
}

static void print_table(const struct sessions *sessions)
{
	print_head();
	for (size_t i = 0; i < sessions->n; i++)
		print_row(&sessions->items[i]);
}

static int show_all(const struct store *store, bool json)
{
	__attribute__((cleanup(sessions_free))) struct sessions sessions = {0};
	int status = read_sessions(store, &sessions);

	if (json)
		print_all_json(&sessions);
	else
		print_table(&sessions);
	return status;
}

static int show_one(const struct store *store, const char *id, bool json)
{
	SESSION_AUTO(session);
	int r = store_get(store, id, clock_wall_s(), &session);

	if (r == -ENOENT)
		ssoctl_say("there is no session %s", id);
	else if (r < 0)
		ssoctl_say("%s is no session: %s", id, strerrordesc_np(-r));
	if (r < 0)
		return SSOCTL_FAILED;
	if (!json) {
		print_full(&session);
		return SSOCTL_OK;
	}
	print_json(&session);
	putchar('\n');
	return SSOCTL_OK;
}

static int run(const struct invocation *invocation)
{
	CONFIG_AUTO(config);
	STORE_AUTO(store);
	int status = ssoctl_open(invocation, &config, &store);

	if (status != SSOCTL_OK)
		return status;
	return invocation->operand ? show_one(&store, invocation->operand, invocation->json)
				   : show_all(&store, invocation->json);
}

const struct command command_sessions = {
	.name = "sessions",
	.operand = "ID",
	.summary = "List the sessions that sign-ins left on this machine, or show one in full",
	.help = "Times are in UTC. The logins are the processes that lead them. No token is "
		"shown.\n",
	.run = run,
};
