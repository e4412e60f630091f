#include "prompt.h"

#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "escape.h"

enum { LABEL_COLUMNS = 11, SERVICE_COLUMNS = 16, ESCAPED_MAX = 16 * 1024 };

#define ELLIPSIS "..."

/* Adds TEXT escaped, in at most COLUMNS columns: beginning and end of a name tell most. */
static void add_clipped(struct buf *out, const char *text, size_t columns)
{
	BUF_AUTO(escaped, ESCAPED_MAX);

	if (escape_add(&escaped, text) < 0) {
		(void)buf_fail(out, buf_error(&escaped));
		return;
	}
	if (escaped.len <= columns) {
		(void)buf_puts(out, buf_str(&escaped));
		return;
	}
	size_t tail = (columns - strlen(ELLIPSIS)) / 2;
	size_t head = columns - strlen(ELLIPSIS) - tail;
	(void)buf_add(out, escaped.data, head);
	(void)buf_puts(out, ELLIPSIS);
	(void)buf_add(out, escaped.data + escaped.len - tail, tail);
}

static void add_text(struct buf *out, enum language language, const char *text)
{
	(void)buf_puts(out, message(language, text));
}

static void add_label(struct buf *out, enum language language, const char *label)
{
	const char *said = message(language, label);
	size_t columns = columns_of(said);

	(void)buf_printf(out, "  %s%*s", said,
		columns < LABEL_COLUMNS - 2 ? LABEL_COLUMNS - 2 - (int)columns : 1, "");
}

/* The columns of a format of two strings without those. */
static size_t columns_between(const char *format)
{
	size_t conversions = strchr(format, '$') ? strlen("%1$s%2$s") : strlen("%s%s");

	return columns_of(format) - conversions;
}

/* The service, and the machine. Both are ASCII by now. */
static void add_for(struct buf *out, const struct prompt_facts *facts)
{
	const char *format = message(facts->language, "%s on %s");
	size_t room = PROMPT_COLUMNS - LABEL_COLUMNS - SERVICE_COLUMNS - columns_between(format);
	BUF_AUTO(service, PROMPT_MAX);
	BUF_AUTO(host, PROMPT_MAX);

	add_clipped(&service, facts->service, SERVICE_COLUMNS);
	add_clipped(&host, facts->host, room);
	if (buf_error(&service) < 0 || buf_error(&host) < 0)
		(void)buf_fail(
			out, buf_error(&service) < 0 ? buf_error(&service) : buf_error(&host));
	else
		(void)buf_printf(out, message(facts->language, "%s on %s"), buf_str(&service),
			buf_str(&host));
}

static void add_who(struct buf *out, const struct prompt_facts *facts)
{
	const size_t columns = PROMPT_COLUMNS - LABEL_COLUMNS;
	enum language language = facts->language;

	add_text(out, language, "Single sign-on");
	(void)buf_puts(out, "\n\n");
	add_label(out, language, "User");
	add_clipped(out, facts->user, columns);
	(void)buf_puts(out, "\n");
	add_label(out, language, "For");
	add_for(out, facts);
	(void)buf_puts(out, "\n");
	if (facts->client && *facts->client) {
		add_label(out, language, "From");
		add_clipped(out, facts->client, columns);
		(void)buf_puts(out, "\n");
	}
}

static void add_uri(struct buf *out, enum language language, const char *uri)
{
	/* Room for the label is given up before a link is broken. */
	if (strlen(uri) <= PROMPT_COLUMNS - LABEL_COLUMNS)
		add_label(out, language, "Link");
	(void)escape_add(out, uri);
	(void)buf_puts(out, "\n");
}

/* What is to be done with the link. */
static const char *instruction(const struct offer *offer)
{
	if (offer->flow == FLOW_CODE)
		return MESSAGE("Otherwise open the link in a browser and sign in:");
	if (strstr(offer->uri, offer->code))
		return MESSAGE("Otherwise open the link on any device, compare the code, and sign "
			       "in:");
	return MESSAGE("Otherwise open the link on any device, enter the code, and sign in:");
}

static void add_link(struct buf *out, enum language language, const struct offer *offer)
{
	(void)buf_puts(out, "\n");
	add_text(out, language, "If you did not start this sign-in yourself, do not approve it.");
	(void)buf_puts(out, "\n");
	(void)buf_puts(out, message(language, instruction(offer)));
	(void)buf_puts(out, "\n\n");
	add_uri(out, language, offer->uri);
	if (offer->flow != FLOW_CODE) {
		add_label(out, language, "Code");
		(void)escape_add(out, offer->code);
		(void)buf_puts(out, "\n");
	}
	(void)buf_puts(out, "\n");
}

static void add_qr(struct buf *out, const struct record *qr)
{
	for (size_t i = 0; i < record_count(qr, "qr"); i++) {
		(void)buf_puts(out, record_nth(qr, "qr", i));
		(void)buf_puts(out, "\n");
	}
	(void)buf_puts(out, "\n");
}

enum { DURATION_MAX = 64 };

/* In words, never more than is left. */
static const char *duration(enum language language, int64_t seconds, char ret[DURATION_MAX])
{
	bool minutes = seconds >= 120;
	long long n = minutes ? seconds / 60 : seconds;
	unsigned long long counted = (unsigned long long)n;

	if (minutes)
		(void)snprintf(ret, DURATION_MAX,
			message_plural(language, "%lld minute", "%lld minutes", counted), n);
	else
		(void)snprintf(ret, DURATION_MAX,
			message_plural(language, "%lld second", "%lld seconds", counted), n);
	return ret;
}

static void add_device_end(struct buf *out, const struct prompt_facts *facts)
{
	enum language language = facts->language;
	char time[DURATION_MAX];
	BUF_AUTO(code, PROMPT_MAX);

	(void)buf_printf(out, message(language, "The code is good for %s.\n"),
		duration(language, facts->seconds, time));
	if (escape_add(&code, facts->offer->code) < 0)
		(void)buf_fail(out, buf_error(&code));
	else if (facts->enter)
		(void)buf_printf(out,
			message(language, "Press Enter once you have approved code %s: "),
			buf_str(&code));
	else
		(void)buf_printf(out, message(language, "Waiting for your approval of code %s ..."),
			buf_str(&code));
}

/* What is to be done at this prompt. */
static void add_question(struct buf *out, enum language language, enum answer_place place)
{
	static const char *const texts[] = {
		[ANSWER_ON_PAGE] = MESSAGE(
			"Then paste here, and nowhere else, what the browser shows: "),
		[ANSWER_IN_ADDRESS] = MESSAGE("The browser ends on a page that it cannot open. "
					      "Paste the whole address of\n"
					      "that page here, and nowhere else: "),
		[ANSWER_COMES] = MESSAGE(
			"Just press Enter once the browser says that it is done. If it ends on a "
			"page\n"
			"that it cannot open, paste the whole address of that page here: "),
	};

	(void)buf_puts(out, message(language, texts[place]));
}

static void add_code_end(struct buf *out, const struct prompt_facts *facts)
{
	enum language language = facts->language;
	char seconds[DURATION_MAX], left[DURATION_MAX];

	(void)duration(language, facts->seconds, seconds);
	(void)duration(language, facts->left, left);
	/* Once it is opened, there is time for the rest. */
	if (facts->seconds < facts->left)
		(void)buf_printf(out,
			message(language, "Open the link within %s. This sign-in ends in %s.\n"),
			seconds, left);
	else
		(void)buf_printf(out, message(language, "This sign-in ends in %s.\n"), left);
	add_question(out, language, facts->place);
}

int prompt_compose(const struct prompt_facts *facts, struct buf *out)
{
	add_who(out, facts);
	add_link(out, facts->language, facts->offer);
	if (facts->offer->qr)
		add_qr(out, facts->offer->qr);
	if (facts->offer->flow == FLOW_CODE)
		add_code_end(out, facts);
	else
		add_device_end(out, facts);
	return buf_error(out);
}

/* A page makes pieces that always fit; without one, the person has to. */
static void add_cut(struct buf *out, enum language language, enum answer_place place)
{
	if (place == ANSWER_ON_PAGE)
		add_text(out, language,
			"That is not all of it: a terminal takes only so much of one line. Copy "
			"what\n"
			"the page itself shows instead of its address, and where it shows parts, "
			"each.\n"
			"Paste it here, and nowhere else: ");
	else
		add_text(out, language,
			"That is not all of it: a terminal takes only so much of one line. Paste "
			"the\n"
			"address in pieces of at most 500 letters, numbered: 1/2: and the first, "
			"then\n"
			"2/2: and the second. The first piece, here and nowhere else: ");
}

int prompt_again(enum language language, enum note note, unsigned int part, enum answer_place place,
	struct buf *out)
{
	switch (note) {
	case NOTE_PART:
		(void)buf_printf(out, message(language, "Paste part %u here: "), part);
		break;
	case NOTE_WRONG: add_text(out, language, "That was not the answer to this sign-in."); break;
	case NOTE_EMPTY: add_text(out, language, "There was nothing in that line."); break;
	case NOTE_CUT: add_cut(out, language, place); break;
	case NOTE_NONE: break;
	}
	if (note == NOTE_WRONG || note == NOTE_EMPTY) {
		(void)buf_puts(out, "\n");
		add_question(out, language, place);
	}
	return buf_error(out);
}
