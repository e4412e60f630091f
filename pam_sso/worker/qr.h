/*
 * qr: a text as a QR code of half blocks: two modules, one above the other, in a character cell.
 *
 * Blocks are drawn where the code is light, and the quiet zone is drawn too: on a dark terminal
 * that is the code as the standard has it, dark on light, which every scanner reads. On a light
 * terminal it is the inverse, which today's phones read as well. No escape sequences: a terminal's
 * colours cannot be known.
 */
#ifndef PAM_SSO_QR_H
#define PAM_SSO_QR_H

#include "strlist.h"

enum { QR_COLUMNS = 78 };

/* Adds the lines, top to bottom, all of one width: U+2588, U+2580, U+2584 and spaces.
 * Returns 0; -EMSGSIZE where it would be wider than QR_COLUMNS; -ENOMEM. */
int qr_lines(const char *text, struct strlist *ret);

#endif
