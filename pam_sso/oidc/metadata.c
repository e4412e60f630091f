#include "metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detail.h"
#include "json.h"
#include "url.h"

enum { ENDPOINTS = 7, FLAGS = 2 };

static const struct endpoint {
	const char *name;
	size_t offset;
} endpoints[ENDPOINTS] = {
	{"device_authorization_endpoint", offsetof(struct metadata, device_authorization_endpoint)},
	{"token_endpoint", offsetof(struct metadata, token_endpoint)},
	{"jwks_uri", offsetof(struct metadata, jwks_uri)},
	{"userinfo_endpoint", offsetof(struct metadata, userinfo_endpoint)},
	{"revocation_endpoint", offsetof(struct metadata, revocation_endpoint)},
	{"authorization_endpoint", offsetof(struct metadata, authorization_endpoint)},
	{"pushed_authorization_request_endpoint",
		offsetof(struct metadata, pushed_authorization_request_endpoint)},
};

static const struct flag {
	const char *name;
	size_t offset;
} flags[FLAGS] = {
	{"authorization_response_iss_parameter_supported",
		offsetof(struct metadata, iss_in_answers)},
	{"require_pushed_authorization_requests", offsetof(struct metadata, must_push)},
};

static char **endpoint_of(struct metadata *metadata, size_t i)
{
	return (char **)((char *)metadata + endpoints[i].offset);
}

static bool *flag_of(struct metadata *metadata, size_t i)
{
	return (bool *)((char *)metadata + flags[i].offset);
}

char *metadata_url(const char *issuer)
{
	size_t len = strlen(issuer);
	char *url = NULL;

	if (len && issuer[len - 1] == '/')
		len--;
	if (asprintf(&url, "%.*s/.well-known/openid-configuration", (int)len, issuer) < 0)
		return NULL;
	return url;
}

/* Reads the endpoints that KNOWN lacks. */
static enum reason read_endpoints(const cJSON *document, struct metadata *known,
	struct metadata *found, char *detail, size_t detail_size)
{
	for (size_t i = 0; i < ENDPOINTS; i++) {
		const char *name = endpoints[i].name;
		const char *value = json_string(document, name);

		if (*endpoint_of(known, i) || !json_member(document, name))
			continue;
		if (!url_is_endpoint(value)) {
			detail_set(detail, detail_size, name);
			detail_add(detail, detail_size, " is not an https address: ");
			detail_add(detail, detail_size, value);
			return REASON_DISCOVERY;
		}
		*endpoint_of(found, i) = strdup(value);
		if (!*endpoint_of(found, i))
			return REASON_NO_MEMORY;
	}
	return REASON_OK;
}

/* Rule 4. */
static enum reason read_flags(
	const cJSON *document, struct metadata *found, char *detail, size_t detail_size)
{
	for (size_t i = 0; i < FLAGS; i++) {
		const cJSON *flag = json_member(document, flags[i].name);

		if (flag && !cJSON_IsBool(flag)) {
			detail_set(detail, detail_size, flags[i].name);
			detail_add(detail, detail_size, " is neither true nor false");
			return REASON_DISCOVERY;
		}
		*flag_of(found, i) = cJSON_IsTrue(flag);
	}
	return REASON_OK;
}

enum reason metadata_parse(const char *bytes, size_t len, const char *issuer, struct metadata *ret,
	char *detail, size_t detail_size)
{
	JSON_AUTO(document);
	METADATA_AUTO(found);

	detail_set(detail, detail_size, NULL);
	document = json_parse_object(bytes, len, METADATA_MAX);
	if (!document) {
		detail_set(detail, detail_size, "the discovery document is not a JSON object");
		return REASON_DISCOVERY;
	}
	const char *said = json_string(document, "issuer");
	if (!said || strcmp(said, issuer) != 0) {
		detail_set(detail, detail_size, "the discovery document is of another issuer: ");
		detail_add(detail, detail_size, said);
		return REASON_DISCOVERY;
	}
	enum reason reason = read_endpoints(document, ret, &found, detail, detail_size);
	if (reason == REASON_OK)
		reason = read_flags(document, &found, detail, detail_size);
	if (reason != REASON_OK)
		return reason;
	for (size_t i = 0; i < FLAGS; i++)
		*flag_of(ret, i) = *flag_of(&found, i);
	ret->read = true;
	for (size_t i = 0; i < ENDPOINTS; i++) {
		char **from = endpoint_of(&found, i);

		if (*from)
			*endpoint_of(ret, i) = *from;
		*from = NULL;
	}
	return REASON_OK;
}

void metadata_free(struct metadata *metadata)
{
	for (size_t i = 0; i < ENDPOINTS; i++)
		free(*endpoint_of(metadata, i));
	*metadata = (struct metadata){0};
}
