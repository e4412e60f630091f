/*
 * A discovery document (metadata.h): of the configured issuer, with addresses that may be asked; and
 * what the configuration says stands.
 */
#include "fuzz.h"

#include "json.h"
#include "metadata.h"
#include "url.h"

static const char issuer[] = "https://idp.example.com";
static const char own[] = "https://own.example.com/token";

static void check_endpoint(const cJSON *document, const char *name, const char *endpoint)
{
	const char *said = json_string(document, name);

	MUST(!endpoint == !json_member(document, name));
	if (endpoint)
		MUST(said && strcmp(endpoint, said) == 0 && url_is_endpoint(endpoint));
}

static void check_word(const cJSON *document, const char *name, bool word)
{
	const cJSON *said = json_member(document, name);

	MUST(said ? cJSON_IsBool(said) && cJSON_IsTrue(said) == word : !word);
}

static void check(const char *text, size_t len, const struct metadata *metadata)
{
	JSON_AUTO(document);

	document = json_parse_object(text, len, METADATA_MAX);
	MUST(document && strcmp(json_string(document, "issuer"), issuer) == 0);
	MUST(strcmp(metadata->token_endpoint, own) == 0);
	check_endpoint(
		document, "device_authorization_endpoint", metadata->device_authorization_endpoint);
	check_endpoint(document, "jwks_uri", metadata->jwks_uri);
	check_endpoint(document, "userinfo_endpoint", metadata->userinfo_endpoint);
	check_endpoint(document, "revocation_endpoint", metadata->revocation_endpoint);
	check_endpoint(document, "authorization_endpoint", metadata->authorization_endpoint);
	check_endpoint(document, "pushed_authorization_request_endpoint",
		metadata->pushed_authorization_request_endpoint);
	check_word(document, "authorization_response_iss_parameter_supported",
		metadata->iss_in_answers);
	check_word(document, "require_pushed_authorization_requests", metadata->must_push);
	MUST(metadata->read);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	char detail[128] = "";
	METADATA_AUTO(metadata);

	metadata.token_endpoint = strdup(own);
	enum reason reason = metadata_parse(text, len, issuer, &metadata, detail, sizeof(detail));
	MUST(reason == REASON_OK || (reason == REASON_DISCOVERY && *detail));
	MUST(fuzz_is_printable(detail));
	if (reason == REASON_OK)
		check(text, len, &metadata);
	else
		MUST(!metadata.jwks_uri && !metadata.userinfo_endpoint);
	return 0;
}
