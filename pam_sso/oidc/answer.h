/*
 * answer: what the provider sent back through the browser (RFC 6749 section 4.1.2, OpenID Connect
 * Core 3.1.2.5), pasted by a person or received on the loopback address.
 *
 * 1. The text is a redirect address, whose query counts, or the query alone. White space around it
 *    and within it is what a terminal's lines left, and is dropped; a fragment is too.
 * 2. `state` is compared before anything else is looked at, in constant time. Missing, given twice
 *    or another, the answer is not to this sign-in: REASON_ANSWER, and nothing is sent.
 * 3. No parameter that counts (state, code, iss, error) MUST stand twice (RFC 6749 section 3.1),
 *    however its name is escaped.
 * 4. `iss`, where given, MUST be the issuer, and it MUST be given where the provider says that it
 *    gives it (RFC 9207 section 2.4): what another provider answered is not sent to this one.
 * 5. `error` is an end, and no code beside it counts. It is a refusal, whatever it is called: who
 *    sits at the prompt can have written it, and MUST NOT be able to say that the provider is away.
 * 6. The code MUST be printable ASCII without a space.
 *
 * That an answer counts once is the caller's to keep: an attempt ends with the first whose state is
 * right.
 */
#ifndef PAM_SSO_ANSWER_H
#define PAM_SSO_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "reason.h"
#include "secret.h"

enum {
	ANSWER_MAX = 16 * 1024, /* bytes of a whole answer */
	ANSWER_PARTS = 16,
	ANSWER_PART_MAX = 4096,
};

struct answer_expect {
	const char *state;
	const char *issuer;
	bool iss_required; /* authorization_response_iss_parameter_supported */
};

/*
 * Judges an answer. Returns REASON_OK and sets *ret_code; REASON_ANSWER: not one to this sign-in,
 * another may follow; or what ends the sign-in: REASON_ACCESS_DENIED, REASON_TOKEN_ISSUER,
 * REASON_NO_MEMORY. DETAIL says what was wrong, escaped.
 */
enum reason answer_read(const char *text, size_t len, const struct answer_expect *expect,
	struct secret *ret_code, char *detail, size_t detail_size);

/*
 * A long answer comes in parts, each as `N/M:TEXT`, since what a program takes of a line has an end
 * (sudo's at 511 bytes, ssh's at 1023, a terminal's at 4095). Parts may come in any order, and again.
 */
struct answer_parts {
	struct buf parts[ANSWER_PARTS];
	unsigned int total; /* 0: none came yet */
};

enum answer_part {
	PART_WHOLE, /* the answer is in *ret_text now */
	PART_MORE,  /* the part with number *ret_missing is still needed */
	PART_BAD, /* it makes no sense, or belongs to another number of parts: all are forgotten */
};

/* Adds a text; one that is no part is the whole answer. */
enum answer_part answer_add_part(struct answer_parts *parts, const char *text, size_t len,
	struct buf *ret_text, unsigned int *ret_missing);

void answer_parts_free(struct answer_parts *parts);

#endif
