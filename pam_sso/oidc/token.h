/*
 * token: a reply of the token endpoint (RFC 6749 sections 5.1, 5.2; RFC 8628 section 3.5).
 *
 * 1. A success MUST have status 200, no `error`, token_type Bearer (in any case), an access_token,
 *    and an id_token: without that one it is REASON_TOKEN_MISSING: an end, no cause to ask again.
 * 2. A token MUST be printable ASCII without spaces (RFC 6749 appendix A): it will be sent on.
 * 3. Any other status below 400, an `error` beside 200, a token beside another status, and a
 *    success that is no strict JSON object (json.h) are unusable.
 * 4. Otherwise the `error` member decides, whatever the status (oauth_error.h); and where it says
 *    nothing that is known there, 429 and 5xx mean: later.
 * 5. A refresh_token by rule 2, in a reply with status 200 and no `error`, is kept also where the
 *    reply is refused for something else: the one that it follows may be spent by then.
 */
#ifndef PAM_SSO_TOKEN_H
#define PAM_SSO_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "reason.h"
#include "secret.h"

enum { TOKEN_REPLY_MAX = 64 * 1024 };

enum token_outcome {
	TOKEN_UNUSABLE,  /* no reply by the rules */
	TOKEN_ISSUED,    /* the tokens are there */
	TOKEN_PENDING,   /* authorization_pending */
	TOKEN_SLOW_DOWN, /* slow_down */
	TOKEN_REFUSED,   /* any other error */
	TOKEN_RETRY,     /* the IdP cannot answer now */
};

struct token_reply {
	enum token_outcome outcome;
	enum reason reason; /* of TOKEN_REFUSED and TOKEN_UNUSABLE: why it ends; REASON_OK with
	                       TOKEN_ISSUED only; REASON_TOO_MANY with TOKEN_RETRY for 429 */
	struct secret id_token;
	struct secret access_token;
	struct secret refresh_token; /* none where the IdP gave none */
	int64_t expires_in; /* of the access token, seconds; -1 where no whole number says it */
	char detail[256];   /* the error as it was told, or what was wrong: for the log, escaped */
};

#define TOKEN_REPLY_AUTO(name)                                                                     \
	__attribute__((cleanup(token_reply_free))) struct token_reply name = {0}

/* Reads a reply. Sets *ret in every case, over what stood there (free an earlier reply first);
 * token_reply_free() wipes and frees it. It holds tokens with TOKEN_ISSUED only, but for rule 5. */
void token_reply_parse(long status, const char *bytes, size_t len, struct token_reply *ret);

/* What a reply comes to where nothing is asked again: REASON_OK with TOKEN_ISSUED; why it ended with
 * TOKEN_REFUSED and TOKEN_UNUSABLE; else REASON_TOO_MANY with 429, and REASON_IDP_ERROR. One put
 * together without a reason is REASON_INTERNAL, never a success. */
enum reason token_reply_reason(const struct token_reply *reply);

void token_reply_free(struct token_reply *reply);

#endif
