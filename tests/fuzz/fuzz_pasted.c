/*
 * The way of what a person pastes: each line of the input is judged in the host's process (paste.h), put
 * into a record and read from it, joined with the others (answer.h), and judged in the worker.
 *
 * 1. What is to be sent fits a record, and comes out of it to the byte.
 * 2. A text is the answer to one sign-in at most: of two that wait, each with a `state` of its own,
 *    one does not even look at it.
 * 3. A code is printable ASCII without a space; there is none where there was no answer.
 * 4. To insist on `iss` refuses more, and accepts nothing else.
 * 5. What is told of it is printable.
 */
#include "fuzz.h"

#include "answer.h"
#include "paste.h"
#include "record.h"
#include "wire.h"

static const char mine[] = "AAECAwQFBgcICQoLDA0ODw.YWxpY2VAd2ViMSAoc3NoZCk";
static const char other[] = "BAECAwQFBgcICQoLDA0ODw.YWxpY2VAd2ViMSAoc3NoZCk";

static enum reason read_answer(
	const struct buf *text, const char *state, bool iss_required, struct secret *ret_code)
{
	const struct answer_expect expect = {
		.state = state, .issuer = "https://idp.example.com", .iss_required = iss_required};
	char detail[128] = "";
	enum reason reason = answer_read(
		buf_str(text), text->len, &expect, ret_code, detail, sizeof(detail));

	MUST(fuzz_is_printable(detail));
	MUST(secret_present(ret_code) == (reason == REASON_OK));
	MUST(fuzz_is_printable(secret_reveal(ret_code)) && !strchr(secret_reveal(ret_code), ' '));
	return reason;
}

static void judge(const struct buf *text)
{
	SECRET_AUTO(code);
	SECRET_AUTO(strict_code);
	SECRET_AUTO(none);
	enum reason reason = read_answer(text, mine, false, &code);
	enum reason strict = read_answer(text, mine, true, &strict_code);

	if (reason != REASON_ANSWER)
		MUST(read_answer(text, other, false, &none) == REASON_ANSWER);
	if (strict == REASON_OK)
		MUST(strcmp(secret_reveal(&code), secret_reveal(&strict_code)) == 0);
	else
		MUST(strict == reason || strict == REASON_TOKEN_ISSUER);
}

static void send_line(const struct secret *line, struct answer_parts *parts)
{
	RECORD_AUTO(sent);
	RECORD_AUTO(received);
	BUF_AUTO(wire, RECORD_MAX);
	BUF_AUTO(whole, ANSWER_MAX);
	unsigned int missing = 0;

	sent = record_new(wire_paste);
	MUST(sent && record_add_secret(sent, "text", line) == 0);
	MUST(record_format(sent, &wire) == 0);
	MUST(record_parse(buf_str(&wire), wire.len, wire_paste, &received) == (int)wire.len);
	const char *text = record_get(received, "text");
	MUST(text && strcmp(text, secret_reveal(line)) == 0);
	switch (answer_add_part(parts, text, line->len, &whole, &missing)) {
	case PART_WHOLE: judge(&whole); break;
	case PART_MORE: MUST(missing >= 1 && missing <= ANSWER_PARTS); break;
	case PART_BAD: break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	__attribute__((cleanup(answer_parts_free))) struct answer_parts parts = {0};
	const char *at = (const char *)bytes, *end = at + len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = newline ? newline : end;
		SECRET_AUTO(line);

		MUST(secret_set(&line, at, (size_t)(line_end - at)) == 0);
		if (paste_judge(&line, HOST_SSHD) == PASTE_FIT)
			send_line(&line, &parts);
		at = line_end + 1;
	}
	return 0;
}
