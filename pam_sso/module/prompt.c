#include "prompt.h"

#include <string.h>

#include "escape.h"

enum { LABEL_COLUMNS = 11, ESCAPED_MAX = 16 * 1024 };

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

static void add_label(struct buf *out, const char *label)
{
	(void)buf_printf(out, "  %-*s", LABEL_COLUMNS - 2, label);
}

static void add_who(struct buf *out, const struct prompt_facts *facts)
{
	const size_t columns = PROMPT_COLUMNS - LABEL_COLUMNS;

	(void)buf_puts(out, "Single sign-on\n\n");
	add_label(out, "User");
	add_clipped(out, facts->user, columns);
	(void)buf_puts(out, "\n");
	add_label(out, "For");
	add_clipped(out, facts->service, 16);
	(void)buf_puts(out, " on ");
	add_clipped(out, facts->host, columns - 16 - strlen(" on "));
	(void)buf_puts(out, "\n");
	if (facts->client && *facts->client) {
		add_label(out, "From");
		add_clipped(out, facts->client, columns);
		(void)buf_puts(out, "\n");
	}
}

static void add_uri(struct buf *out, const char *uri)
{
	/* Room for the label is given up before a link is broken. */
	if (strlen(uri) <= PROMPT_COLUMNS - LABEL_COLUMNS)
		add_label(out, "Link");
	(void)escape_add(out, uri);
	(void)buf_puts(out, "\n");
}

static void add_link(struct buf *out, const struct offer *offer)
{
	(void)buf_puts(out, "\nIf you did not start this sign-in yourself, do not approve it.\n");
	if (offer->flow == FLOW_CODE) {
		(void)buf_puts(out, "Otherwise open the link in a browser and sign in:\n\n");
		add_uri(out, offer->uri);
		(void)buf_puts(out, "\n");
		return;
	}
	(void)buf_printf(out,
		"Otherwise open the link on any device, %s the code, and sign in:\n\n",
		strstr(offer->uri, offer->code) ? "compare" : "enter");
	add_uri(out, offer->uri);
	add_label(out, "Code");
	(void)escape_add(out, offer->code);
	(void)buf_puts(out, "\n\n");
}

static void add_qr(struct buf *out, const struct record *qr)
{
	for (size_t i = 0; i < record_count(qr, "qr"); i++) {
		(void)buf_puts(out, record_nth(qr, "qr", i));
		(void)buf_puts(out, "\n");
	}
	(void)buf_puts(out, "\n");
}

/* In words, never more than is left. */
static void add_duration(struct buf *out, int64_t seconds)
{
	bool minutes = seconds >= 120;
	int64_t number = minutes ? seconds / 60 : seconds;

	(void)buf_printf(out, "%lld %s%s", (long long)number, minutes ? "minute" : "second",
		number == 1 ? "" : "s");
}

static void add_device_end(struct buf *out, const struct prompt_facts *facts)
{
	(void)buf_puts(out, "The code is good for ");
	add_duration(out, facts->seconds);
	(void)buf_puts(out, facts->enter ? ".\nPress Enter once you have approved code "
					 : ".\nWaiting for your approval of code ");
	(void)escape_add(out, facts->offer->code);
	(void)buf_puts(out, facts->enter ? ": " : " ...");
}

/* What is to be done at this prompt. */
static void add_question(struct buf *out, enum answer_place place)
{
	static const char *const texts[] = {
		[ANSWER_ON_PAGE] = "Then paste here, and nowhere else, what the browser shows: ",
		[ANSWER_IN_ADDRESS] = "The browser ends on a page that it cannot open. Paste the "
				      "whole address of\n"
				      "that page here, and nowhere else: ",
		[ANSWER_COMES] = "Just press Enter once the browser says that it is done. If it "
				 "ends on a page\n"
				 "that it cannot open, paste the whole address of that page here: ",
	};

	(void)buf_puts(out, texts[place]);
}

static void add_code_end(struct buf *out, const struct prompt_facts *facts)
{
	/* Once it is opened, there is time for the rest. */
	if (facts->seconds < facts->left) {
		(void)buf_puts(out, "Open the link within ");
		add_duration(out, facts->seconds);
		(void)buf_puts(out, ". ");
	}
	(void)buf_puts(out, "This sign-in ends in ");
	add_duration(out, facts->left);
	(void)buf_puts(out, ".\n");
	add_question(out, facts->place);
}

int prompt_compose(const struct prompt_facts *facts, struct buf *out)
{
	add_who(out, facts);
	add_link(out, facts->offer);
	if (facts->offer->qr)
		add_qr(out, facts->offer->qr);
	if (facts->offer->flow == FLOW_CODE)
		add_code_end(out, facts);
	else
		add_device_end(out, facts);
	return buf_error(out);
}

/* A page makes pieces that always fit; without one, the person has to. */
static void add_cut(struct buf *out, enum answer_place place)
{
	(void)buf_puts(out, "That is not all of it: a terminal takes only so much of one line. ");
	(void)buf_puts(out,
		place == ANSWER_ON_PAGE
			? "Copy what\nthe page itself shows instead of its address, and where it "
			  "shows parts, each.\n"
			  "Paste it here, and nowhere else: "
			: "Paste the\naddress in pieces of at most 500 letters, numbered: 1/2: and "
			  "the first, "
			  "then\n2/2: and the second. The first piece, here and nowhere else: ");
}

int prompt_again(enum note note, unsigned int part, enum answer_place place, struct buf *out)
{
	switch (note) {
	case NOTE_PART: (void)buf_printf(out, "Paste part %u here: ", part); break;
	case NOTE_WRONG: (void)buf_puts(out, "That was not the answer to this sign-in.\n"); break;
	case NOTE_EMPTY: (void)buf_puts(out, "There was nothing in that line.\n"); break;
	case NOTE_CUT: add_cut(out, place); break;
	case NOTE_NONE: break;
	}
	if (note == NOTE_WRONG || note == NOTE_EMPTY)
		add_question(out, place);
	return buf_error(out);
}
