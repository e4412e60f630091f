#include "dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"

enum { PORT_TEXT = 6 };

/* A question to the resolver's thread, which reads it as long as it works on it. */
struct question {
	struct gaicb ask;
	struct addrinfo hints;
	char port[PORT_TEXT];
	char host[];
};

/* Waits until the resolver has an answer. Returns 0 or an errno. */
static int wait_for_name(struct gaicb *ask, int64_t deadline)
{
	const struct gaicb *asked[] = {ask};

	while (gai_error(ask) == EAI_INPROGRESS) {
		int left = clock_poll_timeout(deadline);
		const struct timespec timeout = {
			.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000L};

		if (left == 0)
			return -ETIMEDOUT;
		gai_suspend(asked, 1, &timeout);
	}
	return gai_error(ask) == 0 ? 0 : -ENXIO;
}

/* getaddrinfo() knows no deadline, so its thread waits. The question of one that will not be called
 * back stays with it, up to the end of the process. */
static int resolve(
	const char *host, uint16_t port, int64_t deadline, struct addrinfo **ret_addresses)
{
	size_t size = strlen(host) + 1;
	struct question *question = calloc(1, sizeof(*question) + size);

	if (!question)
		return -ENOMEM;
	memcpy(question->host, host, size);
	snprintf(question->port, sizeof(question->port), "%u", port);
	question->hints = (struct addrinfo){
		.ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP, .ai_flags = AI_NUMERICSERV};
	question->ask = (struct gaicb){.ar_name = question->host,
		.ar_service = question->port,
		.ar_request = &question->hints};
	struct gaicb *list[] = {&question->ask};
	int r = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) == 0
			? wait_for_name(&question->ask, deadline)
			: -ENOMEM;
	if (r == 0)
		*ret_addresses = question->ask.ar_result;
	if (r != -ETIMEDOUT || gai_cancel(&question->ask) == EAI_CANCELED)
		free(question);
	return r;
}

/* An address that is written as one needs no thread. */
static int look_up(
	const char *host, uint16_t port, int64_t deadline, struct addrinfo **ret_addresses)
{
	const struct addrinfo numeric = {.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	char text[PORT_TEXT];

	snprintf(text, sizeof(text), "%u", port);
	if (getaddrinfo(host, text, &numeric, ret_addresses) == 0)
		return 0;
	return resolve(host, port, deadline, ret_addresses);
}

static bool is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
	return address->sa_family == AF_INET &&
	       ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 ==
		       IN_LOOPBACKNET;
}

static int finish_connect(int fd, int64_t deadline)
{
	int error = 0;
	socklen_t len = sizeof(error);
	int r = fd_wait(fd, POLLOUT, deadline);

	if (r < 0)
		return r;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? -errno : -error;
}

/* Requests are whole when they are sent: nothing is gained by waiting for more. */
static int try_address(const struct addrinfo *address, int64_t deadline)
{
	int fd = socket(
		address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	if (fd < 0)
		return -errno;
	int r = connect(fd, address->ai_addr, address->ai_addrlen) < 0 ? -errno : 0;
	if (r == -EINPROGRESS)
		r = finish_connect(fd, deadline);
	if (r == 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

static int64_t addresses_left(const struct addrinfo *address)
{
	int64_t n = 0;

	for (; address; address = address->ai_next)
		n++;
	return n;
}

int dial(const char *host, uint16_t port, bool local, int64_t deadline)
{
	struct addrinfo *addresses = NULL;
	int r = look_up(host, port, deadline, &addresses);

	if (r < 0)
		return r;
	r = -ENXIO;
	for (const struct addrinfo *a = addresses; a && r < 0; a = a->ai_next) {
		int64_t now = clock_monotonic_ms();

		if (local && !is_loopback(a->ai_addr))
			continue;
		/* One that is silent leaves the others their share. */
		r = try_address(a, now + (deadline - now) / addresses_left(a));
	}
	freeaddrinfo(addresses);
	return r;
}
