#include "url.h"

#include <arpa/inet.h>
#include <string.h>

#define ALPHA "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"

static const char scheme[] = "https://";

enum { PORT_DIGITS = 5, PORT_MAX = 65535 };

bool url_is_sendable(const char *value)
{
	if (!value || !*value)
		return false;
	for (const char *p = value; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return true;
}

/* Whether the LEN bytes are labels joined by dots. */
static bool is_name(const char *host, size_t len)
{
	if (!len || strspn(host, ALPHA DIGIT ".-_") < len)
		return false;
	if (strchr(".-", host[0]) || strchr(".-", host[len - 1]))
		return false;
	return !memmem(host, len, "..", 2);
}

/* Whether the LEN bytes are an IPv6 address between brackets. */
static bool is_ipv6(const char *host, size_t len)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct in6_addr address;

	if (len < 2 || host[len - 1] != ']' || len - 2 >= sizeof(text))
		return false;
	memcpy(text, host + 1, len - 2);
	return inet_pton(AF_INET6, text, &address) == 1;
}

/* Whether PORT, up to one of / ? # or the string's end, is empty or a colon and a number. */
static bool is_port(const char *port)
{
	size_t len = strcspn(port, "/?#");
	int value = 0;

	if (!len)
		return true;
	if (*port != ':' || len < 2 || len > 1 + PORT_DIGITS || strspn(port + 1, DIGIT) < len - 1)
		return false;
	for (size_t i = 1; i < len; i++)
		value = value * 10 + (port[i] - '0');
	return value >= 1 && value <= PORT_MAX;
}

static bool is_https(const char *url)
{
	if (!url_is_sendable(url) || strlen(url) > URL_MAX)
		return false;
	if (strncmp(url, scheme, strlen(scheme)) != 0)
		return false;
	const char *host = url + strlen(scheme);
	bool bracket = *host == '[';
	size_t len = strcspn(host, bracket ? "/?#" : ":/?#");
	if (bracket)
		len = strcspn(host, "]") + 1 < len ? strcspn(host, "]") + 1 : len;
	if (bracket ? !is_ipv6(host, len) : !is_name(host, len))
		return false;
	return is_port(host + len);
}

bool url_is_endpoint(const char *url)
{
	return is_https(url) && !strchr(url, '#');
}

bool url_is_verification_uri(const char *url)
{
	return is_https(url) && !strpbrk(url, "\"<>\\^`{|}");
}
