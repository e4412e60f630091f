/*
 * The claims of an ID token whose signature was verified (OpenID Connect Core 2 and 3.1.3.7; where
 * it says SHOULD, MUST here). The first check that fails is the verdict.
 *
 *  1. to 4., and 8.: idtoken_lasting.c.
 *  5. `exp`, `iat` and, where it is there, `nbf` MUST be numbers, at least 0 and before the year
 *     10000; fractions are fine. SKEW goes to the token's favour: `exp` MUST be ahead of now, `nbf`
 *     and `iat` MUST NOT be, and `iat` MUST NOT be before the login began.
 *  6. `nonce` MUST be the one that was sent, if one was.
 *  7. `at_hash`, where it is there, MUST be the access token's (3.1.3.6): a hash that cannot be
 *     checked, as the token is not at hand, is refused.
 *  9. A token that renews an earlier one MUST keep what renewal.h says.
 */
#include "idtoken_check.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "b64url.h"
#include "claims.h"
#include "count.h"
#include "detail.h"
#include "json.h"
#include "jws_alg.h"
#include "renewal.h"

/* Ahead of the times and the policy: a person who changed is no matter of theirs. */
static enum reason check_renewal(const struct idtoken_check *check)
{
	const struct idtoken_expect *expect = check->expect;

	if (!expect->earlier)
		return REASON_OK;
	return renewal_check(
		check->claims, expect->earlier, expect->skew, check->detail, check->detail_size);
}

static enum reason check_expiry(const struct idtoken_check *check)
{
	double exp = 0;

	if (!idtoken_time_of(check, "exp", &exp))
		return idtoken_refuse(check, REASON_TOKEN_TIME, "exp is missing or no time", NULL);
	if (exp <= (double)(check->expect->now - check->expect->skew))
		return idtoken_refuse(check, REASON_TOKEN_TIME, "exp is past", NULL);
	return REASON_OK;
}

static enum reason check_issued(const struct idtoken_check *check)
{
	const struct idtoken_expect *expect = check->expect;
	double iat = 0;

	if (!idtoken_time_of(check, "iat", &iat))
		return idtoken_refuse(check, REASON_TOKEN_TIME, "iat is missing or no time", NULL);
	if (iat > (double)(expect->now + expect->skew))
		return idtoken_refuse(check, REASON_TOKEN_TIME, "iat is in the future", NULL);
	if (expect->began >= 0 && iat < (double)(expect->began - expect->skew))
		return idtoken_refuse(
			check, REASON_TOKEN_TIME, "iat is before this login began", NULL);
	return REASON_OK;
}

static enum reason check_not_before(const struct idtoken_check *check)
{
	double nbf = 0;

	if (!json_member(check->claims, "nbf"))
		return REASON_OK;
	if (!idtoken_time_of(check, "nbf", &nbf))
		return idtoken_refuse(check, REASON_TOKEN_TIME, "nbf is no time", NULL);
	if (nbf > (double)(check->expect->now + check->expect->skew))
		return idtoken_refuse(check, REASON_TOKEN_TIME, "nbf is in the future", NULL);
	return REASON_OK;
}

static enum reason check_nonce(const struct idtoken_check *check)
{
	const char *nonce = json_string(check->claims, "nonce");

	if (!check->expect->nonce)
		return REASON_OK;
	if (!nonce || strcmp(nonce, check->expect->nonce) != 0)
		return idtoken_refuse(check, REASON_TOKEN_NONCE,
			nonce ? "nonce is another" : "nonce is missing", NULL);
	return REASON_OK;
}

/* The left half of the hash that the algorithm goes with, as base64url. */
static enum reason access_token_hash(
	const struct idtoken_check *check, const struct secret *access_token, struct buf *out)
{
	const struct jws_alg *alg = jws_alg_find(check->alg);
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (!alg)
		return idtoken_refuse(
			check, REASON_TOKEN_AT_HASH, "at_hash of an unknown alg", NULL);
	if (EVP_Q_digest(NULL, alg->hash, NULL, secret_reveal(access_token), access_token->len,
		    hash, &len) != 1 ||
		b64url_encode(hash, len / 2, out) < 0)
		return REASON_NO_MEMORY;
	return REASON_OK;
}

static enum reason check_access_token(const struct idtoken_check *check)
{
	const struct secret *access_token = check->expect->access_token;
	BUF_AUTO(expected, EVP_MAX_MD_SIZE);

	if (!json_member(check->claims, "at_hash"))
		return REASON_OK;
	if (!access_token || !secret_present(access_token))
		return idtoken_refuse(
			check, REASON_TOKEN_AT_HASH, "at_hash without an access token", NULL);
	enum reason reason = access_token_hash(check, access_token, &expected);
	if (reason != REASON_OK)
		return reason;
	const char *at_hash = json_string(check->claims, "at_hash");
	if (!at_hash || strcmp(at_hash, buf_str(&expected)) != 0)
		return idtoken_refuse(
			check, REASON_TOKEN_AT_HASH, "at_hash is another token's", NULL);
	return REASON_OK;
}

static enum reason (*const checks[])(const struct idtoken_check *check) = {
	idtoken_check_whose,
	check_renewal,
	check_expiry,
	check_issued,
	check_not_before,
	check_nonce,
	check_access_token,
	idtoken_check_policy,
};

enum reason idtoken_check_claims(const cJSON *claims, const char *alg,
	const struct idtoken_expect *expect, char *detail, size_t detail_size)
{
	struct idtoken_check check = {.claims = claims, .alg = alg, .expect = expect};

	check.detail = detail;
	check.detail_size = detail_size;
	for (size_t i = 0; i < COUNT(checks); i++) {
		enum reason reason = checks[i](&check);
		if (reason != REASON_OK)
			return expect->earlier ? renewal_refusal(reason) : reason;
	}
	return REASON_OK;
}
