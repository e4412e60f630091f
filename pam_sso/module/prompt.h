/*
 * prompt: the text that a person sees, and what they are asked again where it took an answer.
 *
 * Who asks, from where and for which host stands above the link: a link can be sent to a victim,
 * and these lines are what the victim's doubts have to go by. The code is repeated in the last
 * line, where a tall QR code cannot push it off the screen.
 *
 * 1. Everything from outside MUST go through escape.h; the lines of the QR code, which offer_read()
 *    judged, are the one exception.
 * 2. A line has at most 80 columns, and the ssh client's "(user@host) " stands before the first.
 *    What is too long loses its middle, but a link is never cut or broken.
 *    A text breaks where its catalogue breaks it, and a label is padded by its columns.
 * 3. What the browser shows in the authorization code flow is for this prompt alone, and it says
 *    so: who was sent a link by somebody else may be asked for it.
 */
#ifndef PAM_SSO_PROMPT_H
#define PAM_SSO_PROMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "message.h"
#include "offer.h"

enum { PROMPT_COLUMNS = 80, PROMPT_MAX = 64 * 1024 };

/* Where the answer of the code flow is found. */
enum answer_place {
	ANSWER_ON_PAGE,    /* the page at redirect_uri shows it */
	ANSWER_IN_ADDRESS, /* there is no page: it is in the browser's address bar */
	ANSWER_COMES,      /* the browser brings it, or else it is in the address bar */
};

/* Why a person is asked for another line of it. */
enum note {
	NOTE_NONE,
	NOTE_WRONG,
	NOTE_EMPTY,
	NOTE_CUT,
	NOTE_PART, /* nothing is wrong: the answer has more parts */
};

struct prompt_facts {
	enum language language;
	const char *user, *service;
	const char *host;   /* this machine's name */
	const char *client; /* the address or name the person comes from; NULL or "" for none */
	const struct offer *offer;
	int64_t seconds;         /* how long that is good for, at most `left` */
	int64_t left;            /* seconds that this machine will wait */
	enum answer_place place; /* code flow */
	bool enter;              /* device flow: whether it ends by asking for Enter */
};

/* Adds the text behind what OUT holds. Returns as buf_add(). Pure. */
int prompt_compose(const struct prompt_facts *facts, struct buf *out);

/* The same for another line of the code flow's answer: why it is asked for, and for what; PART is
 * the number that NOTE_PART means. */
int prompt_again(enum language language, enum note note, unsigned int part, enum answer_place place,
	struct buf *out);

#endif
