#include "idtoken.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "detail.h"
#include "json.h"
#include "jws.h"

/* What a refusal of the JWS layer means, for the log. */
static const char *jws_refusal(enum reason reason)
{
	switch (reason) {
	case REASON_TOKEN_FORM:
		return "not a signed token in compact form, or a header out of rules";
	case REASON_TOKEN_ALG: return "alg is none of the accepted";
	case REASON_TOKEN_KEY:
		return "alg does not go with the key, or more keys fit than are tried";
	case REASON_TOKEN_KEY_UNKNOWN: return "the key set does not have the key";
	case REASON_TOKEN_SIGNATURE: return "the signature is wrong";
	default: return reason_name(reason);
	}
}

/* Absent, or JWT in any case (RFC 7519 section 5.1). So no at+jwt (RFC 9068), logout+jwt and the
 * like. */
static bool type_accepted(const char *typ)
{
	return !typ || strcasecmp(typ, "JWT") == 0;
}

/* All that makes the payload believable. */
static enum reason check_jws(
	const struct jws *jws, const struct jwk_set *set, char *detail, size_t size)
{
	if (!type_accepted(jws->typ)) {
		detail_set(detail, size, "typ is not JWT: ");
		detail_add(detail, size, jws->typ);
		return REASON_TOKEN_TYPE;
	}
	enum reason reason = jws_verify(jws, set);
	if (reason == REASON_OK)
		return REASON_OK;
	detail_set(detail, size, jws_refusal(reason));
	detail_add(detail, size, jws->kid ? "; kid=" : "; no kid");
	detail_add(detail, size, jws->kid);
	return reason;
}

/* Reads and checks the payload of a verified signature. *TOKEN holds what was read, in any case. */
static enum reason check_payload(const struct jws *jws, const struct idtoken_expect *expect,
	struct idtoken *token, char *detail, size_t size)
{
	token->claims = json_parse_object(jws->payload.data, jws->payload.len, JWS_MAX);
	if (!token->claims) {
		detail_set(detail, size, "the payload is no strict JSON object");
		return REASON_TOKEN_FORM;
	}
	enum reason reason = idtoken_check_claims(
		token->claims, jws->alg->name, expect, detail, size);
	if (reason != REASON_OK)
		return reason;
	token->sub = strdup(json_string(token->claims, "sub"));
	token->iat = (int64_t)cJSON_GetNumberValue(json_member(token->claims, "iat"));
	return token->sub ? REASON_OK : REASON_NO_MEMORY;
}

enum reason idtoken_verify(const char *token, size_t len, const struct jwk_set *set,
	const struct idtoken_expect *expect, struct idtoken *ret, char *detail, size_t detail_size)
{
	JWS_AUTO(jws);
	struct idtoken verified = {0};

	detail_set(detail, detail_size, NULL);
	enum reason reason = jws_parse(token, len, expect->algs, &jws);
	if (reason != REASON_OK) {
		detail_set(detail, detail_size, jws_refusal(reason));
		return reason;
	}
	reason = check_jws(&jws, set, detail, detail_size);
	if (reason != REASON_OK)
		return reason;
	reason = check_payload(&jws, expect, &verified, detail, detail_size);
	if (reason == REASON_OK)
		*ret = verified;
	else
		idtoken_free(&verified);
	return reason;
}

void idtoken_free(struct idtoken *token)
{
	json_free(token->claims);
	free(token->sub);
	*token = (struct idtoken){0};
}
