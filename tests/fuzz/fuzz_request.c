/*
 * The worker reads what the module asks (worker/request.h): within its ranges, or a named word.
 */
#include "fuzz.h"

#include <errno.h>

#include "parameter.h"
#include "record.h"
#include "request.h"
#include "wire.h"

static void check(const struct request *request)
{
	const struct client *client = &request->client;
	bool secret = client->method == CLIENT_SECRET_BASIC || client->method == CLIENT_SECRET_POST;

	MUST(request->issuer && *request->issuer && client->id && *client->id);
	MUST(request->scope && *request->scope && request->algs.n > 0);
	MUST(!secret || secret_present(&client->secret));
	MUST(client->method != CLIENT_PRIVATE_KEY_JWT || secret_present(&client->key));
	MUST(request->skew >= 0 && request->skew <= 600 && request->max_age >= -1);
	MUST(request->flow == FLOW_DEVICE || request->redirect_uri);
	MUST(!request->loopback || (request->flow != FLOW_DEVICE && request->loopback_uid >= 0));
	MUST(request->deadline > 0 && request->deadline <= 3600);
	MUST(request->network.connect_timeout > 0 && request->network.request_timeout > 0);
	MUST(request->network.ca_file || request->network.ca_dir);
	for (size_t i = 0; i < request->authorization_parameters.n; i++)
		MUST(parameter_valid(request->authorization_parameters.items[i]));
	MUST(!parameter_twice(&request->authorization_parameters));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	RECORD_AUTO(record);
	REQUEST_AUTO(request);
	const char *key = NULL;

	if (record_parse((const char *)bytes, len, wire_request, &record) <= 0)
		return 0;
	int r = request_read(record, &request, &key);
	MUST(r == 0 || (r == -EINVAL && key));
	if (r == 0)
		check(&request);
	return 0;
}
