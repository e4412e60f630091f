/*
 * token: a reply of the token endpoint (RFC 6749 sections 5.1, 5.2; RFC 8628 section 3.5).
 *
 * The HTTP status of an error never decides, its `error` member does; but a success is a success only
 * with status 200 and without an `error`.
 */
#ifndef PAM_SSO_TOKEN_H
#define PAM_SSO_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "reason.h"
#include "secret.h"

enum { TOKEN_REPLY_MAX = 64 * 1024 };

enum token_outcome {
	TOKEN_UNUSABLE, /* no reply by the rules: status, form, or both a token and an error */
	TOKEN_ISSUED,
	TOKEN_PENDING,   /* authorization_pending */
	TOKEN_SLOW_DOWN, /* slow_down */
	TOKEN_REFUSED,   /* any other error: its reason stands in `reason` */
	TOKEN_RETRY,     /* 429 or a 5xx without a usable error: try again later */
};

struct token_reply {
	enum token_outcome outcome;
	enum reason reason; /* with TOKEN_REFUSED and TOKEN_UNUSABLE */
	struct secret id_token;
	struct secret access_token;
	struct secret refresh_token;
	int64_t expires_in; /* of the access token, seconds; -1 where not said */
	char detail[256];   /* the error and its description, or what was wrong: for the log, escaped */
};

#define TOKEN_REPLY_AUTO(name) __attribute__((cleanup(token_reply_free))) struct token_reply name = {0}

/* Reads a reply. Always sets *ret, which token_reply_free() wipes and frees. */
void token_reply_parse(long status, const char *bytes, size_t len, struct token_reply *ret);

void token_reply_free(struct token_reply *reply);

#endif
