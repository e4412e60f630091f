#include "result.h"

#include <errno.h>

#include "clock.h"
#include "detail.h"
#include "wire.h"

enum {
	SEND_WAIT_MS = 5 * 1000,
	NOTES_MAX = 16, /* told; an IdP can give a reason for many more */
};

void result_set(struct result *result, enum reason reason, const char *detail)
{
	result->reason = reason;
	detail_set(result->detail, sizeof(result->detail), detail);
}

static void take(struct secret *to, struct secret *from)
{
	secret_free(to);
	*to = *from;
	*from = (struct secret){0};
}

void result_take_refresh_token(struct result *result, struct token_reply *reply)
{
	take(&result->tokens.refresh_token, &reply->refresh_token);
}

void result_take_access_token(struct result *result, struct token_reply *reply, int64_t iat)
{
	take(&result->tokens.access_token, &reply->access_token);
	result->tokens.access_expires_in = reply->expires_in;
	result->tokens.token_iat = iat;
}

static int add_list(
	struct record *record, const char *key, const struct strlist *values, size_t most)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < values->n && i < most; i++)
		r = record_add(record, key, values->items[i]);
	return r;
}

/* What every event has. */
static int add_frame(struct record *record, const struct result *result)
{
	int r = record_add(record, "event", result->id ? WIRE_EVENT_RENEWED : WIRE_EVENT_RESULT);

	if (r == 0)
		r = record_add(record, "reason", reason_name(result->reason));
	if (r == 0 && result->detail[0])
		r = record_add(record, "detail", result->detail);
	return r < 0 ? r : add_list(record, "note", &result->notes, NOTES_MAX);
}

static int add_item(struct record *record, const struct result *result)
{
	int r = record_add(record, "id", result->id);

	if (r == 0 && result->retry_after > 0)
		r = record_add_int(record, "retry_after", result->retry_after);
	return r;
}

static int add_job(struct record *record, const struct result *result)
{
	int r = record_add_int(record, "requests", result->requests);

	if (r == 0)
		r = record_add_int(record, "connections", result->connections);
	if (r == 0)
		r = record_add(record, "sandbox", result->sandbox.text);
	if (r == 0 && result->probed.clock_known)
		r = record_add_int(record, "clock", result->probed.clock);
	if (r == 0 && result->probed.keys)
		r = record_add_int(record, "keys", result->probed.keys);
	return r;
}

static int add_facts(struct record *record, const struct facts *facts)
{
	int r = record_add(record, "iss", facts->iss);

	if (r == 0)
		r = record_add(record, "sub", facts->sub);
	if (r == 0)
		r = add_list(record, "claim", &facts->claims, facts->claims.n);
	if (r == 0 && facts->email_verified)
		r = record_add(record, "email_verified", WIRE_YES);
	if (r == 0 && facts->acr)
		r = record_add(record, "acr", facts->acr);
	if (r == 0)
		r = add_list(record, "amr", &facts->amr, facts->amr.n);
	if (r == 0 && facts->auth_time >= 0)
		r = record_add_int(record, "auth_time", facts->auth_time);
	if (r == 0 && facts->groups_known)
		r = record_add(record, "groups", WIRE_YES);
	if (r == 0 && facts->groups_known)
		r = add_list(record, "group", &facts->groups, facts->groups.n);
	return r;
}

static int add_access_token(struct record *record, const struct result_tokens *tokens)
{
	int r = record_add_secret(record, "access_token", &tokens->access_token);

	if (r == 0)
		r = record_add_int(record, "access_expires_in", tokens->access_expires_in);
	if (r == 0)
		r = record_add_int(record, "token_iat", tokens->token_iat);
	return r;
}

/* What is told with REASON_OK only: of a job that has it to tell. */
static int add_success(struct record *record, const struct result *result)
{
	int r = 0;

	if (result->facts.sub)
		r = add_facts(record, &result->facts);
	if (r == 0 && secret_present(&result->tokens.access_token))
		r = add_access_token(record, &result->tokens);
	if (r == 0 && result->userinfo.len)
		r = record_add(record, "userinfo", buf_str(&result->userinfo));
	if (r == 0 && result->document.len)
		r = record_add(record, "document", buf_str(&result->document));
	return r;
}

static int make_once(const struct result *result, struct record **ret)
{
	RECORD_AUTO(record);

	record = record_new(wire_event);
	if (!record)
		return -ENOMEM;
	int r = add_frame(record, result);
	if (r == 0)
		r = result->id ? add_item(record, result) : add_job(record, result);
	if (r == 0 && result->reason == REASON_OK)
		r = add_success(record, result);
	if (r == 0 && secret_present(&result->tokens.refresh_token))
		r = record_add_secret(record, "refresh_token", &result->tokens.refresh_token);
	if (r < 0)
		return r;
	*ret = record;
	record = NULL;
	return 0;
}

static int make(struct result *result, struct record **ret)
{
	int r = make_once(result, ret);

	if (r == -EMSGSIZE && result->facts.groups_known) {
		result->facts.groups_known = false;
		r = strlist_add(&result->notes, "the groups are more than a result has room for");
		if (r == 0)
			r = make_once(result, ret);
	}
	if (r != -EMSGSIZE)
		return r;
	result_set(result, result->no_room == REASON_UNSET ? REASON_REPLY_SIZE : result->no_room,
		"the claims are more than a result has room for");
	r = make_once(result, ret);
	if (r != -EMSGSIZE)
		return r;
	secret_free(&result->tokens.refresh_token);
	return make_once(result, ret);
}

int result_format(struct result *result, struct buf *out)
{
	RECORD_AUTO(record);
	int r = make(result, &record);

	return r < 0 ? r : record_format(record, out);
}

int result_send(struct channel *channel, struct result *result)
{
	RECORD_AUTO(record);
	int r = make(result, &record);

	return r < 0 ? r : channel_send(channel, record, clock_monotonic_ms() + SEND_WAIT_MS);
}

void result_free(struct result *result)
{
	strlist_free(&result->notes);
	secret_free(&result->tokens.access_token);
	secret_free(&result->tokens.refresh_token);
	buf_free(&result->userinfo);
	buf_free(&result->document);
	facts_free(&result->facts);
}
