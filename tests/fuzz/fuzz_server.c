/*
 * The store's program hears a Redis server that is hostile (store/redis.h), in each of its operations:
 * the first byte chooses. The server cannot seal; where it gives back what was sealed under that name,
 * a byte stands for it (1: a session, 2: one that was ended, 3: where a label leads, 4: of no bytes).
 */
#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "count.h"
#include "service.h"
#include "value.h"
#include "wire.h"

#define ID    "0123456789abcdef0123456789abcdef"
#define LABEL "user:alice"

enum { MAX = 64 * 1024 };

static service_op *const operations[] = {service_get, service_find, service_put, service_remove,
	service_end, service_lock, service_unlock, service_list};

static const struct {
	enum seal_kind kind;
	enum name_kind name;
	const char *of;
	const char *plain;
} sealed_values[] = {
	{SEAL_SESSION, NAME_SESSION, ID, ID "\nuser=alice\niss=x\n"},
	{SEAL_ENDED, NAME_SESSION, ID, ID},
	{SEAL_INDEX, NAME_INDEX, LABEL, ID},
	{SEAL_SESSION, NAME_SESSION, ID, ""},
};

static void add_sealed(const struct keys *keys, size_t which, struct buf *out)
{
	static const unsigned char nonce[SEAL_NONCE] = {1};
	const char *plain = sealed_values[which].plain;
	const struct seal_head head = {sealed_values[which].kind, 3};
	BUF_AUTO(sealed, MAX);
	struct names names;

	MUST(names_make(keys, sealed_values[which].name, sealed_values[which].of, &names) == 0);
	MUST(seal_close(&keys->key[0], names.text[0], &head, nonce, plain, strlen(plain),
		     &sealed) == 0);
	buf_printf(out, "$%zu\r\n", sealed.len);
	buf_add(out, sealed.data, sealed.len);
	MUST(buf_puts(out, "\r\n") == 0);
}

/* What the server says, all at once. */
static void speak(int fd, const struct keys *keys, const uint8_t *bytes, size_t len)
{
	BUF_AUTO(said, 4 * MAX);

	for (size_t i = 0; i < len && said.len < MAX; i++) {
		if (bytes[i] >= 1 && bytes[i] <= COUNT(sealed_values))
			add_sealed(keys, bytes[i] - 1u, &said);
		else
			buf_add(&said, bytes + i, 1);
	}
	MUST(send(fd, buf_str(&said), said.len, MSG_DONTWAIT) == (ssize_t)said.len);
	MUST(shutdown(fd, SHUT_WR) == 0);
}

static struct record *make_request(void)
{
	static const char *const fields[][2] = {{"id", ID}, {"index", LABEL},
		{"line", "user=alice"}, {"version", "3"}, {"ttl", "60"}, {"owner", ID},
		{"ttl_ms", "30000"}};
	struct record *request = record_new(wire_store);

	MUST(request);
	for (size_t i = 0; i < COUNT(fields); i++)
		MUST(record_add(request, fields[i][0], fields[i][1]) == 0);
	return request;
}

static void operate(struct service *service, service_op *run)
{
	RECORD_AUTO(request);
	RECORD_AUTO(reply);
	BUF_AUTO(out, RECORD_MAX);

	request = make_request();
	reply = record_new(wire_stored);
	MUST(reply);
	enum status status = run(service, request, reply);
	MUST(fuzz_is_printable(service->redis.detail.text) && *status_name(status));
	MUST(record_add(reply, "status", status_name(status)) == 0);
	MUST(record_format(reply, &out) == 0);
	/* What was not sealed is nobody's session. */
	if (status == STATUS_OK && (run == service_get || run == service_find))
		MUST(strcmp(record_get(reply, "line"), "user=alice") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct channel channel;
	struct service service = {.channel = &channel};
	int server[2];
	int caller[2];

	if (len == 0 || len > MAX / 2)
		return 0;
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, server) == 0);
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, caller) == 0);
	close(caller[1]);
	channel_begin(&channel, caller[0], wire_store);
	MUST(redis_setup(&service.redis) == 0);
	MUST(keys_add(&service.keys,
		     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f") == 0);
	service.redis.transport.fd = server[0];
	service.redis.server.timeout_ms = 1000;
	speak(server[1], &service.keys, bytes + 1, len - 1);
	operate(&service, operations[bytes[0] % COUNT(operations)]);
	redis_end(&service.redis);
	keys_wipe(&service.keys);
	channel_end(&channel);
	close(caller[0]);
	close(server[1]);
	return 0;
}
