/*
 * What neither the moment nor one sign-in decides of an ID token's claims: whose it is (1 to 4),
 * and what is asked of the sign-in (8).
 *
 *  1. `iss` MUST be byte-equal to the issuer.
 *  2. The token MUST NOT be of another kind: no `events` (Back-Channel Logout 2.4), and a `typ` or
 *     `token_use` among the claims, as some IdPs write, MUST name an ID token.
 *  3. `sub` MUST be 1 to IDTOKEN_SUB_MAX bytes of printable ASCII.
 *  4. `aud`, a string or an array of strings, MUST have client_id, and everything else in it MUST
 *     be one of the configured audiences. With several, `azp` MUST be there; where it is, it MUST
 *     be client_id.
 *  8. `acr` MUST be one of the accepted, `amr` an array that has all of the required; `auth_time`
 *     MUST NOT be longer ago than max_age nor in the future; each required claim MUST have its
 *     value. What is asked for and not there fails.
 */
#include "idtoken_check.h"

#include <stdlib.h>
#include <string.h>

#include "claims.h"
#include "count.h"
#include "detail.h"
#include "json.h"

/* 9999-12-31T23:59:59Z */
#define TIME_MAX 253402300799.0

enum reason idtoken_refuse(
	const struct idtoken_check *check, enum reason reason, const char *text, const char *value)
{
	detail_set(check->detail, check->detail_size, text);
	if (value) {
		detail_add(check->detail, check->detail_size, ": ");
		detail_add(check->detail, check->detail_size, value);
	}
	return reason;
}

bool idtoken_time_of(const struct idtoken_check *check, const char *name, double *ret)
{
	const cJSON *value = json_member(check->claims, name);

	if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0 && value->valuedouble <= TIME_MAX))
		return false;
	*ret = value->valuedouble;
	return true;
}

static bool is_asked(const struct strlist *list)
{
	return list && list->n;
}

static enum reason check_issuer(const struct idtoken_check *check)
{
	const char *iss = json_string(check->claims, "iss");

	if (!iss)
		return idtoken_refuse(
			check, REASON_TOKEN_ISSUER, "iss is missing or no string", NULL);
	if (strcmp(iss, check->expect->issuer) != 0)
		return idtoken_refuse(check, REASON_TOKEN_ISSUER, "iss is not the issuer", iss);
	return REASON_OK;
}

/* Members by which IdPs tell their kinds of tokens apart, and what they call an ID token. */
static const struct {
	const char *name;
	const char *id_token;
} kinds[] = {
	{"typ", "ID"},       /* access tokens there have "Bearer" */
	{"token_use", "id"}, /* access tokens there have "access" */
};

static enum reason check_kind(const struct idtoken_check *check)
{
	if (json_member(check->claims, "events"))
		return idtoken_refuse(check, REASON_TOKEN_TYPE, "events: a logout token", NULL);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const char *kind = json_string(check->claims, kinds[i].name);
		if (json_member(check->claims, kinds[i].name) &&
			(!kind || strcmp(kind, kinds[i].id_token) != 0))
			return idtoken_refuse(check, REASON_TOKEN_TYPE, "not an ID token", kind);
	}
	return REASON_OK;
}

static enum reason check_subject(const struct idtoken_check *check)
{
	const char *sub = json_string(check->claims, "sub");
	size_t len = sub ? strlen(sub) : 0;

	if (len < 1 || len > IDTOKEN_SUB_MAX)
		return idtoken_refuse(
			check, REASON_TOKEN_SUBJECT, "sub is no string of 1 to 255 bytes", NULL);
	for (size_t i = 0; i < len; i++)
		if (sub[i] < 0x20 || sub[i] > 0x7e)
			return idtoken_refuse(
				check, REASON_TOKEN_SUBJECT, "sub is not printable ASCII", sub);
	return REASON_OK;
}

/* Whether one audience is client_id or a configured one. */
static bool audience_accepted(const struct idtoken_check *check, const char *audience)
{
	const struct idtoken_expect *expect = check->expect;

	return strcmp(audience, expect->client_id) == 0 ||
	       (is_asked(expect->audiences) && strlist_has(expect->audiences, audience));
}

static enum reason check_audience(const struct idtoken_check *check)
{
	const cJSON *aud = json_member(check->claims, "aud");
	const bool several = cJSON_IsArray(aud);
	bool is_ours = false;

	for (const cJSON *item = several ? aud->child : aud; item;
		item = several ? item->next : NULL) {
		const char *audience = cJSON_GetStringValue(item);
		if (!audience)
			return idtoken_refuse(
				check, REASON_TOKEN_AUDIENCE, "aud is no string", NULL);
		if (!audience_accepted(check, audience))
			return idtoken_refuse(
				check, REASON_TOKEN_AUDIENCE, "aud has another", audience);
		if (strcmp(audience, check->expect->client_id) == 0)
			is_ours = true;
	}
	if (!is_ours)
		return idtoken_refuse(check, REASON_TOKEN_AUDIENCE, "aud lacks this client", NULL);
	return REASON_OK;
}

static enum reason check_party(const struct idtoken_check *check)
{
	const cJSON *aud = json_member(check->claims, "aud");
	const cJSON *azp = json_member(check->claims, "azp");
	const char *party = cJSON_GetStringValue(azp);

	if (!azp && (!cJSON_IsArray(aud) || cJSON_GetArraySize(aud) == 1))
		return REASON_OK;
	if (!party || strcmp(party, check->expect->client_id) != 0)
		return idtoken_refuse(check, REASON_TOKEN_AUDIENCE,
			azp ? "azp is another client" : "several audiences without azp", party);
	return REASON_OK;
}

static enum reason check_acr(const struct idtoken_check *check)
{
	const char *acr = json_string(check->claims, "acr");

	if (!is_asked(check->expect->acr))
		return REASON_OK;
	if (!acr || !strlist_has(check->expect->acr, acr))
		return idtoken_refuse(check, REASON_ACR, "acr is none of the accepted", acr);
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

static enum reason check_amr(const struct idtoken_check *check)
{
	const struct strlist *wanted = check->expect->amr;

	for (size_t i = 0; is_asked(wanted) && i < wanted->n; i++)
		if (!array_has(json_member(check->claims, "amr"), wanted->items[i]))
			return idtoken_refuse(
				check, REASON_AMR, "amr does not have", wanted->items[i]);
	return REASON_OK;
}

static enum reason check_age(const struct idtoken_check *check)
{
	const struct idtoken_expect *expect = check->expect;
	double auth_time = 0;

	if (expect->max_age < 0)
		return REASON_OK;
	if (!idtoken_time_of(check, "auth_time", &auth_time))
		return idtoken_refuse(
			check, REASON_MAX_AGE, "auth_time is missing or no time", NULL);
	if (auth_time > (double)(expect->now + expect->skew))
		return idtoken_refuse(check, REASON_MAX_AGE, "auth_time is in the future", NULL);
	if (auth_time < (double)(expect->now - expect->skew) - (double)expect->max_age)
		return idtoken_refuse(check, REASON_MAX_AGE, "auth_time is too long ago", NULL);
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

static enum reason check_required(const struct idtoken_check *check)
{
	const struct strlist *required = check->expect->required_claims;

	for (size_t i = 0; is_asked(required) && i < required->n; i++)
		if (!requirement_met(check->claims, required->items[i]))
			return idtoken_refuse(check, REASON_REQUIRED_CLAIM,
				"a required claim is not there", required->items[i]);
	return REASON_OK;
}

static enum reason (*const whose[])(const struct idtoken_check *check) = {
	check_issuer,
	check_kind,
	check_subject,
	check_audience,
	check_party,
	NULL,
};

static enum reason (*const policy[])(const struct idtoken_check *check) = {
	check_acr,
	check_amr,
	check_age,
	check_required,
	NULL,
};

static enum reason run(enum reason (*const *checks)(const struct idtoken_check *check),
	const struct idtoken_check *check)
{
	enum reason reason = REASON_OK;

	for (; *checks && reason == REASON_OK; checks++)
		reason = (*checks)(check);
	return reason;
}

enum reason idtoken_check_whose(const struct idtoken_check *check)
{
	return run(whose, check);
}

enum reason idtoken_check_policy(const struct idtoken_check *check)
{
	return run(policy, check);
}

enum reason idtoken_check_lasting(
	const cJSON *claims, const struct idtoken_expect *expect, char *detail, size_t detail_size)
{
	const struct idtoken_check check = {
		.claims = claims, .expect = expect, .detail = detail, .detail_size = detail_size};
	enum reason reason = idtoken_check_whose(&check);

	return reason == REASON_OK ? idtoken_check_policy(&check) : reason;
}
