#include "prompt.h"

#include <errno.h>

#include "qr.h"
#include "reason.h"
#include "wire.h"

/* A code that does not fit is left out: the address is there as text. */
static int add_qr(struct record *record, const char *uri)
{
	STRLIST_AUTO(lines);
	int r = qr_lines(uri, &lines);

	if (r < 0)
		return r == -EMSGSIZE ? 0 : r;
	for (size_t i = 0; r == 0 && i < lines.n; i++)
		r = record_add(record, "qr", lines.items[i]);
	return r;
}

int prompt_send(struct channel *channel, const struct device_grant *grant, int64_t good_for,
	const struct prompt_style *style, int64_t deadline_ms)
{
	bool complete = style->complete_link && grant->verification_uri_complete;
	const char *uri = complete ? grant->verification_uri_complete : grant->verification_uri;
	RECORD_AUTO(record);

	record = record_new(wire_event);
	if (!record)
		return -ENOMEM;
	int r = record_add(record, "event", WIRE_EVENT_PROMPT);
	if (r == 0)
		r = record_add(record, "verification_uri", uri);
	if (r == 0)
		r = record_add(record, "user_code", grant->user_code);
	if (r == 0)
		r = record_add_int(record, "expires_in", good_for);
	if (r == 0 && style->qr)
		r = add_qr(record, uri);
	return r < 0 ? r : channel_send(channel, record, deadline_ms);
}

int prompt_send_link(struct channel *channel, const struct prompt_link *link, int64_t deadline_ms)
{
	RECORD_AUTO(record);

	record = record_new(wire_event);
	if (!record)
		return -ENOMEM;
	int r = record_add(record, "event", WIRE_EVENT_PROMPT);
	if (r == 0)
		r = record_add(record, "flow", WIRE_FLOW_CODE);
	if (r == 0)
		r = record_add(record, "authorization_uri", link->uri);
	if (r == 0)
		r = record_add_int(record, "expires_in", link->good_for);
	if (r == 0 && link->qr)
		r = add_qr(record, link->uri);
	if (r == 0 && link->listening)
		r = record_add(record, "listening", WIRE_YES);
	return r < 0 ? r : channel_send(channel, record, deadline_ms);
}

static int add_wrong(struct record *record, const char *detail)
{
	int r = record_add(record, "reason", reason_name(REASON_ANSWER));

	return r < 0 ? r : record_add(record, "detail", detail);
}

int prompt_send_again(
	struct channel *channel, const struct prompt_again *again, int64_t deadline_ms)
{
	RECORD_AUTO(record);

	record = record_new(wire_event);
	if (!record)
		return -ENOMEM;
	int r = record_add(record, "event", WIRE_EVENT_AGAIN);
	if (r == 0 && again->part)
		r = record_add_int(record, "part", again->part);
	else if (r == 0)
		r = add_wrong(record, again->detail);
	if (r == 0)
		r = record_add_int(record, "left", again->left);
	return r < 0 ? r : channel_send(channel, record, deadline_ms);
}
