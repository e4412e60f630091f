/*
 * The claims of an ID token whose signature was verified (OpenID Connect Core 2 and 3.1.3.7; where
 * it says SHOULD, MUST here). The first check that fails is the verdict.
 *
 *  1. `iss` MUST be byte-equal to the issuer.
 *  2. The token MUST NOT be of another kind: no `events` (Back-Channel Logout 2.4), and a `typ` or
 *     `token_use` among the claims, as some IdPs write, MUST name an ID token.
 *  3. `sub` MUST be 1 to IDTOKEN_SUB_MAX bytes of printable ASCII.
 *  4. `aud`, a string or an array of strings, MUST have client_id, and everything else in it MUST
 *     be one of the configured audiences. With several, `azp` MUST be there; where it is, it MUST
 *     be client_id.
 *  5. `exp`, `iat` and, where it is there, `nbf` MUST be numbers, at least 0 and before the year
 *     10000; fractions are fine. SKEW goes to the token's favour: `exp` MUST be ahead of now, `nbf`
 *     and `iat` MUST NOT be, and `iat` MUST NOT be before the login began.
 *  6. `nonce` MUST be the one that was sent, if one was.
 *  7. `at_hash`, where it is there, MUST be the access token's (3.1.3.6): a hash that cannot be
 *     checked, as the token is not at hand, is refused.
 *  8. `acr` MUST be one of the accepted, `amr` an array that has all of the required; `auth_time`
 *     MUST NOT be longer ago than max_age nor in the future; each required claim MUST have its
 *     value. What is asked for and not there fails.
 *  9. A token that renews an earlier one MUST keep what renewal.h says.
 */
#include "idtoken.h"

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

/* 9999-12-31T23:59:59Z */
#define TIME_MAX 253402300799.0

struct check {
	const cJSON *claims;
	const char *alg;
	const struct idtoken_expect *expect;
	char *detail;
	size_t detail_size;
};

/* Says why, with a VALUE from the token that explains it, or NULL. */
static enum reason refuse(
	const struct check *check, enum reason reason, const char *text, const char *value)
{
	detail_set(check->detail, check->detail_size, text);
	if (value) {
		detail_add(check->detail, check->detail_size, ": ");
		detail_add(check->detail, check->detail_size, value);
	}
	return reason;
}

static bool is_asked(const struct strlist *list)
{
	return list && list->n;
}

static enum reason check_issuer(const struct check *check)
{
	const char *iss = json_string(check->claims, "iss");

	if (!iss)
		return refuse(check, REASON_TOKEN_ISSUER, "iss is missing or no string", NULL);
	if (strcmp(iss, check->expect->issuer) != 0)
		return refuse(check, REASON_TOKEN_ISSUER, "iss is not the issuer", iss);
	return REASON_OK;
}

/* Members by which IdPs tell their kinds of tokens apart, and what they call an ID token. */
static const struct {
	const char *name;
	const char *id_token;
} kinds[] = {
	{"typ", "ID"},       /* Keycloak; its access tokens have "Bearer" */
	{"token_use", "id"}, /* Cognito; its access tokens have "access" */
};

static enum reason check_kind(const struct check *check)
{
	if (json_member(check->claims, "events"))
		return refuse(check, REASON_TOKEN_TYPE, "events: a logout token", NULL);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const char *kind = json_string(check->claims, kinds[i].name);
		if (json_member(check->claims, kinds[i].name) &&
			(!kind || strcmp(kind, kinds[i].id_token) != 0))
			return refuse(check, REASON_TOKEN_TYPE, "not an ID token", kind);
	}
	return REASON_OK;
}

static enum reason check_subject(const struct check *check)
{
	const char *sub = json_string(check->claims, "sub");
	size_t len = sub ? strlen(sub) : 0;

	if (len < 1 || len > IDTOKEN_SUB_MAX)
		return refuse(
			check, REASON_TOKEN_SUBJECT, "sub is no string of 1 to 255 bytes", NULL);
	for (size_t i = 0; i < len; i++)
		if (sub[i] < 0x20 || sub[i] > 0x7e)
			return refuse(
				check, REASON_TOKEN_SUBJECT, "sub is not printable ASCII", sub);
	return REASON_OK;
}

/* Whether one audience is client_id or a configured one. */
static bool audience_accepted(const struct check *check, const char *audience)
{
	const struct idtoken_expect *expect = check->expect;

	return strcmp(audience, expect->client_id) == 0 ||
	       (is_asked(expect->audiences) && strlist_has(expect->audiences, audience));
}

static enum reason check_audience(const struct check *check)
{
	const cJSON *aud = json_member(check->claims, "aud");
	const bool several = cJSON_IsArray(aud);
	bool is_ours = false;

	for (const cJSON *item = several ? aud->child : aud; item;
		item = several ? item->next : NULL) {
		const char *audience = cJSON_GetStringValue(item);
		if (!audience)
			return refuse(check, REASON_TOKEN_AUDIENCE, "aud is no string", NULL);
		if (!audience_accepted(check, audience))
			return refuse(check, REASON_TOKEN_AUDIENCE, "aud has another", audience);
		if (strcmp(audience, check->expect->client_id) == 0)
			is_ours = true;
	}
	if (!is_ours)
		return refuse(check, REASON_TOKEN_AUDIENCE, "aud lacks this client", NULL);
	return REASON_OK;
}

static enum reason check_party(const struct check *check)
{
	const cJSON *aud = json_member(check->claims, "aud");
	const cJSON *azp = json_member(check->claims, "azp");
	const char *party = cJSON_GetStringValue(azp);

	if (!azp && (!cJSON_IsArray(aud) || cJSON_GetArraySize(aud) == 1))
		return REASON_OK;
	if (!party || strcmp(party, check->expect->client_id) != 0)
		return refuse(check, REASON_TOKEN_AUDIENCE,
			azp ? "azp is another client" : "several audiences without azp", party);
	return REASON_OK;
}

/* Ahead of the times and the policy: a person who changed is no matter of theirs. */
static enum reason check_renewal(const struct check *check)
{
	const struct idtoken_expect *expect = check->expect;

	if (!expect->earlier)
		return REASON_OK;
	return renewal_check(
		check->claims, expect->earlier, expect->skew, check->detail, check->detail_size);
}

/* Whether a claim is a time; then sets *ret. */
static bool time_of(const struct check *check, const char *name, double *ret)
{
	const cJSON *value = json_member(check->claims, name);

	if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0 && value->valuedouble <= TIME_MAX))
		return false;
	*ret = value->valuedouble;
	return true;
}

static enum reason check_expiry(const struct check *check)
{
	double exp = 0;

	if (!time_of(check, "exp", &exp))
		return refuse(check, REASON_TOKEN_TIME, "exp is missing or no time", NULL);
	if (exp <= (double)(check->expect->now - check->expect->skew))
		return refuse(check, REASON_TOKEN_TIME, "exp is past", NULL);
	return REASON_OK;
}

static enum reason check_issued(const struct check *check)
{
	const struct idtoken_expect *expect = check->expect;
	double iat = 0;

	if (!time_of(check, "iat", &iat))
		return refuse(check, REASON_TOKEN_TIME, "iat is missing or no time", NULL);
	if (iat > (double)(expect->now + expect->skew))
		return refuse(check, REASON_TOKEN_TIME, "iat is in the future", NULL);
	if (expect->began >= 0 && iat < (double)(expect->began - expect->skew))
		return refuse(check, REASON_TOKEN_TIME, "iat is before this login began", NULL);
	return REASON_OK;
}

static enum reason check_not_before(const struct check *check)
{
	double nbf = 0;

	if (!json_member(check->claims, "nbf"))
		return REASON_OK;
	if (!time_of(check, "nbf", &nbf))
		return refuse(check, REASON_TOKEN_TIME, "nbf is no time", NULL);
	if (nbf > (double)(check->expect->now + check->expect->skew))
		return refuse(check, REASON_TOKEN_TIME, "nbf is in the future", NULL);
	return REASON_OK;
}

static enum reason check_nonce(const struct check *check)
{
	const char *nonce = json_string(check->claims, "nonce");

	if (!check->expect->nonce)
		return REASON_OK;
	if (!nonce || strcmp(nonce, check->expect->nonce) != 0)
		return refuse(check, REASON_TOKEN_NONCE,
			nonce ? "nonce is another" : "nonce is missing", NULL);
	return REASON_OK;
}

/* The left half of the hash that the algorithm goes with, as base64url. */
static enum reason access_token_hash(
	const struct check *check, const struct secret *access_token, struct buf *out)
{
	const struct jws_alg *alg = jws_alg_find(check->alg);
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (!alg)
		return refuse(check, REASON_TOKEN_AT_HASH, "at_hash of an unknown alg", NULL);
	if (EVP_Q_digest(NULL, alg->hash, NULL, secret_reveal(access_token), access_token->len,
		    hash, &len) != 1 ||
		b64url_encode(hash, len / 2, out) < 0)
		return REASON_NO_MEMORY;
	return REASON_OK;
}

static enum reason check_access_token(const struct check *check)
{
	const struct secret *access_token = check->expect->access_token;
	BUF_AUTO(expected, EVP_MAX_MD_SIZE);

	if (!json_member(check->claims, "at_hash"))
		return REASON_OK;
	if (!access_token || !secret_present(access_token))
		return refuse(check, REASON_TOKEN_AT_HASH, "at_hash without an access token", NULL);
	enum reason reason = access_token_hash(check, access_token, &expected);
	if (reason != REASON_OK)
		return reason;
	const char *at_hash = json_string(check->claims, "at_hash");
	if (!at_hash || strcmp(at_hash, buf_str(&expected)) != 0)
		return refuse(check, REASON_TOKEN_AT_HASH, "at_hash is another token's", NULL);
	return REASON_OK;
}

static enum reason check_acr(const struct check *check)
{
	const char *acr = json_string(check->claims, "acr");

	if (!is_asked(check->expect->acr))
		return REASON_OK;
	if (!acr || !strlist_has(check->expect->acr, acr))
		return refuse(check, REASON_ACR, "acr is none of the accepted", acr);
	return REASON_OK;
}

static bool array_has(const cJSON *array, const char *string)
{
	if (!cJSON_IsArray(array))
		return false;
	for (const cJSON *item = array->child; item; item = item->next)
		if (cJSON_IsString(item) && strcmp(item->valuestring, string) == 0)
			return true;
	return false;
}

static enum reason check_amr(const struct check *check)
{
	const struct strlist *wanted = check->expect->amr;

	for (size_t i = 0; is_asked(wanted) && i < wanted->n; i++)
		if (!array_has(json_member(check->claims, "amr"), wanted->items[i]))
			return refuse(check, REASON_AMR, "amr does not have", wanted->items[i]);
	return REASON_OK;
}

static enum reason check_age(const struct check *check)
{
	const struct idtoken_expect *expect = check->expect;
	double auth_time = 0;

	if (expect->max_age < 0)
		return REASON_OK;
	if (!time_of(check, "auth_time", &auth_time))
		return refuse(check, REASON_MAX_AGE, "auth_time is missing or no time", NULL);
	if (auth_time > (double)(expect->now + expect->skew))
		return refuse(check, REASON_MAX_AGE, "auth_time is in the future", NULL);
	if (auth_time < (double)(expect->now - expect->skew) - (double)expect->max_age)
		return refuse(check, REASON_MAX_AGE, "auth_time is too long ago", NULL);
	return REASON_OK;
}

/* Whether `path=value` holds. */
static bool requirement_met(const cJSON *claims, const char *requirement)
{
	const char *equals = strchr(requirement, '=');

	if (!equals)
		return false;
	char *path = strndup(requirement, (size_t)(equals - requirement));
	bool met = path && claims_has(claims, path, equals + 1);
	free(path);
	return met;
}

static enum reason check_required(const struct check *check)
{
	const struct strlist *required = check->expect->required_claims;

	for (size_t i = 0; is_asked(required) && i < required->n; i++)
		if (!requirement_met(check->claims, required->items[i]))
			return refuse(check, REASON_REQUIRED_CLAIM, "a required claim is not there",
				required->items[i]);
	return REASON_OK;
}

static enum reason (*const checks[])(const struct check *check) = {
	check_issuer,
	check_kind,
	check_subject,
	check_audience,
	check_party,
	check_renewal,
	check_expiry,
	check_issued,
	check_not_before,
	check_nonce,
	check_access_token,
	check_acr,
	check_amr,
	check_age,
	check_required,
};

enum reason idtoken_check_claims(const cJSON *claims, const char *alg,
	const struct idtoken_expect *expect, char *detail, size_t detail_size)
{
	struct check check = {.claims = claims, .alg = alg, .expect = expect};

	check.detail = detail;
	check.detail_size = detail_size;
	for (size_t i = 0; i < COUNT(checks); i++) {
		enum reason reason = checks[i](&check);
		if (reason != REASON_OK)
			return expect->earlier ? renewal_refusal(reason) : reason;
	}
	return REASON_OK;
}
