/* The authorization code flow: what is asked, what is sent on, and what comes of it. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stage.h"

#define PAGE    "https://login.example/callback.html"
#define ADDRESS "http://127.0.0.1/pam_sso"
#define REQUEST STAGE_ISSUER "/authorize?response_type=code"

#define CODE_PAGE    "flow = code\nredirect_uri = " PAGE "\n"
#define CODE_ADDRESS "flow = code\nredirect_uri = " ADDRESS "\n"

#define SAY_LINK(SECONDS, MORE)                                                                    \
	"request\nsay event=prompt\nsay flow=code\nsay authorization_uri=" REQUEST                 \
	"\nsay expires_in=" SECONDS "\n" MORE "say\n"
#define ASK        SAY_LINK("300", "")
#define ASK_PUSHED SAY_LINK("7", "")
#define ASK_LISTEN SAY_LINK("300", "say listening=yes\n")
#define WRONG      "say event=again\nsay reason=answer\nsay detail=told\nsay left=2\nsay\n"
/* In one piece: the second would come too late otherwise. */
#define TWICE   "raw event=again\\x0areason=answer\\x0a\\x0aevent=again\\x0areason=answer\\x0a\\x0a\n"
#define PART(N) "say event=again\nsay part=" N "\nsay\n"
#define DONE    SAY_OK("alice") "exit 42\n"

#define CANARY "code=Yc4narY&state=s"

#define BY_SSH                                                                                     \
	.service = "sshd", .tty = "ssh", .rhost = "203.0.113.7",                                   \
	.environment = {"SSH_CONNECTION=203.0.113.7 50000 192.0.2.2 22"}
#define TYPED(...) .talk = TALK_LINES, .lines = {__VA_ARGS__}

#define PASTE_QUESTION "Then paste here, and nowhere else, what the browser shows: "

struct play {
	const char *config;
	const char *transcript;
	struct scene scene;
	int code;
	const char *logged;
	unsigned int prompts;
	const char *shown; /* the end of what was shown before any reason; NULL: not looked at */
};

static void run(struct stage *stage, const struct play *plays, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct play *play = &plays[i];

		stage_configure(stage, play->config);
		stage_transcript(stage, play->transcript);
		int code = stage_authenticate(stage, &play->scene);
		if (code != play->code || !stage_logged(play->logged))
			fail_msg("row %zu: code %d, wanted %d and \"%s\"\nlog:\n%s", i, code,
				play->code, play->logged, stage_log());
		if (stage->prompts != play->prompts)
			fail_msg("row %zu: %u prompts\n%s", i, stage->prompts, stage->shown);
		if (play->shown && !strstr(stage->shown, play->shown))
			fail_msg("row %zu: shown:\n%s", i, stage->shown);
		if (strstr(stage->shown, "told") || stage_logged("Yc4narY"))
			fail_msg("row %zu: leaks\n%s\n%s", i, stage->shown, stage_log());
	}
}

#define RUN(STATE, PLAYS) run(*(STATE), (PLAYS), sizeof(PLAYS) / sizeof((PLAYS)[0]))

static void the_answer_is_asked_for_and_sent_on(void **state)
{
	static const struct play plays[] = {
		{CODE_PAGE, ASK "paste\nexpect text=" CANARY "\n" DONE, {BY_SSH, TYPED(CANARY)},
			PAM_SUCCESS,
			"event=prompt user=alice service=sshd rhost=203.0.113.7 tty=ssh flow=code "
			"show=prompt qr=no",
			1, PASTE_QUESTION},
		/* wherever a device link would be shown as text */
		{CODE_PAGE, ASK "paste\nexpect text=" CANARY "\n" DONE,
			{.service = "su", TYPED(CANARY)}, PAM_SUCCESS, "flow=code seconds", 1,
			PASTE_QUESTION},
		{CODE_PAGE, ASK "paste\nexpect text=" CANARY "\n" DONE,
			{.service = "sudo", .flags = PAM_SILENT, TYPED(CANARY)}, PAM_SUCCESS,
			"reason=ok", 1, NULL},
		{CODE_PAGE "[prompt]\nshow = text\n", ASK "paste\n" DONE, {BY_SSH, TYPED(CANARY)},
			PAM_SUCCESS, "show=prompt", 1, NULL},
		/* without a page, the address bar has it */
		{CODE_ADDRESS "[prompt]\nloopback = no\n",
			ASK "paste\nexpect text=" ADDRESS "?" CANARY "\n" DONE,
			{.service = "login", TYPED(ADDRESS "?" CANARY)}, PAM_SUCCESS, "reason=ok",
			1, "ends on a page that it cannot open"},
		/* how long there is for it; a pushed request has to be opened before */
		{CODE_PAGE, ASK "paste\n" DONE, {BY_SSH, TYPED(CANARY)}, PAM_SUCCESS, "reason=ok",
			1, "\n\nThis sign-in ends in "},
		{CODE_PAGE, ASK_PUSHED "paste\n" DONE, {BY_SSH, TYPED(CANARY)}, PAM_SUCCESS,
			"reason=ok", 1, "Open the link within 7 seconds. This sign-in ends in "},
		/* what broken lines leave */
		{CODE_PAGE, ASK "paste\nexpect text=code=a&state=s\n" DONE,
			{BY_SSH, TYPED("code=a&\tstate=s\r")}, PAM_SUCCESS, "reason=ok", 1, NULL},
		/* either flow */
		{"flow = auto\nredirect_uri = " PAGE "\n", ASK "paste\n" DONE,
			{BY_SSH, TYPED(CANARY)}, PAM_SUCCESS, "flow=code", 1, PASTE_QUESTION},
		{"flow = auto\nredirect_uri = " PAGE "\n", APPROVE, {BY_SSH}, PAM_SUCCESS,
			"flow=device", 1, "approved code " STAGE_CODE},
	};

	RUN(state, plays);
}

static void it_is_asked_for_again(void **state)
{
	static const struct play plays[] = {
		{CODE_PAGE, ASK "paste\n" WRONG "paste\nexpect text=" CANARY "\n" DONE,
			{BY_SSH, TYPED("hunter2", CANARY)}, PAM_SUCCESS, "reason=ok", 2,
			"That was not the answer to this sign-in.\n" PASTE_QUESTION},
		{CODE_PAGE,
			ASK "paste\nexpect text=1/2:code=Yc4\n" PART(
				"2") "paste\nexpect text=2/2:narY&state=s\n" DONE,
			{.service = "su", TYPED("1/2:code=Yc4", "2/2:narY&state=s")}, PAM_SUCCESS,
			"reason=ok", 2, "Paste part 2 here: "},
		/* what the worker is not told */
		{CODE_PAGE, ASK "paste\nexpect text=" CANARY "\n" DONE, {BY_SSH, TYPED("", CANARY)},
			PAM_SUCCESS, "reason=ok", 2,
			"There was nothing in that line.\n" PASTE_QUESTION},
		{CODE_PAGE, ASK "paste\nexpect text=" CANARY "\n" DONE,
			{BY_SSH, TYPED("\x1bOA" CANARY, CANARY)}, PAM_SUCCESS, "reason=ok", 2,
			"That was not the answer to this sign-in.\n"},
		{CODE_PAGE, ASK "paste\nexpect text=" CANARY "\n" DONE,
			{BY_SSH, TYPED(PAGE "?code=Yc4narY&sta", CANARY)}, PAM_SUCCESS, "reason=ok",
			2, "only so much of one line. Copy what\n"},
		{CODE_ADDRESS "[prompt]\nloopback = no\n",
			ASK "paste\nexpect text=" CANARY "\n" DONE,
			{.service = "su", TYPED(ADDRESS "?code=Yc4narY&sta", CANARY)}, PAM_SUCCESS,
			"reason=ok", 2, "1/2: and the first"},
	};

	RUN(state, plays);
}

static void wrong_answers_are_bounded(void **state)
{
	static const struct play plays[] = {
		{CODE_PAGE,
			ASK "paste\n" WRONG "paste\n" WRONG
			    "paste\n" SAY_REASON("answer") "exit 0\n",
			{BY_SSH, TYPED("a", "b", "Yc4narY")}, PAM_AUTH_ERR, "reason=answer", 3,
			"That was not the answer to this sign-in.\n"},
		/* a worker that knows no end */
		{CODE_PAGE, ASK "paste\n" WRONG "paste\n" WRONG "paste\n" WRONG "linger\n",
			{BY_SSH, TYPED("a", "b", "Yc4narY", "d")}, PAM_AUTH_ERR, "reason=answer", 3,
			NULL},
		{CODE_PAGE,
			ASK "paste\n" PART("2") "paste\n" WRONG "paste\n" WRONG "paste\n" WRONG
						"linger\n",
			{BY_SSH, TYPED("1/2:Yc4narY", "b", "c", "d")}, PAM_AUTH_ERR,
			"reason=answer", 4, NULL},
		/* lines that it never hears of */
		{CODE_PAGE, ASK "linger\n", {BY_SSH, TYPED("\x01Yc4narY", PAGE "?Yc4narY", "")},
			PAM_AUTH_ERR, "reason=answer", 3, NULL},
		{CODE_PAGE, ASK "paste\n" WRONG "linger\n", {BY_SSH, TYPED("", "Yc4narY", "")},
			PAM_AUTH_ERR, "reason=answer", 3, NULL},
	};

	RUN(state, plays);
}

/* What an ssh client without a terminal answers, and a su without one. */
static void nobody_is_there(void **state)
{
	static const struct play plays[] = {
		{CODE_PAGE, ASK "linger\n", {BY_SSH, .talk = TALK_ENTER}, PAM_CONV_ERR,
			"reason=no-terminal", 3, NULL},
		{CODE_PAGE, ASK "linger\n", {.service = "su", .talk = TALK_ENTER}, PAM_CONV_ERR,
			"reason=no-terminal", 3, NULL},
		{CODE_PAGE, ASK "linger\n", {.service = "su", .talk = TALK_NO_TEXT}, PAM_CONV_ERR,
			"reason=no-conversation", 1, NULL},
		{CODE_PAGE, ASK "linger\n", {BY_SSH, .talk = TALK_NULL}, PAM_CONV_ERR,
			"reason=no-conversation", 1, NULL},
		{CODE_PAGE, ASK "linger\n", {BY_SSH, .talk = TALK_FAIL}, PAM_CONV_ERR,
			"reason=no-conversation", 1, NULL},
		{CODE_PAGE, ASK "linger\n", {BY_SSH, .talk = TALK_FAIL_WILD}, PAM_CONV_ERR,
			"reason=no-conversation", 1, NULL},
		{CODE_PAGE, ASK "linger\n", {BY_SSH, .talk = TALK_MISSING}, PAM_CONV_ERR,
			"reason=no-conversation", 0, NULL},
		{CODE_PAGE, ASK "linger\n", {BY_SSH, .talk = TALK_HUGE}, PAM_CONV_ERR,
			"reason=no-conversation", 1, NULL},
		/* sudo's fails for a line that is too long as well */
		{CODE_PAGE, ASK "linger\n", {.service = "sudo", .talk = TALK_FAIL}, PAM_CONV_ERR,
			"reason=no-conversation", 3, "only so much of one line"},
		{CODE_PAGE, ASK "linger\n", {.service = "sudo", .talk = TALK_MISSING}, PAM_CONV_ERR,
			"reason=no-conversation", 0, NULL},
	};

	RUN(state, plays);
}

static void the_browser_brings_it(void **state)
{
	static const struct play plays[] = {
		/* Enter, and the result is waited for */
		{CODE_ADDRESS, ASK_LISTEN "sleep 200\n" DONE, {.service = "su", .talk = TALK_ENTER},
			PAM_SUCCESS, "listening=yes", 1, "Just press Enter once the browser says"},
		{CODE_ADDRESS, ASK_LISTEN DONE, {.service = "sudo", .talk = TALK_ENTER},
			PAM_SUCCESS, "reason=ok", 1, NULL},
		{CODE_ADDRESS, ASK_LISTEN "sleep 200\n" SAY_REASON("access-denied") "exit 0\n",
			{.service = "su", .talk = TALK_ENTER}, PAM_PERM_DENIED,
			"reason=access-denied", 1, NULL},
		/* or it is pasted all the same */
		{CODE_ADDRESS, ASK_LISTEN "paste\nexpect text=" ADDRESS "?" CANARY "\n" DONE,
			{.service = "su", TYPED(ADDRESS "?" CANARY)}, PAM_SUCCESS, "reason=ok", 1,
			NULL},
		{CODE_ADDRESS, ASK_LISTEN "paste\n" WRONG "sleep 200\n" DONE,
			{.service = "su", TYPED("hunter2", "")}, PAM_SUCCESS, "reason=ok", 2, NULL},
	};

	RUN(state, plays);
}

static void let_the_worker_end(struct stage *stage)
{
	(void)stage;
	usleep(300 * 1000);
}

/* The first that is good counts, whatever was typed meanwhile; nothing more is asked for then. */
static void a_result_that_crosses_a_line(void **state)
{
	static const struct play plays[] = {
		{CODE_ADDRESS, ASK_LISTEN DONE,
			{.service = "su", .meanwhile = let_the_worker_end, TYPED(CANARY)},
			PAM_SUCCESS, "reason=ok", 1, NULL},
		{CODE_ADDRESS, ASK_LISTEN DONE,
			{.service = "su", .meanwhile = let_the_worker_end, TYPED("\x01")},
			PAM_SUCCESS, "reason=ok", 1, NULL},
		{CODE_PAGE, ASK SAY_REASON("expired") "exit 0\n",
			{BY_SSH, .meanwhile = let_the_worker_end, TYPED("")}, PAM_AUTH_ERR,
			"reason=expired", 1, NULL},
		{CODE_PAGE, ASK SAY_REASON("deadline") "exit 0\n",
			{BY_SSH, .meanwhile = let_the_worker_end, TYPED(CANARY)}, PAM_AUTH_ERR,
			"reason=deadline", 1, NULL},
		{CODE_PAGE, ASK "kill 9\n",
			{BY_SSH, .meanwhile = let_the_worker_end, TYPED(CANARY)},
			PAM_AUTHINFO_UNAVAIL, "reason=worker", 1, NULL},
	};

	RUN(state, plays);
}

static void let_hours_pass(struct stage *stage)
{
	(void)stage;
	stage_skip(3600);
}

static void an_answer_from_after_the_deadline(void **state)
{
	static const struct play plays[] = {
		{CODE_PAGE, ASK "paste\n" DONE,
			{BY_SSH, .meanwhile = let_hours_pass, TYPED(CANARY)}, PAM_AUTH_ERR,
			"reason=deadline", 1, NULL},
		{CODE_PAGE, ASK "linger\n", {BY_SSH, .meanwhile = let_hours_pass, TYPED("")},
			PAM_AUTH_ERR, "reason=deadline", 1, NULL},
		{CODE_ADDRESS, ASK_LISTEN "linger\n",
			{.service = "su", .meanwhile = let_hours_pass, TYPED("")}, PAM_AUTH_ERR,
			"reason=deadline", 1, NULL},
	};

	RUN(state, plays);
}

/* The worker is the one that talks with the network: what it says is no more than a claim. */
static void lies(void **state)
{
	static const struct play plays[] = {
		/* a weaker flow, or one that nobody chose */
		{CODE_PAGE, SAY_PROMPT "linger\n", {BY_SSH}, PAM_AUTHINFO_UNAVAIL,
			"detail=\"the worker's prompt is not fit to be shown\"", 0, NULL},
		{"", ASK "linger\n", {BY_SSH}, PAM_AUTHINFO_UNAVAIL, "not fit to be shown", 0,
			NULL},
		{CODE_PAGE,
			"request\nsay event=prompt\nsay flow=code\nsay "
			"authorization_uri=javascript:x\n"
			"say expires_in=9\nsay\nlinger\n",
			{BY_SSH}, PAM_AUTHINFO_UNAVAIL, "not fit to be shown", 0, NULL},
		/* asking again for what nobody pasted, or without a reason */
		{CODE_PAGE, ASK WRONG "paste\n" DONE,
			{BY_SSH, .meanwhile = let_the_worker_end, TYPED("")}, PAM_AUTHINFO_UNAVAIL,
			"what nobody pasted", 1, NULL},
		{"", SAY_PROMPT WRONG DONE, {BY_SSH}, PAM_AUTHINFO_UNAVAIL, "what nobody pasted", 1,
			NULL},
		{CODE_PAGE, ASK "paste\nsay event=again\nsay\n" DONE, {BY_SSH, TYPED(CANARY)},
			PAM_AUTHINFO_UNAVAIL, "does not say why", 1, NULL},
		{CODE_PAGE, ASK "paste\n" TWICE DONE, {BY_SSH, TYPED(CANARY)}, PAM_AUTHINFO_UNAVAIL,
			"what nobody pasted", 1, NULL},
		{CODE_PAGE, ASK "paste\n" PART("17") DONE, {BY_SSH, TYPED(CANARY)},
			PAM_AUTHINFO_UNAVAIL, "a part that no answer has", 1, NULL},
		{CODE_PAGE, ASK "paste\nsay event=prompt\nsay flow=code\nsay\n" DONE,
			{BY_SSH, TYPED(CANARY)}, PAM_AUTHINFO_UNAVAIL, "prompted twice", 1, NULL},
		{CODE_PAGE, ASK "paste\nexit 0\n", {BY_SSH, TYPED(CANARY)}, PAM_AUTHINFO_UNAVAIL,
			"reason=worker", 1, NULL},
	};

	RUN(state, plays);
}

/* For whom, and where the answer goes. */
static void the_request_says_what_the_flow_needs(void **state)
{
	static const struct {
		const char *config;
		struct scene scene;
		const char *wanted;
	} rows[] = {
		{"", {BY_SSH},
			"expect flow=device\nlacks redirect_uri\nlacks label\nlacks loopback\n"
			"lacks pushed\n"},
		{CODE_PAGE, {BY_SSH},
			"expect flow=code\nexpect redirect_uri=" PAGE "\nexpect loopback=no\n"
			"expect pushed=auto\nlacks authorization_endpoint\n"
			"lacks authorization_prompt\nlacks authorization_parameter\n"
			"lacks pushed_authorization\n"},
		{"flow = auto\nredirect_uri = " PAGE "\n"
		 "authorization_endpoint = https://idp.example/a\n"
		 "pushed_authorization_request_endpoint = https://idp.example/p\n"
		 "pushed = always\nauthorization_prompt = login\n"
		 "authorization_parameters = access_type=offline \"ui_locales=de fr\"\n",
			{BY_SSH},
			"expect flow=auto\nexpect authorization_endpoint=https://idp.example/a\n"
			"expect pushed_authorization_request_endpoint=https://idp.example/p\n"
			"expect pushed=always\nexpect authorization_prompt=login\n"
			"expect authorization_parameter=access_type=offline\n"
			"expect authorization_parameter=ui_locales=de fr\n"},
		{CODE_PAGE "pushed = never\n", {BY_SSH}, "expect pushed=never\n"},
		/* what a browser on this machine is shown */
		{CODE_ADDRESS, {.service = "su"}, "expect language=en\n"},
		{CODE_ADDRESS "[prompt]\nlanguage = ko\n", {.service = "su"},
			"expect language=ko\n"},
		{CODE_ADDRESS "[prompt]\nlanguage = ko\n[service su]\nlanguage = ja\n",
			{.service = "su"}, "expect language=ja\n"},
		{CODE_ADDRESS "[prompt]\nlanguage = ko\n", {BY_SSH}, "lacks language\n"},
		/* who may have a browser on this machine */
		{CODE_ADDRESS, {.service = "su"}, "expect loopback=yes\n"},
		{CODE_ADDRESS, {.service = "sudo"}, "expect loopback=yes\n"},
		{CODE_ADDRESS, {.service = "login", .rhost = "203.0.113.7"},
			"expect loopback=no\n"},
		{CODE_ADDRESS, {BY_SSH}, "expect loopback=no\n"},
		{CODE_ADDRESS "[prompt]\nloopback = yes\n", {BY_SSH}, "expect loopback=no\n"},
		{CODE_ADDRESS "[prompt]\nloopback = yes\n",
			{.service = "login", .rhost = "203.0.113.7"}, "expect loopback=yes\n"},
		{CODE_ADDRESS "[prompt]\nloopback = no\n", {.service = "su"},
			"expect loopback=no\n"},
		{CODE_PAGE, {.service = "su"}, "expect loopback=no\n"},
		{"flow = code\nredirect_uri = http://[::1]/x\n", {.service = "su"},
			"expect loopback=yes\n"},
		/* and whose it is there */
		{CODE_ADDRESS, {.service = "su", .ruser = "bob"},
			"expect loopback=yes\nexpect loopback_uid=1001\n"},
		{CODE_ADDRESS, {.service = "sudo", .ruser = "alice"},
			"expect loopback=yes\nexpect loopback_uid=1000\n"},
		{CODE_ADDRESS "[prompt]\nloopback = no\n", {.service = "su", .ruser = "bob"},
			"expect loopback=no\nlacks loopback_uid\n"},
		/* a service's own flow */
		{CODE_PAGE "[service su]\nflow = device\n", {.service = "su"},
			"expect flow=device\nlacks redirect_uri\n"},
		{"redirect_uri = " PAGE "\n[service su]\nflow = code\n", {.service = "sudo"},
			"expect flow=code\n"},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char transcript[2048];

		snprintf(transcript, sizeof(transcript), "request\n%s" DONE, rows[i].wanted);
		stage_configure(stage, rows[i].config);
		stage_transcript(stage, transcript);
		if (stage_authenticate(stage, &rows[i].scene) != PAM_SUCCESS)
			fail_msg("row %zu:\n%s", i, stage_log());
	}
}

static void the_label_says_for_whom(void **state)
{
	static const struct scene scene = {BY_SSH};
	struct stage *stage = *state;
	char transcript[2048], machine[256] = "";

	assert_int_equal(gethostname(machine, sizeof(machine) - 1), 0);
	snprintf(transcript, sizeof(transcript), "request\nexpect label=alice@%s (sshd)\n" DONE,
		machine);
	stage_configure(stage, CODE_PAGE);
	stage_transcript(stage, transcript);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_SUCCESS);
}

/* Whether the heap holds TEXT, whose letters are one lower here, so that this is not what is found. */
static bool heap_has(const char *shifted)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	unsigned long from = 0, to = 0;
	char line[512], text[64];
	size_t len = strlen(shifted);
	bool found = false;

	for (size_t i = 0; i < len; i++)
		text[i] = (char)(shifted[i] + 1);
	while (fgets(line, sizeof(line), maps) && !strstr(line, "[heap]"))
		;
	assert_int_equal(sscanf(line, "%lx-%lx", &from, &to), 2);
	fclose(maps);
	for (unsigned long at = from; at < to && !found; at += 4096) {
		char page[4096 + 64] = "";
		ssize_t n = pread(memory, page, sizeof(page), (off_t)at);

		found = n > 0 && memmem(page, (size_t)n, text, len);
	}
	close(memory);
	return found;
}

static void what_was_typed_is_wiped(void **state)
{
	static const struct scene scene = {
		BY_SSH, TYPED("1/2:code=Ud9wIpEd", "\x01Ud9wIpEd", "2/2:Ud9wIpEd")};
	struct stage *stage = *state;

	if (stage_memory_is_anothers())
		skip();
	stage_configure(stage, CODE_PAGE);
	stage_transcript(stage, ASK "paste\n" PART("2") "paste\n" DONE);
	assert_int_equal(stage_authenticate(stage, &scene), PAM_SUCCESS);
	assert_int_equal(stage->prompts, 3);
	assert_false(heap_has("Tc8vHoDc"));
	/* a compiler may leave one out that nobody looks at */
	char *volatile held = strdup("Ud9wIpEd");
	assert_true(heap_has("Tc8vHoDc"));
	free(held);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_answer_is_asked_for_and_sent_on),
		TEST(it_is_asked_for_again),
		TEST(wrong_answers_are_bounded),
		TEST(nobody_is_there),
		TEST(the_browser_brings_it),
		TEST(a_result_that_crosses_a_line),
		TEST(an_answer_from_after_the_deadline),
		TEST(lies),
		TEST(the_request_says_what_the_flow_needs),
		TEST(the_label_says_for_whom),
		TEST(what_was_typed_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
