/*
 * The worker of a refresh takes sessions from its caller (worker/item.h), one behind the other: what
 * goes on its way has all that it needs, and what does not is answered in words that can be told.
 * Nothing leaves the machine: who is on its way is given up.
 */
#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#include "count.h"
#include "item.h"
#include "wire.h"

static const char *const fields[][2] = {{"job", WIRE_JOB_REFRESH},
	{"issuer", "https://idp.example.com"}, {"client_id", "host"}, {"client_auth", "none"},
	{"scope", "openid"}, {"discovery", WIRE_YES}, {"alg", "ES256"}, {"skew", "60"},
	{"ca_dir", "/etc/ssl/certs"}, {"tls_min", "1.2"}, {"connect_timeout", "10"},
	{"request_timeout", "15"}, {"deadline", "15"}};

static void make_request(struct record **ret_record, struct request *ret)
{
	const char *key = NULL;

	*ret_record = record_new(wire_request);
	MUST(*ret_record);
	for (size_t i = 0; i < COUNT(fields); i++)
		MUST(record_add(*ret_record, fields[i][0], fields[i][1]) == 0);
	MUST(request_read(*ret_record, ret, &key) == 0);
}

static void check_answer(struct item *item)
{
	RECORD_AUTO(answer);
	BUF_AUTO(out, RECORD_MAX);

	MUST(item->result.reason != REASON_OK && item->result.reason != REASON_UNSET);
	MUST(fuzz_is_printable(item->result.detail) && *item->result.detail);
	MUST(result_format(&item->result, &out) == 0);
	MUST(record_parse(buf_str(&out), out.len, wire_event, &answer) == (int)out.len);
	MUST(strcmp(record_get(answer, "id"), item->id) == 0);
}

static void take(struct record **record, const struct task *job)
{
	struct item *item = item_new(record, job);

	if (!item)
		return;
	MUST(!*record && *item->id && strlen(item->id) <= ITEM_ID_MAX);
	bool answered = item_begin(item);
	MUST(answered == !item->exchange);
	if (!answered) {
		MUST(secret_present(&item->refresh_token) && *item->earlier.sub);
		MUST(item->earlier.auth_time >= -1 && item->earlier.iat >= 0);
		item_answer(item, REASON_UNREACHABLE, "it was given up");
	}
	check_answer(item);
	item_free(item);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	RECORD_AUTO(words);
	REQUEST_AUTO(request);
	RESULT_AUTO(result);
	struct channel channel;
	char token_endpoint[] = "https://idp.example.com/token";
	struct metadata endpoints = {.token_endpoint = token_endpoint};
	struct task_keys keys = {0};
	struct task job = {.channel = &channel, .result = &result, .keys = &keys};
	int ends[2];

	if (len > RECORD_MAX)
		return 0;
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	MUST(send(ends[1], bytes, len, MSG_DONTWAIT) == (ssize_t)len);
	close(ends[1]);
	make_request(&words, &request);
	job.request = &request;
	job.idp = (struct idp){.request = &request,
		.http = http_new(&request.network, HTTP_MANY, ends[0]),
		.endpoints = &endpoints};
	MUST(job.idp.http);
	channel_begin(&channel, ends[0], wire_item);
	for (int r = 0; r == 0;) {
		RECORD_AUTO(record);

		r = channel_receive(&channel, 0, NULL, 0, &record);
		MUST((r == 0) == (record != NULL));
		if (r == 0)
			take(&record, &job);
	}
	channel_end(&channel);
	http_free(job.idp.http);
	close(ends[0]);
	return 0;
}
