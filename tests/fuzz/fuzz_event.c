/*
 * The module hears the worker out (job.h), whatever that says: at most one prompt, one result, and in
 * a refresh (where the first byte is odd) one answer to each item; what is shown is fit to be shown,
 * a person is not asked to paste without end, and what a result says of the person can be kept and
 * read again.
 */
#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#include "asking.h"
#include "clock.h"
#include "identity.h"
#include "job.h"
#include "offer.h"
#include "session.h"
#include "wire.h"

enum { ITEMS = 3 };

struct heard {
	unsigned int prompts, readies, answers, results;
	struct asking asking;
};

static void check_prompt(const struct record *prompt)
{
	struct offer offer;
	struct offer same;

	if (offer_read(prompt, FLOW_AUTO, &offer) != REASON_OK)
		return;
	bool code = offer.flow == FLOW_CODE;
	MUST(offer_read(prompt, offer.flow, &same) == REASON_OK);
	MUST(offer_read(prompt, code ? FLOW_DEVICE : FLOW_CODE, &same) == REASON_WORKER);
	MUST(strncmp(offer.uri, "https://", 8) == 0 && offer.expires_in > 0);
	MUST(strlen(offer.uri) <= (code ? OFFER_REQUEST_MAX : OFFER_URI_MAX));
	MUST(fuzz_is_printable(offer.uri) && !strpbrk(offer.uri, " \\"));
	MUST(code ? !offer.code : *offer.code && strlen(offer.code) <= OFFER_CODE_MAX);
	if (offer.qr)
		MUST(record_count(offer.qr, "qr") <= OFFER_QR_MAX);
}

static void check_result(const struct record *result)
{
	struct identity_lists lists = {0};
	struct identity identity;

	if (identity_read(result, "https://idp.example.com", &lists, &identity) == REASON_OK)
		MUST(strcmp(identity.iss, "https://idp.example.com") == 0 && *identity.sub);
	identity_free(&lists);
}

static void check_facts(const struct record *event)
{
	SESSION_AUTO(session);
	RECORD_AUTO(said);
	CONFIG_AUTO(config);

	MUST(session_take_facts(&session, event, &config) == 0);
	MUST(session_facts_suit(&session, &config) || session.facts.n == 0);
	if (session.facts.n == 0)
		return;
	session.iss = strdup("https://idp.example.com");
	session.sub = strdup("248289761001");
	MUST(session_give_facts(&session, &said) == 0);
	MUST(record_count(said, "claim") == record_count(event, "claim"));
	MUST(record_count(said, "group") == record_count(event, "group"));
}

/* What is pasted wherever the worker wants it. */
static void paste(struct job *job)
{
	SECRET_AUTO(text);

	MUST(secret_set(&text, "code=a&state=b", 14) == 0);
	MUST((job_paste(job, &text, clock_monotonic_ms() + 1000) == REASON_OK) == job->code);
}

/* Whether the person would be asked once more. */
static bool check_again(struct heard *heard, const struct record *again)
{
	enum reason reason = asking_hear(&heard->asking, again);

	MUST(reason == REASON_OK || reason == REASON_WORKER || reason == REASON_ANSWER ||
		reason == REASON_NO_TERMINAL);
	MUST(heard->asking.wrong <= ASKING_WRONG && heard->asking.parts <= ASKING_PARTS + 1);
	return reason == REASON_OK;
}

/* Goes on to where the job is broken, or its result is there. */
static void hear(struct job *job, struct heard *heard)
{
	for (;;) {
		RECORD_AUTO(event);
		enum job_step step = job_next(job, clock_monotonic_ms() + 1000, NULL, 0, &event);

		MUST((step == JOB_PROMPT || step == JOB_ANSWER || step == JOB_AGAIN) ==
			(event != NULL));
		switch (step) {
		case JOB_PROMPT:
			heard->prompts++;
			check_prompt(event);
			paste(job);
			break;
		case JOB_AGAIN:
			if (!check_again(heard, event))
				return;
			paste(job);
			break;
		case JOB_READY: heard->readies++; break;
		case JOB_ANSWER:
			heard->answers++;
			MUST(record_get(event, "id") && record_get(event, "reason"));
			check_facts(event);
			break;
		case JOB_RESULT:
			heard->results++;
			check_result(job->result);
			check_facts(job->result);
			break;
		case JOB_BROKEN: MUST(*job->detail && fuzz_is_printable(job->detail)); return;
		case JOB_WATCHED:
		case JOB_DEADLINE: MUST(!"nothing was watched, and the end was there");
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct heard heard = {0};
	int ends[2];

	if (len == 0 || len > RECORD_MAX)
		return 0;
	struct job job = {.started = true, .refresh = bytes[0] & 1};
	job.unanswered = job.refresh ? ITEMS : 0;
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	MUST(send(ends[1], bytes + 1, len - 1, MSG_DONTWAIT) == (ssize_t)len - 1);
	close(ends[1]);
	channel_begin(&job.channel, ends[0], wire_event);
	hear(&job, &heard);
	MUST(heard.prompts <= 1 && heard.results <= 1 && heard.readies <= 1);
	MUST(heard.answers <= (job.refresh ? ITEMS : 0) && !(job.refresh && heard.prompts));
	channel_end(&job.channel);
	record_free(job.result);
	close(ends[0]);
	return 0;
}
