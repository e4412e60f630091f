/*
 * asking: how a person is asked for the answer of the authorization code flow: what becomes of a
 * line they typed, and whether they are asked for another.
 *
 * 1. An empty line means, where the worker is listening, that the browser says it is done: then its
 *    result is waited for. Elsewhere it is a wrong answer.
 * 2. The ASKING_WRONG th line that is not the answer, whoever found that out, ends the sign-in with
 *    REASON_ANSWER; so does a part of the answer more than ASKING_PARTS.
 * 3. Where all of them were empty, nobody is there who could answer: REASON_NO_TERMINAL. An ssh
 *    client without a terminal answers so, at once and each time.
 * 4. sudo's conversation fails where a line is too long for it, too. There a failure is a wrong
 *    answer; where nothing else came, the reason stays REASON_NO_CONVERSATION.
 */
#ifndef PAM_SSO_ASKING_H
#define PAM_SSO_ASKING_H

#include <stdbool.h>

#include "prompt.h"
#include "reason.h"
#include "record.h"
#include "secret.h"
#include "verdict.h"

enum { ASKING_WRONG = 3, ASKING_PARTS = 16 };

/* Begins as zeros, and with its first two. */
struct asking {
	enum host_kind kind;
	enum answer_place place;
	enum note note;    /* why another line is to be asked for; NOTE_NONE: none is */
	unsigned int part; /* NOTE_PART: which one */
	unsigned int wrong, parts;
	bool typed, failed; /* what there was beside empty lines */
};

/* Takes what was typed at the prompt. Returns REASON_OK, and sets *ret_send where LINE, which may
 * have changed, is to be sent to the worker; or why the sign-in ends. */
enum reason asking_take(struct asking *asking, struct secret *line, bool *ret_send);

/* The conversation failed. Returns REASON_OK where another line is to be asked for. */
enum reason asking_failed(struct asking *asking);

/* The worker asks again. Returns REASON_OK, why the sign-in ends, or REASON_WORKER. */
enum reason asking_hear(struct asking *asking, const struct record *again);

#endif
