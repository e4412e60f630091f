#include "sshd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION_MARK "OpenSSH_"

enum {
	CHUNK = 64 * 1024,
	OVERLAP = 32,                  /* bytes that a version may take */
	BINARY_MAX = 16 * 1024 * 1024, /* what is looked at of the binary */
	FD_MAX = 256,                  /* sshd has about ten; its client's is one of the first */
	FIRST_WITH_TEXT_MAJOR = 10,
	FIRST_WITH_TEXT_MINOR = 3,
};

/* Reads up to three digits at *AT. Returns the number or -1, and moves *AT behind the digits. */
static int read_number(const char **at, const char *end)
{
	const char *start = *at;
	int number = 0;

	while (*at < end && *at < start + 3 && **at >= '0' && **at <= '9')
		number = number * 10 + (*(*at)++ - '0');
	return *at == start ? -1 : number;
}

static bool is_higher(struct sshd_version a, struct sshd_version b)
{
	return a.major > b.major || (a.major == b.major && a.minor > b.minor);
}

void sshd_version_find(const char *bytes, size_t len, struct sshd_version *version)
{
	const size_t mark = strlen(VERSION_MARK);
	const char *end = bytes + len, *at = bytes;

	while (at < end && (at = memmem(at, (size_t)(end - at), VERSION_MARK, mark))) {
		struct sshd_version found;

		at += mark;
		found.major = read_number(&at, end);
		if (found.major < 0 || at == end || *at != '.')
			continue;
		at++;
		found.minor = read_number(&at, end);
		if (found.minor >= 0 && is_higher(found, *version))
			*version = found;
	}
}

/* Reads through FD; each chunk begins with the end of the one before. */
static struct sshd_version scan(int fd, char *chunk)
{
	struct sshd_version version = {0};
	size_t kept = 0;

	for (off_t at = 0; at < BINARY_MAX;) {
		ssize_t n = pread(fd, chunk + kept, CHUNK, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		size_t len = kept + (size_t)n;
		sshd_version_find(chunk, len, &version);
		kept = len < OVERLAP ? len : OVERLAP;
		memmove(chunk, chunk + len - kept, kept);
		at += n;
	}
	return version;
}

/* Read rather than mapped: a mapping of a file that shrinks kills the process. */
struct sshd_version sshd_version_running(void)
{
	struct sshd_version version = {0};
	char *chunk = malloc(OVERLAP + CHUNK);
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (chunk && fd >= 0)
		version = scan(fd, chunk);
	if (fd >= 0)
		close(fd);
	free(chunk);
	return version;
}

bool sshd_shows_text(struct sshd_version version)
{
	const struct sshd_version first = {FIRST_WITH_TEXT_MAJOR, FIRST_WITH_TEXT_MINOR};

	return !is_higher(first, version);
}

struct endpoint {
	struct in6_addr address; /* IPv4 as mapped */
	uint16_t port;           /* in the network's order */
};

static struct in6_addr map_ipv4(struct in_addr address)
{
	struct in6_addr mapped = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

	memcpy(&mapped.s6_addr[12], &address, sizeof(address));
	return mapped;
}

static bool endpoint_of_text(const char *ssh_connection, struct endpoint *ret)
{
	char address[INET6_ADDRSTRLEN + 1];
	struct in_addr ipv4;
	unsigned int port;

	/* A scope ("%eth0") is not compared: the port tells links apart. */
	int n = sscanf(ssh_connection, "%46[0-9a-fA-F:.]%*[^ ] %5u", address, &port);
	if (n != 2)
		n = sscanf(ssh_connection, "%46[0-9a-fA-F:.] %5u", address, &port);
	if (n != 2 || port > UINT16_MAX)
		return false;
	ret->port = htons((uint16_t)port);
	if (inet_pton(AF_INET, address, &ipv4) == 1) {
		ret->address = map_ipv4(ipv4);
		return true;
	}
	return inet_pton(AF_INET6, address, &ret->address) == 1;
}

static bool endpoint_of_peer(const struct sockaddr *peer, socklen_t len, struct endpoint *ret)
{
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;

	if (len >= sizeof(ipv4) && peer->sa_family == AF_INET) {
		memcpy(&ipv4, peer, sizeof(ipv4));
		*ret = (struct endpoint){map_ipv4(ipv4.sin_addr), ipv4.sin_port};
		return true;
	}
	if (len >= sizeof(ipv6) && peer->sa_family == AF_INET6) {
		memcpy(&ipv6, peer, sizeof(ipv6));
		*ret = (struct endpoint){ipv6.sin6_addr, ipv6.sin6_port};
		return true;
	}
	return false;
}

bool sshd_is_client(const struct sockaddr *peer, socklen_t len, const char *ssh_connection)
{
	struct endpoint client, other;

	return endpoint_of_text(ssh_connection, &client) && endpoint_of_peer(peer, len, &other) &&
	       client.port == other.port &&
	       memcmp(&client.address, &other.address, sizeof(client.address)) == 0;
}

int sshd_client_fd(const char *ssh_connection)
{
	for (int fd = 0; fd < FD_MAX; fd++) {
		struct sockaddr_storage peer = {0};
		socklen_t len = sizeof(peer);

		if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
			sshd_is_client((struct sockaddr *)&peer, len, ssh_connection))
			return fd;
	}
	return -1;
}
