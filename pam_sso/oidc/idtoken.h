/*
 * idtoken: an ID token (OpenID Connect Core 2, 3.1.3.7, 12.2; RFC 7519), signature and claims.
 *
 * Nothing of a token is believed, returned or logged as a fact before all of it holds: the
 * signature (jws.h), the type (`typ` absent or JWT), and the claims, by the rules that
 * idtoken_claims.c opens with.
 */
#ifndef PAM_SSO_IDTOKEN_H
#define PAM_SSO_IDTOKEN_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "jwk.h"
#include "reason.h"
#include "secret.h"
#include "strlist.h"

enum { IDTOKEN_SUB_MAX = 255 };

struct renewal_earlier;

/* What a token must say. Times are seconds since the epoch. */
struct idtoken_expect {
	const char *issuer;
	const char *client_id;
	const struct strlist *audiences; /* accepted in addition to client_id; may be NULL */
	const struct strlist *algs;
	const char *nonce;                 /* NULL: none was sent */
	const struct secret *access_token; /* for at_hash, which without it is refused */
	int64_t now;
	int64_t began; /* when this login began: an older iat is another login's; -1: not checked */
	const struct renewal_earlier *earlier; /* the token that this one renews; NULL: none */
	int64_t skew;
	const struct strlist *acr;             /* one of them; NULL or empty: any */
	const struct strlist *amr;             /* all of them; NULL or empty: any */
	int64_t max_age;                       /* seconds since auth_time; -1: any */
	const struct strlist *required_claims; /* `path=value`; NULL or empty: none */
};

/* A verified token. */
struct idtoken {
	cJSON *claims; /* the whole payload */
	char *sub;
	int64_t iat; /* a fraction is cut off */
};

#define IDTOKEN_AUTO(name) __attribute__((cleanup(idtoken_free))) struct idtoken name = {0}

/*
 * Verifies a token. Returns REASON_OK and sets *ret, which idtoken_free() frees; or the reason, and
 * then DETAIL, if not NULL, says in at most DETAIL_SIZE - 1 bytes what was wrong, for the log,
 * escaped and without the token.
 * REASON_TOKEN_KEY_UNKNOWN: the set does not have the key; fetch it again once, then it is a
 * refusal.
 */
enum reason idtoken_verify(const char *token, size_t len, const struct jwk_set *set,
	const struct idtoken_expect *expect, struct idtoken *ret, char *detail, size_t detail_size);

/* The claims alone, of a payload whose signature was verified with ALG. Returns as
 * idtoken_verify(). */
enum reason idtoken_check_claims(const cJSON *claims, const char *alg,
	const struct idtoken_expect *expect, char *detail, size_t detail_size);

/* Of these, what neither the moment nor one sign-in decides: issuer, subject, audience, and what
 * acr, amr, max_age and required_claims ask for; auth_time is held against expect->now. For
 * claims that somebody hands over, which nobody vouches for: they let nobody in. Returns as
 * idtoken_verify(). */
enum reason idtoken_check_lasting(
	const cJSON *claims, const struct idtoken_expect *expect, char *detail, size_t detail_size);

void idtoken_free(struct idtoken *token);

#endif
