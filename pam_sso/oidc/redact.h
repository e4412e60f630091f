/*
 * redact: keeps the secrets of a sign-in out of what the log is told.
 *
 * An identity provider may repeat in an error what it was sent. So the secrets are remembered as
 * they come up, and each text that leaves with the result passes through here.
 *
 * 1. Every byte of a secret MUST become `*`: of the secret as detail.h escapes it, and as a form
 *    has it.
 * 2. So MUST its beginning at the end of a text, which may have been cut there.
 * 3. Fewer than REDACT_MIN bytes are not looked for: they would be found in any sentence.
 *
 * A client assertion is not among the secrets: it is good for one request, and was used up by it.
 */
#ifndef PAM_SSO_REDACT_H
#define PAM_SSO_REDACT_H

#include <stddef.h>

#include "secret.h"

enum {
	REDACT_MIN = 4,
	REDACT_FORMS = 16, /* of all secrets together */
};

struct redact {
	struct secret forms[REDACT_FORMS];
	size_t n;
};

/* Remembers a secret; an empty one, and one that is known, change nothing.
 * Returns 0, -ENOMEM, or -ENOSPC past REDACT_FORMS. */
int redact_know(struct redact *redact, const struct secret *secret);

/* Overwrites what is secret in an escaped text: all of it where memory is short. */
void redact_text(const struct redact *redact, char *text);

void redact_free(struct redact *redact);

#endif
