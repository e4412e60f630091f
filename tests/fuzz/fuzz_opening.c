/*
 * The store's program reads its first request (store/opening.h): a server and keys, or nothing.
 */
#include "fuzz.h"

#include "opening.h"
#include "wire.h"

static void check(const struct service *service)
{
	const struct redis_server *server = &service->redis.server;

	MUST(*server->endpoint.host && server->endpoint.port && server->timeout_ms > 0);
	MUST(!server->endpoint.tls || server->ca_file || server->ca_dir);
	MUST(!server->user || secret_present(&server->password));
	MUST(service->keys.n >= 1 && service->keys.n <= KEYS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	RECORD_AUTO(request);
	struct service service = {0};

	if (record_parse((const char *)bytes, len, wire_store, &request) <= 0)
		return 0;
	MUST(redis_setup(&service.redis) == 0);
	enum status status = opening_read(request, &service);
	MUST(status == STATUS_OK || status == STATUS_INVALID);
	if (status == STATUS_OK)
		check(&service);
	else
		MUST(*service.redis.detail.text);
	keys_wipe(&service.keys);
	redis_end(&service.redis);
	return 0;
}
