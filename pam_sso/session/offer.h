/*
 * offer: what the worker's prompt record offers the person, judged before it is shown.
 *
 * 1. Its flow MUST be one that the configuration allows: a worker does not choose the weaker one.
 * 2. The link (verification_uri, or authorization_uri of the code flow) MUST be https, of printable
 *    ASCII without space or backslash, at most OFFER_URI_MAX bytes, or OFFER_REQUEST_MAX of the
 *    code flow, where the whole request stands in it; and name no user before its host.
 * 3. user_code MUST have 1 to OFFER_CODE_MAX bytes. The code flow MUST have none.
 * 4. expires_in MUST be a number of seconds above 0.
 * 5. qr is shown as it is, so every line MUST consist of U+2580, U+2584, U+2588 and spaces, all of
 *    one width of at most OFFER_QR_MAX columns, and not more lines than columns; else there is no
 *    QR code.
 */
#ifndef PAM_SSO_OFFER_H
#define PAM_SSO_OFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "reason.h"
#include "record.h"

enum { OFFER_URI_MAX = 512, OFFER_REQUEST_MAX = 8 * 1024, OFFER_CODE_MAX = 40, OFFER_QR_MAX = 80 };

struct offer {
	enum flow flow;   /* device or code */
	const char *uri;  /* owned by the record, as is the code */
	const char *code; /* NULL with the code flow */
	bool listening;   /* a browser on this machine brings the answer by itself */
	int64_t expires_in;
	const struct record *qr; /* whose qr lines are good to show; NULL for none */
};

/* Judges a prompt record, where the configuration has FLOW. Returns REASON_OK and sets *ret, which
 * lives as long as the record; or REASON_WORKER for a worker that says what none should. Pure. */
enum reason offer_read(const struct record *prompt, enum flow flow, struct offer *ret);

#endif
