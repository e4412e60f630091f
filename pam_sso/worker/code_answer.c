#include "code_answer.h"

#include <errno.h>
#include <string.h>

#include "answer.h"
#include "clock.h"
#include "detail.h"
#include "prompt.h"
#include "wire.h"

struct waiting {
	struct task *login;
	struct answer_expect expect;
	struct answer_parts parts;
	unsigned int wrong;
	unsigned int pastes;
	struct secret *ret_code;
};

/* What answer_read() says of it. As everywhere below, REASON_UNSET is that nothing ends here. */
static enum reason judge(struct waiting *waiting, const char *text, size_t len)
{
	static const char name[] = "answer: ";
	char *detail = waiting->login->idp.detail;
	size_t size = sizeof(waiting->login->idp.detail);

	detail_set(detail, size, name);
	return answer_read(text, len, &waiting->expect, waiting->ret_code, detail + strlen(name),
		size - strlen(name));
}

/* PART: as prompt_again has it. */
static enum reason ask_again(struct waiting *waiting, unsigned int part)
{
	struct task *login = waiting->login;
	const struct prompt_again again = {
		.part = part, .detail = login->idp.detail, .left = CODE_WRONG_MAX - waiting->wrong};

	if (prompt_send_again(login->channel, &again, login->idp.deadline_ms) < 0)
		return task_fail(login, REASON_CANCELLED, "the caller went away");
	return REASON_UNSET;
}

/* Rule 2; the detail says what was wrong. */
static enum reason count_wrong(struct waiting *waiting)
{
	waiting->wrong++;
	return waiting->wrong < CODE_WRONG_MAX ? ask_again(waiting, 0) : REASON_ANSWER;
}

/* Returns what one line means; REASON_UNSET with *ret_missing set where it is a part. */
static enum reason judge_line(struct waiting *waiting, const char *line, unsigned int *ret_missing)
{
	BUF_AUTO(whole, ANSWER_MAX);

	if (strlen(line) > ANSWER_PART_MAX)
		return task_fail(waiting->login, REASON_ANSWER, "answer: too long a line");
	switch (answer_add_part(&waiting->parts, line, strlen(line), &whole, ret_missing)) {
	case PART_WHOLE: return judge(waiting, buf_str(&whole), whole.len);
	case PART_MORE: return REASON_UNSET;
	case PART_BAD: break;
	}
	return task_fail(
		waiting->login, REASON_ANSWER, "answer: a part that does not go with the others");
}

static enum reason take_line(struct waiting *waiting, const char *line)
{
	unsigned int missing = 0;
	enum reason reason = judge_line(waiting, line, &missing);

	if (reason == REASON_UNSET)
		return ask_again(waiting, missing);
	return reason == REASON_ANSWER ? count_wrong(waiting) : reason;
}

/* All that was pasted until now. */
static enum reason take_pastes(struct waiting *waiting)
{
	struct task *login = waiting->login;
	enum reason reason = REASON_UNSET;

	while (reason == REASON_UNSET) {
		RECORD_AUTO(record);
		int r = channel_receive(login->channel, 0, NULL, 0, &record);

		if (r == -ETIMEDOUT)
			return REASON_UNSET;
		if (r == -ENODATA)
			return task_fail(login, REASON_CANCELLED, "the caller went away");
		const char *line = r == 0 ? record_get(record, "text") : NULL;
		if (!line)
			return task_fail(login, REASON_INTERNAL,
				"the caller said something that is no answer");
		if (++waiting->pastes > CODE_PASTES_MAX)
			return task_fail(login, REASON_ANSWER, "answer: too many lines");
		reason = take_line(waiting, line);
	}
	return reason;
}

/* The next request of a browser, if there is one. */
static enum reason take_request(struct waiting *waiting)
{
	struct loopback *loopback = waiting->login->loopback;
	const char *target;
	size_t len;

	if (!loopback || !loopback_take(loopback, clock_monotonic_ms(), &target, &len))
		return REASON_UNSET;
	enum reason reason = judge(waiting, target, len);
	loopback_answer(loopback, reason != REASON_ANSWER);
	return reason == REASON_ANSWER ? REASON_UNSET : reason;
}

/* Until there is something to do, which may be nothing but the time. */
static enum reason wait(const struct waiting *waiting)
{
	struct task *login = waiting->login;
	struct pollfd fds[1 + LOOPBACK_WATCH_MAX] = {{.fd = login->channel->fd, .events = POLLIN}};
	int64_t until_ms = login->idp.deadline_ms;
	nfds_t n = 1;

	if (login->loopback) {
		int64_t next_ms = loopback_next_ms(login->loopback);

		n += loopback_watch(login->loopback, fds + 1);
		if (next_ms < until_ms)
			until_ms = next_ms;
	}
	if (poll(fds, n, clock_poll_timeout(until_ms)) < 0 && errno != EINTR)
		return task_fail(login, REASON_INTERNAL, "poll() failed");
	if (clock_monotonic_ms() >= login->idp.deadline_ms)
		return task_fail(login, REASON_DEADLINE, "no answer came in time");
	return REASON_UNSET;
}

enum reason code_answer_await(struct task *login, const char *state, struct secret *ret_code)
{
	struct waiting waiting = {
		.login = login,
		.expect = {.state = state,
			.issuer = login->request->issuer,
			.iss_required = login->idp.endpoints->iss_in_answers},
		.ret_code = ret_code,
	};
	enum reason reason = REASON_UNSET;

	login->channel->vocabulary = wire_paste;
	while (reason == REASON_UNSET) {
		reason = take_pastes(&waiting);
		if (reason == REASON_UNSET)
			reason = take_request(&waiting);
		if (reason == REASON_UNSET)
			reason = wait(&waiting);
	}
	answer_parts_free(&waiting.parts);
	return reason;
}
