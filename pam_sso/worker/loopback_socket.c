#include "loopback_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 128 }; /* of a crowd that comes at once, the browser among it */

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static socklen_t make_address(bool ipv6, uint16_t port, union address *ret)
{
	*ret = (union address){0};
	if (ipv6) {
		ret->ipv6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
			.sin6_port = htons(port),
			.sin6_addr = in6addr_loopback};
		return sizeof(ret->ipv6);
	}
	ret->ipv4 = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	return sizeof(ret->ipv4);
}

/* A port that is named is free again as soon as an earlier sign-in no longer listens there, not when
 * the last of its connections is forgotten. */
static int bind_and_listen(int fd, bool ipv6, uint16_t port)
{
	const int yes = 1;
	union address address;
	socklen_t len = make_address(ipv6, port, &address);

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
		bind(fd, &address.any, len) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return 0;
}

int loopback_socket_open(bool ipv6, uint16_t port)
{
	int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	int r = bind_and_listen(fd, ipv6, port);
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

int loopback_socket_port(int fd, uint16_t *ret)
{
	union address address = {0};
	socklen_t len = sizeof(address);

	if (getsockname(fd, &address.any, &len) < 0)
		return -errno;
	*ret = ntohs(
		address.any.sa_family == AF_INET6 ? address.ipv6.sin6_port : address.ipv4.sin_port);
	return 0;
}
