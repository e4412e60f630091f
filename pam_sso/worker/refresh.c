#include "refresh.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "clock.h"
#include "item.h"
#include "verify.h"
#include "wire.h"

struct refresh {
	struct task *task;
	struct item
		*items[WIRE_ITEMS]; /* waiting, or on their way; in the order of their arrival */
	size_t n;
	struct buf out;        /* answers that the caller has not taken yet */
	bool reading;          /* the caller may send more */
	int64_t hold_until_ms; /* rule 3 */
	enum reason outcome;   /* of the job */
};

/* Rule 5. */
static void end_reading(struct refresh *refresh, const char *why)
{
	refresh->reading = false;
	refresh->outcome = task_fail(refresh->task, REASON_INTERNAL, why);
}

/* Hands over what is answered, and forgets it. */
static enum reason tell(struct refresh *refresh, struct item *item)
{
	int64_t until_ms = clock_monotonic_ms() + item->hold * 1000;
	int r = result_format(&item->result, &refresh->out);
	size_t at = 0;

	if (item->hold && until_ms > refresh->hold_until_ms)
		refresh->hold_until_ms = until_ms;
	while (refresh->items[at] != item)
		at++;
	refresh->n--;
	memmove(&refresh->items[at], &refresh->items[at + 1],
		(refresh->n - at) * sizeof(struct item *));
	item_free(item);
	return r < 0 ? REASON_NO_MEMORY : REASON_OK;
}

static bool has_id(const struct refresh *refresh, const char *id)
{
	for (size_t i = 0; i < refresh->n; i++)
		if (strcmp(refresh->items[i]->id, id) == 0)
			return true;
	return false;
}

static bool has_room(const struct refresh *refresh)
{
	return refresh->reading && !refresh->out.len && refresh->n < WIRE_ITEMS;
}

static void take_item(struct refresh *refresh, struct record **record)
{
	struct item *item = item_new(record, refresh->task);

	if (!item) {
		end_reading(refresh, "an item has no id");
	} else if (has_id(refresh, item->id)) {
		end_reading(refresh, "two items have one id");
		item_free(item);
	} else {
		refresh->items[refresh->n++] = item;
	}
}

/* Takes over the items that are there, as far as there is room. */
static void take_items(struct refresh *refresh)
{
	while (has_room(refresh)) {
		RECORD_AUTO(record);
		int r = channel_receive(refresh->task->channel, 0, NULL, 0, &record);

		if (r == -ETIMEDOUT)
			return;
		if (r == 0)
			take_item(refresh, &record);
		else if (r == -ENODATA)
			refresh->reading = false;
		else
			end_reading(refresh, "something that is no item");
	}
}

static size_t on_their_way(const struct refresh *refresh)
{
	size_t n = 0;

	for (size_t i = 0; i < refresh->n; i++)
		n += refresh->items[i]->exchange != NULL;
	return n;
}

static void answer_unsent(struct refresh *refresh, struct item *item, bool hold)
{
	item_answer(item, REASON_UNREACHABLE,
		hold ? "not sent: the provider asked to be left alone for longer"
		     : "not sent: the provider was slow with those before");
	if (hold)
		item->result.retry_after = clock_poll_timeout(refresh->hold_until_ms) / 1000 + 1;
}

/* Begins an item that waits, as soon as it may. Returns whether it is answered, by that or by
 * rules 2 and 3. */
static bool begin_item(struct refresh *refresh, struct item *item)
{
	int64_t now = clock_monotonic_ms();
	bool hold = now < refresh->hold_until_ms;

	if ((hold ? refresh->hold_until_ms : now) > item->begin_by_ms) {
		answer_unsent(refresh, item, hold);
		return true;
	}
	if (hold || on_their_way(refresh) >= http_width(refresh->task->idp.http))
		return false;
	return item_begin(item);
}

static enum reason begin_items(struct refresh *refresh)
{
	enum reason reason = REASON_OK;
	size_t at = 0;

	while (reason == REASON_OK && at < refresh->n) {
		struct item *item = refresh->items[at];

		if (!item->exchange && begin_item(refresh, item))
			reason = tell(refresh, item);
		else
			at++;
	}
	return reason;
}

static enum reason go_on(struct refresh *refresh)
{
	struct http *http = refresh->task->idp.http;
	enum reason reason = REASON_OK;
	struct item *item;

	while (reason == REASON_OK && (item = http_over(http)))
		if (item_go_on(item))
			reason = tell(refresh, item);
	return reason;
}

static enum reason flush(struct refresh *refresh)
{
	int r = channel_flush(refresh->task->channel, &refresh->out);

	return r < 0 ? REASON_CANCELLED : REASON_OK;
}

/* When there is something to do for those that wait, though nothing happens. */
static int64_t next_ms(const struct refresh *refresh)
{
	bool hold = clock_monotonic_ms() < refresh->hold_until_ms;
	int64_t until_ms = hold ? refresh->hold_until_ms : INT64_MAX;

	for (size_t i = 0; i < refresh->n; i++)
		if (!refresh->items[i]->exchange && refresh->items[i]->begin_by_ms < until_ms)
			until_ms = refresh->items[i]->begin_by_ms + 1;
	return until_ms;
}

/* Waits until there is something to do. */
static enum reason wait(struct refresh *refresh)
{
	short events = has_room(refresh) ? POLLIN : 0;

	if (refresh->out.len)
		events |= POLLOUT;
	return http_run(refresh->task->idp.http, next_ms(refresh), events);
}

static bool is_done(const struct refresh *refresh)
{
	return !refresh->reading && !refresh->n && !refresh->out.len;
}

/* From the first item to the last answer. Another reason than REASON_OK: it could not go on. */
static enum reason renew_items(struct refresh *refresh)
{
	for (;;) {
		take_items(refresh);
		enum reason reason = begin_items(refresh);
		if (reason == REASON_OK)
			reason = flush(refresh);
		if (reason != REASON_OK || is_done(refresh))
			return reason;
		reason = wait(refresh);
		if (reason == REASON_OK)
			reason = go_on(refresh);
		if (reason != REASON_OK)
			return reason;
	}
}

static enum reason prepare(struct task *task)
{
	enum reason reason = idp_discover(&task->idp, IDP_TOKEN | verify_endpoints(task));

	return reason == REASON_OK ? verify_fetch_keys(task) : reason;
}

static int say_ready(struct refresh *refresh)
{
	RECORD_AUTO(ready);

	ready = record_new(wire_event);
	int r = ready ? record_add(ready, "event", WIRE_EVENT_READY) : -ENOMEM;
	return r < 0 ? r : record_format(ready, &refresh->out);
}

enum reason refresh_run(struct task *task)
{
	struct refresh refresh = {
		.task = task,
		/* All that are at hand may be answered at once. */
		.out = {.max = (size_t)WIRE_ITEMS * RECORD_MAX},
		.reading = true,
		.outcome = REASON_OK,
	};

	enum reason reason = prepare(task);
	if (reason != REASON_OK)
		return task_unattended(reason);
	task->channel->vocabulary = wire_item;
	task->result->broken = say_ready(&refresh) < 0 || renew_items(&refresh) != REASON_OK;
	while (refresh.n)
		item_free(refresh.items[--refresh.n]);
	buf_free(&refresh.out);
	return refresh.outcome;
}
