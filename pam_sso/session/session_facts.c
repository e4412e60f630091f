/*
 * What of an event is said of the person, kept in the words in which it was said.
 */
#include "session.h"

#include <errno.h>
#include <string.h>

#include "count.h"
#include "reason.h"
#include "wire.h"

enum { FACTS_SIZE = RECORD_MAX / 4 }; /* bytes, as they are written */

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

int session_take_facts(struct session *session, const struct record *event)
{
	STRLIST_AUTO(facts);
	size_t left = FACTS_SIZE;
	int r = 0;

	for (size_t i = 0; i < COUNT(fact_keys) && r == 0; i++)
		r = take_word(event, fact_keys[i], &facts, &left);
	if (r == -ENOMEM)
		return r;
	strlist_free(&session->facts);
	if (r == 0) {
		session->facts = facts;
		facts = (struct strlist){0};
	}
	return 0;
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
