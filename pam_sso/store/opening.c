#include "opening.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS_MAX = 60 * 1000 };

static enum status invalid(struct service *service, const char *what)
{
	return status_fail(&service->redis.detail, STATUS_INVALID, "%s", what);
}

static enum status read_keys(const struct record *request, struct service *service)
{
	size_t n = record_count(request, "key");

	if (n == 0)
		return invalid(service, "no key");
	for (size_t i = 0; i < n; i++) {
		int r = keys_add(&service->keys, record_nth(request, "key", i));

		if (r == -EINVAL)
			return invalid(service,
				"keys must be one or two, of 64 hexadecimal digits, "
				"and differ");
		if (r < 0)
			return status_fail(&service->redis.detail, STATUS_AWAY, "no memory");
	}
	return STATUS_OK;
}

/* A copy of a value; a missing and an empty one are none. Returns 0 or -ENOMEM. */
static int copy(const struct record *request, const char *key, char **ret)
{
	const char *value = record_get(request, key);

	*ret = value && *value ? strdup(value) : NULL;
	return *ret || !value || !*value ? 0 : -ENOMEM;
}

static int copy_all(const struct record *request, struct redis_server *ret)
{
	int r = copy(request, "user", &ret->user);

	if (r == 0)
		r = copy(request, "ca_file", &ret->ca_file);
	if (r == 0)
		r = copy(request, "ca_dir", &ret->ca_dir);
	if (r == 0)
		r = record_get_secret(request, "password", &ret->password);
	return r == -ENOENT ? 0 : r;
}

static enum status read_server(const struct record *request, struct service *service)
{
	struct redis_server *server = &service->redis.server;
	const char *url = record_get(request, "url");

	if (!url || endpoint_parse(url, &server->endpoint) < 0)
		return invalid(service, "the URL is none of a Redis server");
	if (record_get_int(request, "timeout", 1, TIMEOUT_MS_MAX, &server->timeout_ms) < 0)
		return invalid(service, "no timeout");
	if (copy_all(request, server) < 0)
		return status_fail(&service->redis.detail, STATUS_AWAY, "no memory");
	if (server->user && !secret_present(&server->password))
		return invalid(service, "a user without a password");
	if (server->endpoint.tls && !server->ca_file && !server->ca_dir)
		return invalid(service, "no CA certificates to trust");
	return STATUS_OK;
}

enum status opening_read(const struct record *request, struct service *service)
{
	enum status status = read_server(request, service);

	return status == STATUS_OK ? read_keys(request, service) : status;
}
