#include "idp_request.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

/* What is configured stands before what discovery says. */
static enum reason configured_endpoints(struct idp *idp)
{
	const struct {
		char **endpoint;
		const char *configured;
	} rows[] = {
		{&idp->endpoints->device_authorization_endpoint,
			idp->request->device_authorization_endpoint},
		{&idp->endpoints->token_endpoint, idp->request->token_endpoint},
		{&idp->endpoints->jwks_uri, idp->request->jwks_uri},
		{&idp->endpoints->userinfo_endpoint, idp->request->userinfo_endpoint},
		{&idp->endpoints->revocation_endpoint, idp->request->revocation_endpoint},
		{&idp->endpoints->authorization_endpoint, idp->request->authorization_endpoint},
		{&idp->endpoints->pushed_authorization_request_endpoint,
			idp->request->pushed_authorization_request_endpoint},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!rows[i].configured || *rows[i].endpoint)
			continue;
		*rows[i].endpoint = strdup(rows[i].configured);
		if (!*rows[i].endpoint)
			return idp_fail(idp, REASON_NO_MEMORY, "out of memory");
	}
	return REASON_OK;
}

static const struct endpoint {
	size_t offset; /* in struct metadata */
	const char *text;
	unsigned int bit;
	enum reason without;
} endpoints[] = {
	{offsetof(struct metadata, device_authorization_endpoint),
		"no device_authorization_endpoint", IDP_DEVICE_AUTHORIZATION,
		REASON_NO_DEVICE_FLOW},
	{offsetof(struct metadata, token_endpoint), "no token_endpoint", IDP_TOKEN,
		REASON_DISCOVERY},
	{offsetof(struct metadata, jwks_uri), "no jwks_uri", IDP_KEYS, REASON_DISCOVERY},
	{offsetof(struct metadata, userinfo_endpoint), "no userinfo_endpoint", IDP_USERINFO,
		REASON_DISCOVERY},
	{offsetof(struct metadata, revocation_endpoint), "no revocation_endpoint", IDP_REVOCATION,
		REASON_DISCOVERY},
	{offsetof(struct metadata, authorization_endpoint), "no authorization_endpoint",
		IDP_AUTHORIZATION, REASON_DISCOVERY},
	{offsetof(struct metadata, pushed_authorization_request_endpoint),
		"no pushed_authorization_request_endpoint", IDP_PUSHED, REASON_DISCOVERY},
};

/* The first of NEEDED that is not known, or NULL. */
static const struct endpoint *missing_endpoint(const struct idp *idp, unsigned int needed)
{
	const char *known = (const char *)idp->endpoints;

	for (size_t i = 0; i < COUNT(endpoints); i++)
		if (needed & endpoints[i].bit && !*(char *const *)(known + endpoints[i].offset))
			return &endpoints[i];
	return NULL;
}

static enum reason fetch_metadata(struct idp *idp)
{
	HTTP_REPLY_AUTO(reply);

	char *url = metadata_url(idp->request->issuer);
	if (!url)
		return idp_fail(idp, REASON_NO_MEMORY, "out of memory");
	struct http_request request = {.url = url, .max = METADATA_MAX};
	enum reason reason = idp_fetch(idp, &request, &reply);
	free(url);
	if (reason != REASON_OK)
		return reason;
	if (reply.status != 200)
		return idp_fail(idp, REASON_DISCOVERY, "its status is not 200");
	return metadata_parse(buf_str(&reply.body), reply.body.len, idp->request->issuer,
		idp->endpoints, idp->detail_rest, idp->detail_room);
}

/* It is read once. */
static bool is_document_needed(const struct idp *idp, unsigned int needed)
{
	if (!idp->request->discovery || idp->endpoints->read)
		return false;
	return needed & IDP_DOCUMENT || missing_endpoint(idp, needed);
}

enum reason idp_discover(struct idp *idp, unsigned int needed)
{
	idp_begin(idp, "discovery");
	enum reason reason = configured_endpoints(idp);

	if (reason == REASON_OK && is_document_needed(idp, needed))
		reason = fetch_metadata(idp);
	if (reason != REASON_OK)
		return reason;
	const struct endpoint *missing = missing_endpoint(idp, needed);
	return missing ? idp_fail(idp, missing->without, missing->text) : REASON_OK;
}
