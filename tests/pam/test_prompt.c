/* offer and prompt: what is judged fit to be shown, and the text that comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "prompt.h"
#include "wire.h"

#define LINK  "https://idp.example/device"
#define CODE  "WDJB-MJHT"
#define FULL  "\u2588"
#define UPPER "\u2580"
#define LOWER "\u2584"

static struct record *record_of(const char *bytes)
{
	struct record *record = NULL;

	assert_true(record_parse(bytes, strlen(bytes), wire_event, &record) > 0);
	return record;
}

#define PROMPT(URI, CODE_LINE, EXPIRES, QR)                                                        \
	"event=prompt\nverification_uri=" URI "\n" CODE_LINE "expires_in=" EXPIRES "\n" QR "\n"
#define GOOD "user_code=" CODE "\n"

static void judges_what_the_worker_offers(void **state)
{
	static const struct {
		const char *record;
		bool fit;
	} rows[] = {
		{PROMPT(LINK, GOOD, "300", ""), true},
		{PROMPT(LINK "?user_code=" CODE "#x@y", GOOD, "1", ""), true},
		{PROMPT("http://idp.example/device", GOOD, "300", ""), false},
		{PROMPT("HTTPS://idp.example/device", GOOD, "300", ""), false},
		{PROMPT("https://", GOOD, "300", ""), false},
		{PROMPT("https:///device", GOOD, "300", ""), false},
		{PROMPT("https://idp.example@evil.example/", GOOD, "300", ""), false},
		{PROMPT("https://idp.example/a b", GOOD, "300", ""), false},
		{PROMPT("https://idp.example/\\x1b", GOOD, "300", ""), false},
		{PROMPT("https://idp.example/\u202e", GOOD, "300", ""), false},
		{PROMPT("javascript:alert(1)", GOOD, "300", ""), false},
		{PROMPT("", GOOD, "300", ""), false},
		{PROMPT(LINK, "", "300", ""), false},
		{PROMPT(LINK, "user_code=\n", "300", ""), false},
		{PROMPT(LINK, "user_code=01234567890123456789012345678901234567890\n", "300", ""),
			false},
		{PROMPT(LINK, GOOD, "0", ""), false},
		{PROMPT(LINK, GOOD, "-1", ""), false},
		{PROMPT(LINK, GOOD, "soon", ""), false},
		{PROMPT(LINK, GOOD, "99999999999999999999", ""), false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		RECORD_AUTO(record);
		struct offer offer;

		record = record_of(rows[i].record);
		assert_int_equal(offer_read(record, FLOW_DEVICE, &offer),
			rows[i].fit ? REASON_OK : REASON_WORKER);
	}
}

#define REQUEST(URI, MORE)                                                                         \
	"event=prompt\nflow=code\nauthorization_uri=" URI "\nexpires_in=9\n" MORE "\n"

static void judges_what_the_code_flow_offers(void **state)
{
	static const struct {
		const char *record;
		enum flow flow; /* of the configuration */
		bool fit, listening;
	} rows[] = {
		{REQUEST(LINK "?a=b&c=%20#d", ""), FLOW_CODE, true, false},
		{REQUEST(LINK, ""), FLOW_AUTO, true, false},
		{REQUEST(LINK, "listening=yes\n"), FLOW_CODE, true, true},
		{REQUEST(LINK, "listening=no\n"), FLOW_CODE, true, false},
		/* the configuration decides which flow it is */
		{REQUEST(LINK, ""), FLOW_DEVICE, false, false},
		{PROMPT(LINK, GOOD, "300", ""), FLOW_CODE, false, false},
		{PROMPT(LINK, GOOD, "300", "flow=device\n"), FLOW_CODE, false, false},
		{PROMPT(LINK, GOOD, "300", ""), FLOW_AUTO, true, false},
		{PROMPT(LINK, GOOD, "300", "listening=yes\n"), FLOW_AUTO, true, false},
		/* a link of its own, and no code */
		{REQUEST(LINK, GOOD), FLOW_CODE, false, false},
		{PROMPT(LINK, "", "300", "flow=code\n"), FLOW_CODE, false, false},
		{REQUEST("http://idp.example/a", ""), FLOW_CODE, false, false},
		{REQUEST("https://alice@idp.example/a", ""), FLOW_CODE, false, false},
		{REQUEST("https://idp.example/a b", ""), FLOW_CODE, false, false},
		{REQUEST("https://idp.example/\xc3\xbc", ""), FLOW_CODE, false, false},
		{REQUEST("https://idp.example/\\", ""), FLOW_CODE, false, false},
		{REQUEST("", ""), FLOW_CODE, false, false},
		{"event=prompt\nflow=code\nauthorization_uri=" LINK "\n\n", FLOW_CODE, false,
			false},
		{"event=prompt\nflow=code\nauthorization_uri=" LINK "\nexpires_in=0\n\n", FLOW_CODE,
			false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		RECORD_AUTO(record);
		struct offer offer = {.listening = true};

		record = record_of(rows[i].record);
		enum reason reason = offer_read(record, rows[i].flow, &offer);
		if (reason != (rows[i].fit ? REASON_OK : REASON_WORKER))
			fail_msg("row %zu: %s", i, reason_name(reason));
		if (rows[i].fit && offer.listening != rows[i].listening)
			fail_msg("row %zu: listening", i);
	}
}

static void a_request_may_be_long_but_not_endless(void **state)
{
	static const struct {
		size_t len;
		bool fit;
	} rows[] = {{OFFER_REQUEST_MAX, true}, {OFFER_REQUEST_MAX + 1, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		BUF_AUTO(text, RECORD_MAX);
		RECORD_AUTO(record);
		struct offer offer;

		buf_puts(&text, "event=prompt\nflow=code\nexpires_in=9\nauthorization_uri=" LINK);
		for (size_t len = strlen(LINK); len < rows[i].len; len++)
			buf_puts(&text, "a");
		buf_puts(&text, "\n\n");
		record = record_of(buf_str(&text));
		assert_int_equal(offer_read(record, FLOW_CODE, &offer),
			rows[i].fit ? REASON_OK : REASON_WORKER);
	}
}

static void a_qr_code_is_blocks_or_nothing(void **state)
{
	static const struct {
		const char *lines;
		bool shown;
	} rows[] = {
		{"", false},
		{"qr=" FULL UPPER LOWER "\nqr=" FULL "  \n", true},
		{"qr=" FULL UPPER "\nqr=" FULL "\n", false},
		{"qr=\n", false},
		{"qr=" FULL "x\n", false},
		{"qr=" FULL "\xe2\n", false},
		{"qr=" FULL "\u202e\n", false},
		{"qr=" FULL "\nqr=" FULL "\n", false},
		{"qr=#############\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		RECORD_AUTO(record);
		struct offer offer;
		char text[512];

		snprintf(text, sizeof(text),
			"event=prompt\nverification_uri=" LINK "\n" GOOD "expires_in=9\n%s\n",
			rows[i].lines);
		record = record_of(text);
		assert_int_equal(offer_read(record, FLOW_DEVICE, &offer), REASON_OK);
		assert_int_equal(offer.qr != NULL, rows[i].shown);
	}
}

static void a_wide_qr_code_is_left_out(void **state)
{
	BUF_AUTO(text, 4096);
	RECORD_AUTO(record);
	struct offer offer;

	(void)state;
	buf_puts(&text, "event=prompt\nverification_uri=" LINK "\n" GOOD "expires_in=9\nqr=");
	for (int i = 0; i < OFFER_QR_MAX + 1; i++)
		buf_puts(&text, FULL);
	buf_puts(&text, "\n\n");
	record = record_of(buf_str(&text));
	assert_int_equal(offer_read(record, FLOW_DEVICE, &offer), REASON_OK);
	assert_null(offer.qr);
}

static void compose(const struct prompt_facts *facts, const char *record_text, char out[16384])
{
	RECORD_AUTO(record);
	BUF_AUTO(text, PROMPT_MAX);
	struct offer offer;
	struct prompt_facts whole = *facts;

	record = record_of(record_text);
	assert_int_equal(offer_read(record, FLOW_AUTO, &offer), REASON_OK);
	whole.offer = &offer;
	assert_int_equal(prompt_compose(&whole, &text), 0);
	snprintf(out, 16384, "%s", buf_str(&text));
}

static const struct prompt_facts by_ssh = {
	.user = "alice",
	.service = "sshd",
	.host = "web1.example.com",
	.client = "203.0.113.7",
	.seconds = 110,
	.left = 110,
	.enter = true,
};

static void the_whole_text_under_sshd(void **state)
{
	char text[16384];

	(void)state;
	compose(&by_ssh, PROMPT(LINK, GOOD, "300", "qr=" FULL UPPER "\nqr=" LOWER " \n"), text);
	assert_string_equal(text,
		"Single sign-on\n"
		"\n"
		"  User     alice\n"
		"  For      sshd on web1.example.com\n"
		"  From     203.0.113.7\n"
		"\n"
		"If you did not start this sign-in yourself, do not approve it.\n"
		"Otherwise open the link on any device, enter the code, and sign in:\n"
		"\n"
		"  Link     " LINK "\n"
		"  Code     " CODE "\n"
		"\n" FULL UPPER "\n" LOWER " \n"
		"\n"
		"The code is good for 110 seconds.\n"
		"Press Enter once you have approved code " CODE ": ");
}

static void the_whole_text_under_sudo(void **state)
{
	const struct prompt_facts facts = {
		.user = "alice", .service = "sudo", .host = "web1", .seconds = 301};
	char text[16384];

	(void)state;
	compose(&facts, PROMPT(LINK "?user_code=" CODE, GOOD, "600", ""), text);
	assert_string_equal(text,
		"Single sign-on\n"
		"\n"
		"  User     alice\n"
		"  For      sudo on web1\n"
		"\n"
		"If you did not start this sign-in yourself, do not approve it.\n"
		"Otherwise open the link on any device, compare the code, and sign in:\n"
		"\n"
		"  Link     " LINK "?user_code=" CODE "\n"
		"  Code     " CODE "\n"
		"\n"
		"The code is good for 5 minutes.\n"
		"Waiting for your approval of code " CODE " ...");
}

#define CODE_FLOW_UP_TO_LINK                                                                       \
	"Single sign-on\n"                                                                         \
	"\n"                                                                                       \
	"  User     alice\n"                                                                       \
	"  For      sshd on web1.example.com\n"                                                    \
	"  From     203.0.113.7\n"                                                                 \
	"\n"                                                                                       \
	"If you did not start this sign-in yourself, do not approve it.\n"                         \
	"Otherwise open the link in a browser and sign in:\n"                                      \
	"\n"

static void the_whole_text_of_the_code_flow(void **state)
{
	static const struct {
		enum answer_place place;
		int64_t left;
		const char *times, *question;
	} rows[] = {
		{ANSWER_ON_PAGE, 110, "This sign-in ends in 110 seconds.\n",
			"Then paste here, and nowhere else, what the browser shows: "},
		/* a pushed request has to be opened before; what comes back may come later */
		{ANSWER_ON_PAGE, 300,
			"Open the link within 110 seconds. This sign-in ends in 5 minutes.\n",
			"Then paste here, and nowhere else, what the browser shows: "},
		{ANSWER_IN_ADDRESS, 110, "This sign-in ends in 110 seconds.\n",
			"The browser ends on a page that it cannot open. Paste the whole address "
			"of\n"
			"that page here, and nowhere else: "},
		{ANSWER_COMES, 110, "This sign-in ends in 110 seconds.\n",
			"Just press Enter once the browser says that it is done. If it ends on a "
			"page\n"
			"that it cannot open, paste the whole address of that page here: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prompt_facts facts = by_ssh;
		char text[16384], wanted[2048];

		facts.place = rows[i].place;
		facts.left = rows[i].left;
		compose(&facts, REQUEST(LINK "?state=s", "qr=" FULL UPPER "\n"), text);
		snprintf(wanted, sizeof(wanted),
			CODE_FLOW_UP_TO_LINK "  Link     " LINK "?state=s\n"
					     "\n" FULL UPPER "\n"
					     "\n"
					     "%s%s",
			rows[i].times, rows[i].question);
		assert_string_equal(text, wanted);
	}
}

static void a_long_request_is_one_line(void **state)
{
	BUF_AUTO(record, RECORD_MAX);
	char text[16384];

	(void)state;
	buf_puts(&record, "event=prompt\nflow=code\nexpires_in=9\nauthorization_uri=" LINK "?");
	for (size_t len = strlen(LINK "?"); len < OFFER_REQUEST_MAX; len++)
		buf_puts(&record, "a");
	buf_puts(&record, "\n\n");
	compose(&by_ssh, buf_str(&record), text);
	const char *link = strstr(text, "\n" LINK);
	assert_non_null(link);
	assert_int_equal(strcspn(link + 1, "\n"), OFFER_REQUEST_MAX);
}

/* Why it is asked for again stands before what is asked for. */
static void the_text_of_another_prompt(void **state)
{
	static const struct {
		enum note note;
		enum answer_place place;
		const char *text;
	} rows[] = {
		{NOTE_PART, ANSWER_ON_PAGE, "Paste part 3 here: "},
		{NOTE_WRONG, ANSWER_ON_PAGE,
			"That was not the answer to this sign-in.\n"
			"Then paste here, and nowhere else, what the browser shows: "},
		{NOTE_EMPTY, ANSWER_ON_PAGE,
			"There was nothing in that line.\n"
			"Then paste here, and nowhere else, what the browser shows: "},
		{NOTE_CUT, ANSWER_ON_PAGE,
			"That is not all of it: a terminal takes only so much of one line. Copy "
			"what\n"
			"the page itself shows instead of its address, and where it shows parts, "
			"each.\n"
			"Paste it here, and nowhere else: "},
		{NOTE_CUT, ANSWER_IN_ADDRESS,
			"That is not all of it: a terminal takes only so much of one line. Paste "
			"the\n"
			"address in pieces of at most 500 letters, numbered: 1/2: and the first, "
			"then\n"
			"2/2: and the second. The first piece, here and nowhere else: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		BUF_AUTO(text, PROMPT_MAX);

		assert_int_equal(
			prompt_again(LANGUAGE_EN, rows[i].note, 3, rows[i].place, &text), 0);
		assert_string_equal(buf_str(&text), rows[i].text);
		for (const char *line = rows[i].text; line; line = strchr(line, '\n'))
			assert_in_range(strcspn(++line, "\n"), 0, PROMPT_COLUMNS);
	}
}

/* The columns of the longest line, the link's left out. */
static size_t widest_line(const char *text)
{
	size_t widest = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n");

		if (!memmem(line, len, "https://", 8) && len > widest)
			widest = len;
		if (!line[len])
			break;
	}
	return widest;
}

static void long_values_keep_the_layout(void **state)
{
	char name[254], uri[OFFER_URI_MAX + 1], record[1024], text[16384];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	const struct prompt_facts facts = {.user = name,
		.service = name,
		.host = name,
		.client = name,
		.seconds = 1,
		.enter = true};
	memset(uri, 'u', OFFER_URI_MAX);
	memcpy(uri, "https://idp.example/", 20);
	uri[OFFER_URI_MAX] = '\0';
	snprintf(record, sizeof(record),
		"event=prompt\nverification_uri=%s\n" GOOD "expires_in=9\n\n", uri);
	compose(&facts, record, text);
	assert_in_range(widest_line(text), 1, PROMPT_COLUMNS);
	const char *line = strstr(text, uri);
	assert_non_null(line);
	assert_int_equal(line[-1], '\n');
	assert_int_equal(line[OFFER_URI_MAX], '\n');
	assert_non_null(strstr(text, "good for 1 second.\n"));
}

static void text_from_outside_is_escaped(void **state)
{
	const struct prompt_facts facts = {.user = "al\x1b]52;c;AA\x07ice",
		.service = "sshd\r",
		.host = "h\nost",
		.client = "\u202eevil",
		.seconds = 9};
	char text[16384];

	(void)state;
	compose(&facts, PROMPT(LINK, "user_code=A\u202eB\n", "9", ""), text);
	for (const char *at = text; *at; at++)
		assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
	assert_non_null(strstr(text, "al\\x1b]52;c;AA\\x07ice\n"));
	assert_non_null(strstr(text, "sshd\\x0d on h\\x0aost\n"));
	assert_non_null(strstr(text, "\\xe2\\x80\\xaeevil\n"));
	assert_non_null(strstr(text, "code A\\xe2\\x80\\xaeB ..."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_what_the_worker_offers),
		cmocka_unit_test(judges_what_the_code_flow_offers),
		cmocka_unit_test(a_request_may_be_long_but_not_endless),
		cmocka_unit_test(a_qr_code_is_blocks_or_nothing),
		cmocka_unit_test(a_wide_qr_code_is_left_out),
		cmocka_unit_test(the_whole_text_under_sshd),
		cmocka_unit_test(the_whole_text_under_sudo),
		cmocka_unit_test(the_whole_text_of_the_code_flow),
		cmocka_unit_test(a_long_request_is_one_line),
		cmocka_unit_test(the_text_of_another_prompt),
		cmocka_unit_test(long_values_keep_the_layout),
		cmocka_unit_test(text_from_outside_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
