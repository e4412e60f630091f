#include "loopback_address.h"

#include <string.h>

#include "count.h"
#include "url.h"

enum { PORT_MAX = 65535, PORT_HTTP = 80 };

static const char scheme[] = "http://";

static const struct {
	const char *host;
	bool ipv6;
} hosts[] = {
	{"127.0.0.1", false},
	{"[::1]", true},
};

/* Reads the port at AT, behind its colon. Returns what follows it, or NULL. */
static const char *read_port(const char *at, uint16_t *ret)
{
	unsigned int port = 0;

	if (*at == '0')
		return NULL;
	for (; *at >= '0' && *at <= '9' && port <= PORT_MAX; at++)
		port = port * 10 + (unsigned int)(*at - '0');
	if (port == 0 || port > PORT_MAX)
		return NULL;
	*ret = (uint16_t)port;
	return at;
}

/* What follows the host, or NULL. */
static const char *read_host(const char *at, struct loopback_address *ret)
{
	for (size_t i = 0; i < COUNT(hosts); i++) {
		size_t len = strlen(hosts[i].host);

		if (strncmp(at, hosts[i].host, len) == 0) {
			ret->ipv6 = hosts[i].ipv6;
			return at + len;
		}
	}
	return NULL;
}

bool loopback_address_read(const char *uri, struct loopback_address *ret)
{
	struct loopback_address address = {0};

	if (!url_is_sendable(uri) || strlen(uri) > URL_MAX || strchr(uri, '#') ||
		strncmp(uri, scheme, strlen(scheme)) != 0)
		return false;
	const char *at = read_host(uri + strlen(scheme), &address);
	if (at && *at == ':')
		at = read_port(at + 1, &address.port);
	if (!at || !strchr("/?", *at))
		return false;
	address.rest = at;
	*ret = address;
	return true;
}

int loopback_address_add_host(
	const struct loopback_address *address, uint16_t port, struct buf *out)
{
	buf_puts(out, hosts[address->ipv6].host);
	if (port == PORT_HTTP)
		return buf_error(out);
	return buf_printf(out, ":%u", port);
}

int loopback_address_add_path(const struct loopback_address *address, struct buf *out)
{
	size_t len = strcspn(address->rest, "?");

	return len ? buf_add(out, address->rest, len) : buf_puts(out, "/");
}
