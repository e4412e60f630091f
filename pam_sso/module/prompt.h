/*
 * prompt: the one text that a person sees.
 *
 * Who asks, from where and for which host stands above the link: a link can be sent to a victim,
 * and these lines are what the victim's doubts have to go by. The code is repeated in the last
 * line, where a tall QR code cannot push it off the screen.
 *
 * 1. Everything from outside MUST go through escape.h; the lines of the QR code, which offer_read()
 *    judged, are the one exception.
 * 2. A line has at most 80 columns, and the ssh client's "(user@host) " stands before the first.
 *    What is too long loses its middle, but a link is never cut or broken.
 */
#ifndef PAM_SSO_PROMPT_H
#define PAM_SSO_PROMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "offer.h"

enum { PROMPT_COLUMNS = 80, PROMPT_MAX = 64 * 1024 };

struct prompt_facts {
	const char *user, *service;
	const char *host;   /* this machine's name */
	const char *client; /* the address or name the person comes from; NULL or "" for none */
	const struct offer *offer;
	int64_t seconds; /* how long the code is good for, as far as this machine will wait */
	bool enter;      /* whether it ends by asking for Enter */
};

/* Adds the text behind what OUT holds. Returns as buf_add(). Pure. */
int prompt_compose(const struct prompt_facts *facts, struct buf *out);

#endif
