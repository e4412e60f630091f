/*
 * The worker reads what the module asks (worker/request.h): within its ranges, or a named word.
 */
#include "fuzz.h"

#include <errno.h>

#include "record.h"
#include "request.h"
#include "wire.h"

static void check(const struct request *request)
{
	const struct client *client = &request->client;
	bool secret = client->method == CLIENT_SECRET_BASIC || client->method == CLIENT_SECRET_POST;

	REQUIRE(request->issuer && *request->issuer && client->id && *client->id);
	REQUIRE(request->scope && *request->scope && request->algs.n > 0);
	REQUIRE(!secret || secret_present(&client->secret));
	REQUIRE(client->method != CLIENT_PRIVATE_KEY_JWT || secret_present(&client->key));
	REQUIRE(request->skew >= 0 && request->skew <= 600 && request->max_age >= -1);
	REQUIRE(request->deadline > 0 && request->deadline <= 3600);
	REQUIRE(request->network.connect_timeout > 0 && request->network.request_timeout > 0);
	REQUIRE(request->network.ca_file || request->network.ca_dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	RECORD_AUTO(record);
	REQUEST_AUTO(request);
	const char *key = NULL;

	if (record_parse((const char *)bytes, len, wire_request, &record) <= 0)
		return 0;
	int r = request_read(record, &request, &key);
	REQUIRE(r == 0 || (r == -EINVAL && key));
	if (r == 0)
		check(&request);
	return 0;
}
