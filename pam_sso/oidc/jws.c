#include "jws.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "b64url.h"
#include "count.h"
#include "json.h"

/* Header members with which the rest of the token would mean something else (RFC 7515 section
 * 4.1.11, RFC 7797, RFC 7516 sections 4.1.2, 4.1.3). */
static const char *const refused_members[] = {"crit", "b64", "zip", "enc"};

struct part {
	const char *text;
	size_t len;
};

enum { HEADER, PAYLOAD, SIGNATURE, PARTS };

/* Cuts a token at its dots. False unless there are exactly three parts, none of them empty. */
static bool split(const char *token, size_t len, struct part parts[PARTS])
{
	const char *at = token;
	const char *end = token + len;

	for (int i = HEADER; i < PARTS; i++) {
		const char *dot = memchr(at, '.', (size_t)(end - at));
		if (!dot != (i == SIGNATURE))
			return false;
		parts[i].text = at;
		parts[i].len = (size_t)((dot ? dot : end) - at);
		if (!parts[i].len)
			return false;
		at = dot ? dot + 1 : end;
	}
	return true;
}

static enum reason decode(const struct part *part, struct buf *out)
{
	switch (b64url_decode(part->text, part->len, out)) {
	case 0: return REASON_OK;
	case -ENOMEM: return REASON_NO_MEMORY;
	default: return REASON_TOKEN_FORM;
	}
}

/* A copy of a header member that may be absent, of at most MAX bytes. */
static enum reason copy_member(const cJSON *header, const char *name, size_t max, char **ret)
{
	const cJSON *member = json_member(header, name);

	if (!member)
		return REASON_OK;
	if (!cJSON_IsString(member) || strlen(member->valuestring) > max)
		return REASON_TOKEN_FORM;
	*ret = strdup(member->valuestring);
	return *ret ? REASON_OK : REASON_NO_MEMORY;
}

static enum reason read_header(const cJSON *header, const struct strlist *algs, struct jws *jws)
{
	const char *alg = json_string(header, "alg");

	if (!header)
		return REASON_TOKEN_FORM;
	for (size_t i = 0; i < COUNT(refused_members); i++)
		if (json_member(header, refused_members[i]))
			return REASON_TOKEN_FORM;
	jws->alg = jws_alg_find(alg);
	if (!jws->alg || !strlist_has(algs, alg))
		return REASON_TOKEN_ALG;
	enum reason reason = copy_member(header, "kid", JWK_KID_MAX, &jws->kid);
	if (reason != REASON_OK)
		return reason;
	return copy_member(header, "typ", JWS_MAX, &jws->typ);
}

static enum reason parse_header(
	const struct part *part, const struct strlist *algs, struct jws *jws)
{
	BUF_AUTO(bytes, JWS_MAX);
	JSON_AUTO(header);

	enum reason reason = decode(part, &bytes);
	if (reason != REASON_OK)
		return reason;
	header = json_parse_object(bytes.data, bytes.len, JWS_MAX);
	return read_header(header, algs, jws);
}

enum reason jws_parse(const char *token, size_t len, const struct strlist *algs, struct jws *ret)
{
	JWS_AUTO(jws);
	struct part parts[PARTS];

	if (len > JWS_MAX || !split(token, len, parts))
		return REASON_TOKEN_FORM;
	jws.payload.max = JWS_MAX;
	jws.signature.max = JWS_MAX;
	jws.signed_bytes = token;
	jws.signed_len = parts[HEADER].len + 1 + parts[PAYLOAD].len;
	enum reason reason = parse_header(&parts[HEADER], algs, &jws);
	if (reason == REASON_OK)
		reason = decode(&parts[PAYLOAD], &jws.payload);
	if (reason == REASON_OK)
		reason = decode(&parts[SIGNATURE], &jws.signature);
	if (reason != REASON_OK)
		return reason;
	*ret = jws;
	jws = (struct jws){0};
	return REASON_OK;
}

void jws_free(struct jws *jws)
{
	free(jws->kid);
	free(jws->typ);
	buf_free(&jws->payload);
	buf_free(&jws->signature);
	*jws = (struct jws){0};
}
