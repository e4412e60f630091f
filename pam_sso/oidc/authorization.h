/*
 * authorization: the authorization code grant (RFC 6749 section 4.1) with PKCE (RFC 7636), `state`,
 * `nonce`, and pushed where the provider takes that (RFC 9126): what this machine sends.
 *
 * 1. `state` and `nonce` have 128 random bits each, the code verifier 256; each attempt has its
 *    own, and they come from the caller: this is pure.
 * 2. The challenge is S256 (RFC 7636 section 4.2), never `plain`.
 * 3. Behind its random bits `state` may say for whom the sign-in is, for the page that shows the
 *    answer: who was sent a link by somebody else reads there what it is for.
 * 4. The code goes to the token endpoint with the verifier, and the redirect address of the
 *    request, once. What came of the first time is what came of it (section 4.1.2).
 *
 * What comes back through the browser is judged by answer.h.
 */
#ifndef PAM_SSO_AUTHORIZATION_H
#define PAM_SSO_AUTHORIZATION_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "reason.h"
#include "secret.h"
#include "strlist.h"

enum {
	AUTHORIZATION_RANDOM = 16 + 16 + 32, /* bytes that an attempt uses up */
	AUTHORIZATION_LABEL_MAX = 120,
	AUTHORIZATION_URL_MAX = 8 * 1024,
	PUSHED_REPLY_MAX = 16 * 1024,
};

/* One attempt. Its strings are never NULL. */
struct authorization {
	char *state;
	char *nonce;
	char *challenge;
	struct secret verifier;
};

#define AUTHORIZATION_AUTO(name)                                                                   \
	__attribute__((cleanup(authorization_free))) struct authorization name = {0}

/* What is asked for. Strings may be NULL but redirect_uri and scope; client_id where the request is
 * pushed, since client_authenticate() adds it there. */
struct authorization_request {
	const char *client_id;
	const char *redirect_uri;
	const char *scope;
	const char *prompt;
	const char *login_hint;
	const struct strlist *acr;        /* acr_values; may be NULL */
	const struct strlist *parameters; /* more, by parameter.h; may be NULL */
	int64_t max_age;                  /* seconds; -1: not said */
};

/* Begins an attempt with RANDOM bytes nobody else knows. LABEL (rule 3; may be NULL) is cut to
 * AUTHORIZATION_LABEL_MAX bytes. Returns 0 and sets *ret, or -ENOMEM. */
int authorization_begin(const unsigned char random[AUTHORIZATION_RANDOM], const char *label,
	struct authorization *ret);

/* Adds the request's parameters (RFC 6749 section 4.1.1, OpenID Connect Core 3.1.2.1). Returns as
 * buf_add(). */
int authorization_add(const struct authorization *authorization,
	const struct authorization_request *request, struct buf *form);

/* The link: ENDPOINT with the parameters of FORM behind what it has. Returns as buf_add(). */
int authorization_link(const char *endpoint, const struct buf *form, struct buf *out);

/* The parameters of the link where the request was pushed (RFC 9126 section 4). */
int authorization_add_pushed(const char *client_id, const char *request_uri, struct buf *form);

/* The token request (RFC 6749 section 4.1.3, RFC 7636 section 4.5). Returns as buf_add(). */
int authorization_add_code(const struct authorization *authorization, const struct secret *code,
	const char *redirect_uri, struct buf *form);

/* A reply of the pushed authorization request endpoint. */
struct pushed {
	char *request_uri;
	int64_t expires_in; /* seconds, above 0 */
};

#define PUSHED_AUTO(name) __attribute__((cleanup(pushed_free))) struct pushed name = {0}

/*
 * Reads such a reply (RFC 9126 sections 2.2, 2.3). Returns REASON_OK and sets *ret, which
 * pushed_free() frees; or, with what was wrong in DETAIL, escaped, REASON_CLIENT_REFUSED,
 * REASON_TOO_MANY (429), REASON_IDP_ERROR (any other error, 5xx), REASON_REPLY_FORM or
 * REASON_NO_MEMORY.
 */
enum reason pushed_parse(long status, const char *bytes, size_t len, struct pushed *ret,
	char *detail, size_t detail_size);

void pushed_free(struct pushed *pushed);
void authorization_free(struct authorization *authorization);

#endif
