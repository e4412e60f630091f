/*
 * offer: what the worker's prompt record offers the person, judged before it is shown.
 *
 * 1. verification_uri MUST be https, of printable ASCII without space or backslash, at most
 *    OFFER_URI_MAX bytes, and name no user before its host.
 * 2. user_code MUST have 1 to OFFER_CODE_MAX bytes.
 * 3. expires_in MUST be a number of seconds above 0.
 * 4. qr is shown as it is, so every line MUST consist of U+2580, U+2584, U+2588 and spaces, all of
 *    one width of at most OFFER_QR_MAX columns, and not more lines than columns; else there is no
 *    QR code.
 */
#ifndef PAM_SSO_OFFER_H
#define PAM_SSO_OFFER_H

#include <stdint.h>

#include "reason.h"
#include "record.h"

enum { OFFER_URI_MAX = 512, OFFER_CODE_MAX = 40, OFFER_QR_MAX = 80 };

struct offer {
	const char *uri, *code; /* owned by the record */
	int64_t expires_in;
	const struct record *qr; /* whose qr lines are good to show; NULL for none */
};

/* Judges a prompt record. Returns REASON_OK and sets *ret, which lives as long as the record; or
 * REASON_WORKER for a worker that says what none should. Pure. */
enum reason offer_read(const struct record *prompt, struct offer *ret);

#endif
