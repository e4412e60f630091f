#include "loopback_request.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* A run of bytes. */
struct span {
	const char *at;
	size_t len;
};

static const char end_of_head[] = "\r\n\r\n";
static const char method[] = "GET ";
static const char version[] = " HTTP/1.1";

static bool is_letter_or_digit(char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= '0' && byte <= '9');
}

/* RFC 9110 section 5.6.2. */
static bool is_token(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_letter_or_digit(text.at[i]) &&
			(!text.at[i] || !strchr("!#$%&'*+-.^_`|~", text.at[i])))
			return false;
	return text.len > 0;
}

/* RFC 9110 section 5.5. */
static bool is_value(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if ((byte < ' ' && byte != '\t') || byte == 0x7f)
			return false;
	}
	return true;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static struct span trim(struct span text)
{
	while (text.len && is_blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

static bool is_equal(struct span text, const char *string)
{
	return text.len == strlen(string) && memcmp(text.at, string, text.len) == 0;
}

static bool is_name(struct span text, const char *name)
{
	return text.len == strlen(name) && strncasecmp(text.at, name, text.len) == 0;
}

/* Takes the next line, without its end, from HEAD, whose lines all have one. */
static struct span take_line(struct span *head)
{
	const char *end = memmem(head->at, head->len, "\r\n", 2);
	struct span line = {.at = head->at, .len = (size_t)(end - head->at)};

	head->at = end + 2;
	head->len -= line.len + 2;
	return line;
}

/* Rule 3. */
static bool read_target(struct span line, const char *path, struct span *ret)
{
	const size_t around = strlen(method) + strlen(version);
	const size_t path_len = strlen(path);

	if (line.len < around || memcmp(line.at, method, strlen(method)) != 0 ||
		memcmp(line.at + line.len - strlen(version), version, strlen(version)) != 0)
		return false;
	struct span target = {.at = line.at + strlen(method), .len = line.len - around};
	for (size_t i = 0; i < target.len; i++)
		if (target.at[i] <= ' ' || target.at[i] > '~' || target.at[i] == '#')
			return false;
	if (target.len < path_len || memcmp(target.at, path, path_len) != 0 ||
		(target.len > path_len && target.at[path_len] != '?'))
		return false;
	*ret = target;
	return true;
}

/* Rules 4 to 6. */
static bool read_field(struct span line, const char *host, unsigned int *hosts)
{
	const char *colon = memchr(line.at, ':', line.len);

	if (!colon)
		return false;
	struct span name = {.at = line.at, .len = (size_t)(colon - line.at)};
	struct span value = {.at = colon + 1, .len = line.len - name.len - 1};
	if (!is_token(name) || !is_value(value) || is_name(name, "Content-Length") ||
		is_name(name, "Transfer-Encoding"))
		return false;
	if (!is_name(name, "Host"))
		return true;
	++*hosts;
	return is_equal(trim(value), host);
}

/* Reads a head: up to, and with, the end of its last line. */
static bool read_head(struct span head, const struct loopback_expect *expect, struct span *ret)
{
	unsigned int hosts = 0;
	struct span target;

	if (!read_target(take_line(&head), expect->path, &target))
		return false;
	while (head.len)
		if (!read_field(take_line(&head), expect->host, &hosts))
			return false;
	*ret = target;
	return hosts == 1;
}

enum loopback_request loopback_request_read(const char *bytes, size_t len,
	const struct loopback_expect *expect, const char **ret_target, size_t *ret_len)
{
	const size_t begun = len < strlen(method) ? len : strlen(method);
	struct span target;

	if (len > LOOPBACK_REQUEST_MAX || memcmp(bytes, method, begun) != 0)
		return LOOPBACK_OTHER;
	const char *end = memmem(bytes, len, end_of_head, strlen(end_of_head));
	if (!end)
		return len == LOOPBACK_REQUEST_MAX ? LOOPBACK_OTHER : LOOPBACK_MORE;
	struct span head = {.at = bytes, .len = (size_t)(end - bytes) + 2};
	if (head.len + 2 != len || !read_head(head, expect, &target))
		return LOOPBACK_OTHER;
	*ret_target = target.at;
	*ret_len = target.len;
	return LOOPBACK_ANSWER;
}
