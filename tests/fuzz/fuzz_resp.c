/*
 * Where a reply of a Redis server ends (store/resp.h), beside hiredis: what is measured as whole is
 * one reply to it, of that length; no beginning of it is one.
 */
#include "fuzz.h"

#include <errno.h>
#include <hiredis/hiredis.h>

#include "resp.h"

static void check_depth(const redisReply *reply, int depth)
{
	MUST(depth <= RESP_DEPTH);
	for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
		check_depth(reply->element[i], depth + 1);
}

static void check_whole(const char *bytes, size_t len)
{
	redisReader *reader = redisReaderCreate();
	void *reply = NULL;
	void *more = NULL;

	MUST(reader && redisReaderFeed(reader, bytes, len) == REDIS_OK);
	/* Where it is stricter about what stands in a line, there is no reply, and no error either way. */
	if (redisReaderGetReply(reader, &reply) == REDIS_OK) {
		MUST(reply);
		check_depth(reply, 0);
		MUST(redisReaderGetReply(reader, &more) == REDIS_OK && !more);
		freeReplyObject(reply);
	}
	redisReaderFree(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	int size = resp_measure(text, len);

	MUST(size >= 0 || size == -EBADMSG || size == -EMSGSIZE);
	if (size <= 0)
		return 0;
	MUST((size_t)size <= len && size <= RESP_MAX);
	MUST(resp_measure(text, (size_t)size) == size);
	MUST(resp_measure(text, (size_t)size - 1) == 0);
	check_whole(text, (size_t)size);
	return 0;
}
