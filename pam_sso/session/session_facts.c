/*
 * What of an event is said of the person, kept in the words in which it was said.
 */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "reason.h"
#include "wire.h"

enum {
	FACTS_SIZE = RECORD_MAX / 4, /* bytes, as they are written */
	WANTED_SIZE = 4096,
};

static const char *const fact_keys[] = {
	"claim", "email_verified", "groups", "group", "acr", "amr", "auth_time"};

/* The values of one word of an event. *LEFT is how many bytes the facts may still take. */
static int take_word(
	const struct record *event, const char *key, struct strlist *facts, size_t *left)
{
	for (size_t i = 0; i < record_count(event, key); i++) {
		BUF_AUTO(fact, RECORD_LINE);
		const char *const parts[] = {key, "=", record_nth(event, key, i)};

		for (size_t j = 0; j < COUNT(parts); j++)
			(void)buf_puts(&fact, parts[j]);
		if (buf_error(&fact) < 0)
			return buf_error(&fact);
		size_t line = strlen("fact=") + fact.len + strlen("\n");
		if (line > *left || facts->n == SESSION_FACTS)
			return -EMSGSIZE;
		*left -= line;
		if (strlist_add(facts, buf_str(&fact)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* No claim has a blank or a `=` in it (config_form.c), so that two never read alike. */
static int format_wanted(const struct config *config, struct buf *out)
{
	const char *groups = config->access.groups_claim;
	bool userinfo = config->access.groups_source == GROUPS_USERINFO;

	for (size_t i = 0; i < config->user.claims.n; i++)
		(void)buf_printf(out, "%s ", config->user.claims.items[i]);
	return buf_printf(out, "%s=%s", userinfo ? "userinfo" : "id_token", groups ? groups : "");
}

static int take_all(const struct record *event, const struct config *config, struct strlist *facts,
	struct buf *wanted)
{
	size_t left = FACTS_SIZE;
	int r = format_wanted(config, wanted);

	for (size_t i = 0; i < COUNT(fact_keys) && r == 0; i++)
		r = take_word(event, fact_keys[i], facts, &left);
	return r;
}

static void drop_facts(struct session *session)
{
	strlist_free(&session->facts);
	free(session->wanted);
	session->wanted = NULL;
}

int session_take_facts(
	struct session *session, const struct record *event, const struct config *config)
{
	STRLIST_AUTO(facts);
	BUF_AUTO(wanted, WANTED_SIZE);
	int r = take_all(event, config, &facts, &wanted);

	if (r == -ENOMEM)
		return r;
	drop_facts(session);
	if (r < 0)
		return 0;
	session->wanted = strdup(buf_str(&wanted));
	if (!session->wanted)
		return -ENOMEM;
	session->facts = facts;
	facts = (struct strlist){0};
	return 0;
}

bool session_facts_suit(const struct session *session, const struct config *config)
{
	BUF_AUTO(wanted, WANTED_SIZE);

	return session->wanted && format_wanted(config, &wanted) == 0 &&
	       strcmp(session->wanted, buf_str(&wanted)) == 0;
}

static bool is_fact_key(const char *key)
{
	for (size_t i = 0; i < COUNT(fact_keys); i++)
		if (strcmp(key, fact_keys[i]) == 0)
			return true;
	return false;
}

/* Adds `key=value` to an event. */
static int add_fact(struct record *event, const char *fact)
{
	BUF_AUTO(key, RECORD_LINE);
	const char *equals = strchr(fact, '=');

	if (!equals)
		return -EINVAL;
	int r = buf_add(&key, fact, (size_t)(equals - fact));
	if (r < 0)
		return r;
	return is_fact_key(buf_str(&key)) ? record_add(event, buf_str(&key), equals + 1) : -EINVAL;
}

static int make_event(const struct session *session, struct record **ret)
{
	RECORD_AUTO(event);
	const char *const head[][2] = {
		{"event", WIRE_EVENT_RESULT},
		{"reason", reason_name(REASON_OK)},
		{"iss", session->iss},
		{"sub", session->sub},
	};
	int r = 0;

	event = record_new(wire_event);
	if (!event)
		return -ENOMEM;
	for (size_t i = 0; i < COUNT(head) && r == 0; i++)
		r = record_add(event, head[i][0], head[i][1]);
	for (size_t i = 0; i < session->facts.n && r == 0; i++)
		r = add_fact(event, session->facts.items[i]);
	if (r < 0)
		return r;
	*ret = event;
	event = NULL;
	return 0;
}

int session_give_facts(const struct session *session, struct record **ret)
{
	return session->facts.n ? make_event(session, ret) : -ENOENT;
}
