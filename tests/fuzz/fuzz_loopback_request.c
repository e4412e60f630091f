/*
 * What a connection to the loopback address sends (loopback_request.h). Its first byte is what of it
 * came first, in 256ths.
 *
 * 1. Of a request that is taken, no part alone is: it is waited for.
 * 2. What is refused in part is refused as a whole.
 * 3. The target is within the bytes, is the path with or without a query, and fit for a line.
 * 4. A request for this address is none for another port, nor for another path.
 */
#include "fuzz.h"

#include "loopback_request.h"

static const struct loopback_expect here = {.host = "127.0.0.1:4711", .path = "/cb"};
static const struct loopback_expect other_port = {.host = "127.0.0.1:4712", .path = "/cb"};
static const struct loopback_expect other_path = {.host = "127.0.0.1:4711", .path = "/cd"};

static enum loopback_request read_as(
	const char *bytes, size_t len, const struct loopback_expect *expect)
{
	const char *target = NULL;
	size_t target_len = 0;
	/* in memory of just its size, where a read beyond it is seen */
	char *copy = malloc(len + !len);

	MUST(copy);
	memcpy(copy, bytes, len);
	enum loopback_request verdict = loopback_request_read(
		copy, len, expect, &target, &target_len);
	MUST((verdict == LOOPBACK_ANSWER) == !!target);
	if (target) {
		size_t path_len = strlen(expect->path);

		MUST(target >= copy && target + target_len <= copy + len);
		MUST(target_len >= path_len && memcmp(target, expect->path, path_len) == 0);
		MUST(target_len == path_len || target[path_len] == '?');
		for (size_t i = 0; i < target_len; i++)
			MUST(target[i] > ' ' && target[i] <= '~');
	}
	free(copy);
	return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len < 2)
		return 0;
	const char *request = (const char *)bytes + 1;
	len--;
	size_t first = len * bytes[0] / 256; /* less than len */
	enum loopback_request part = read_as(request, first, &here);
	enum loopback_request whole = read_as(request, len, &here);

	if (whole == LOOPBACK_ANSWER) {
		MUST(part == LOOPBACK_MORE);
		MUST(read_as(request, len - 1, &here) == LOOPBACK_MORE);
		MUST(read_as(request, len, &other_port) == LOOPBACK_OTHER);
		MUST(read_as(request, len, &other_path) == LOOPBACK_OTHER);
	}
	if (part != LOOPBACK_MORE)
		MUST(whole == LOOPBACK_OTHER);
	return 0;
}
