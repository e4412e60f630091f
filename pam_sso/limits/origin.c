#include "origin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

enum { KIND_IPV4 = '4', KIND_IPV6 = '6', KIND_NAME = 'n', PREFIX = 64 / 8, EMBEDDED = 96 / 8 };

static size_t set(unsigned char ret[ORIGIN_MAX], unsigned char kind, const void *bytes, size_t len)
{
	ret[0] = kind;
	memcpy(ret + 1, bytes, len);
	return 1 + len;
}

/* Rule 1. */
static size_t set_ipv4(unsigned char ret[ORIGIN_MAX], const void *bytes)
{
	static const unsigned char this_machine[] = {IN_LOOPBACKNET, 0, 0, 1};
	bool loopback = *(const unsigned char *)bytes == IN_LOOPBACKNET;

	return set(ret, KIND_IPV4, loopback ? this_machine : bytes, sizeof(this_machine));
}

static bool embeds_ipv4(const struct in6_addr *ipv6)
{
	static const unsigned char nat64[EMBEDDED] = {0, 0x64, 0xff, 0x9b};

	return IN6_IS_ADDR_V4MAPPED(ipv6) || memcmp(ipv6, nat64, sizeof(nat64)) == 0;
}

static bool read_ipv6(const char *rhost, struct in6_addr *ret)
{
	char text[INET6_ADDRSTRLEN] = "";
	size_t len = strcspn(rhost, "%");

	if (len >= sizeof(text))
		return false;
	memcpy(text, rhost, len);
	return inet_pton(AF_INET6, text, ret) == 1;
}

static size_t set_name(unsigned char ret[ORIGIN_MAX], const char *name)
{
	size_t len = 0;

	ret[0] = KIND_NAME;
	for (; len < ORIGIN_NAME && name[len]; len++) {
		bool upper = name[len] >= 'A' && name[len] <= 'Z';

		ret[1 + len] = (unsigned char)(upper ? name[len] - 'A' + 'a' : name[len]);
	}
	return 1 + len;
}

size_t origin_read(const char *rhost, unsigned char ret[ORIGIN_MAX])
{
	struct in_addr ipv4;
	struct in6_addr ipv6;

	if (inet_pton(AF_INET, rhost, &ipv4) == 1)
		return set_ipv4(ret, &ipv4);
	if (!read_ipv6(rhost, &ipv6))
		return set_name(ret, rhost);
	if (embeds_ipv4(&ipv6))
		return set_ipv4(ret, ipv6.s6_addr + EMBEDDED);
	return set(ret, KIND_IPV6, ipv6.s6_addr, PREFIX);
}
