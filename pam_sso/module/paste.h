/*
 * paste: a line that a person typed at the prompt of the authorization code flow, judged before the
 * worker gets it.
 *
 * 1. White space that is no space (a tab, a carriage return) is dropped, as the worker drops spaces
 *    (answer.h): it is what is left of a text that was broken into lines. So are the marks that a
 *    terminal puts around what is pasted, where a program left it in that mode (ESC [ 200 ~ and
 *    ESC [ 201 ~).
 * 2. A line with another control character, which no record carries, is not the answer.
 * 3. A line that was cut MUST NOT be sent: behind a `state` that is whole half a code may stand,
 *    and the attempt would end with it. It was cut where it has the very length at which this host,
 *    or the terminal, cuts one; where it is longer than PASTE_MAX; and where it is an address
 *    without a `state`.
 */
#ifndef PAM_SSO_PASTE_H
#define PAM_SSO_PASTE_H

#include "secret.h"
#include "verdict.h"

enum { PASTE_MAX = 4096 }; /* wire.h */

enum paste {
	PASTE_WRONG, /* it cannot be the answer */
	PASTE_EMPTY,
	PASTE_CUT,
	PASTE_FIT, /* to be sent */
};

/* Judges LINE, and leaves in it what is to be sent. */
enum paste paste_judge(struct secret *line, enum host_kind kind);

#endif
