#include "endpoint.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool skip(const char **at, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*at, prefix, len) != 0)
		return false;
	*at += len;
	return true;
}

/* A decimal number from MIN to MAX, without leading zeros. */
static int take_number(const char **at, unsigned long min, unsigned long max, uint16_t *ret)
{
	size_t len = strspn(*at, DIGITS);
	unsigned long value = 0;

	if (len == 0 || len > 5 || (**at == '0' && len > 1))
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		value = value * 10 + (unsigned long)(*(*at)++ - '0');
	if (value < min || value > max)
		return -EINVAL;
	*ret = (uint16_t)value;
	return 0;
}

static int take_host(const char **at, char ret[ENDPOINT_HOST + 1])
{
	bool brackets = skip(at, "[");
	const char *host = *at;
	size_t len = strspn(host, brackets ? DIGITS "abcdefABCDEF:." : DIGITS LETTERS "-._");

	*at += len;
	if (len == 0 || len > ENDPOINT_HOST || (brackets && !skip(at, "]")))
		return -EINVAL;
	memcpy(ret, host, len);
	ret[len] = '\0';
	return 0;
}

int endpoint_parse(const char *url, struct endpoint *ret)
{
	struct endpoint endpoint = {.port = ENDPOINT_PORT};

	endpoint.tls = skip(&url, "rediss://");
	if (!endpoint.tls && !skip(&url, "redis://"))
		return -EINVAL;
	if (take_host(&url, endpoint.host) < 0)
		return -EINVAL;
	if (skip(&url, ":") && take_number(&url, 1, UINT16_MAX, &endpoint.port) < 0)
		return -EINVAL;
	if (skip(&url, "/") && *url &&
		take_number(&url, 0, ENDPOINT_DATABASE_MAX, &endpoint.database) < 0)
		return -EINVAL;
	if (*url)
		return -EINVAL;
	*ret = endpoint;
	return 0;
}
