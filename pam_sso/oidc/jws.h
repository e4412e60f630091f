/*
 * jws: a signature in compact serialisation (RFC 7515 section 7.1; 7518 section 3; 8037), and
 * nothing of what it signs. The claims are idtoken's; so public vectors, whose payloads are no
 * JSON, run here.
 *
 * Accepted: three canonical base64url parts, none empty, at most JWS_MAX bytes in all; a header
 * that is a strict JSON object, with `alg` on the caller's list. Refused: any other number of
 * parts, `crit`, `b64`, `zip`, `enc`; an `alg` that is no string or not one of RS/PS/ES 256, 384,
 * 512 and EdDSA, in that very spelling. Ignored, never fetched: `jwk`, `jku`, `x5u`, `x5c`.
 *
 * The key: with a `kid`, the one key of the set that has it, and it has to fit. Without, the keys
 * that fit, if there are at most JWS_TRIES of them. A key fits whose type (for ES*, curve) is the
 * algorithm's and whose `alg`, where it has one, is the same.
 *
 * The signature has exactly the length of its algorithm. RSASSA-PSS has a salt as long as the
 * digest and MGF1 over the same one (RFC 7518 section 3.5). Ed25519 is what EdDSA means here.
 */
#ifndef PAM_SSO_JWS_H
#define PAM_SSO_JWS_H

#include <stddef.h>

#include "buf.h"
#include "jwk.h"
#include "jws_alg.h"
#include "reason.h"
#include "strlist.h"

enum {
	JWS_MAX = 16 * 1024,
	JWS_TRIES = 4,
};

struct jws {
	const struct jws_alg *alg;
	char *kid;          /* NULL where there is none */
	char *typ;          /* NULL where there is none */
	struct buf payload; /* trusted only after jws_verify() */
	struct buf signature;
	const char *signed_bytes; /* within the token, which must outlive this */
	size_t signed_len;
};

#define JWS_AUTO(name) __attribute__((cleanup(jws_free))) struct jws name = {0}

/* Takes a token apart and checks all that needs no key. ALGS are the accepted algorithms.
 * Returns REASON_OK and sets *ret, which jws_free() frees; REASON_TOKEN_FORM, REASON_TOKEN_ALG or
 * REASON_NO_MEMORY. TOKEN must outlive *ret. */
enum reason jws_parse(const char *token, size_t len, const struct strlist *algs, struct jws *ret);

/* Verifies the signature. Returns REASON_OK; REASON_TOKEN_KEY_UNKNOWN where no key of the set
 * has the kid or, without a kid, fits (fetching the set again may help); REASON_TOKEN_KEY where
 * the key with the kid does not fit, or without a kid more than JWS_TRIES do;
 * REASON_TOKEN_SIGNATURE; REASON_NO_MEMORY. */
enum reason jws_verify(const struct jws *jws, const struct jwk_set *set);

void jws_free(struct jws *jws);

#endif
