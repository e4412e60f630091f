#include "item.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "count.h"
#include "detail.h"
#include "json.h"
#include "verify.h"

enum {
	RETRY_AFTER_MAX = 6 * 3600, /* as newer versions of libcurl have it */
	/* Where the provider says that it cannot answer now, and not until when. */
	HOLD_UNSAID = 1,
};

static const int64_t time_max = (int64_t)1 << 40;

struct item *item_new(struct record **record, const struct task *job)
{
	const char *id = record_get(*record, "id");

	if (!id || !*id || strlen(id) > ITEM_ID_MAX)
		return NULL;
	struct item *item = calloc(1, sizeof(*item));
	if (!item)
		return NULL;
	item->record = *record;
	*record = NULL;
	item->id = id;
	item->result.id = id;
	item->task = task_part(job, &item->result);
	item->begin_by_ms = clock_monotonic_ms() + job->request->deadline * 1000 / 2;
	return item;
}

static int read_refresh_token(struct item *item, const char *key)
{
	int r = record_get_secret(item->record, key, &item->refresh_token);

	return r == 0 && !secret_present(&item->refresh_token) ? -ENOENT : r;
}

static int read_sub(struct item *item, const char *key)
{
	item->earlier.sub = record_get(item->record, key);
	return item->earlier.sub && *item->earlier.sub ? 0 : -ENOENT;
}

static int read_auth_time(struct item *item, const char *key)
{
	return record_get_int(item->record, key, -1, time_max, &item->earlier.auth_time);
}

static int read_token_iat(struct item *item, const char *key)
{
	return record_get_int(item->record, key, 0, time_max, &item->earlier.iat);
}

static const struct {
	const char *key;
	int (*read)(struct item *item, const char *key);
} words[] = {
	{"refresh_token", read_refresh_token},
	{"sub", read_sub},
	{"auth_time", read_auth_time},
	{"token_iat", read_token_iat},
};

static enum reason read_words(struct item *item)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		int r = words[i].read(item, words[i].key);

		if (r == -ENOMEM)
			return task_fail(&item->task, REASON_NO_MEMORY, "out of memory");
		if (r < 0) {
			task_fail(&item->task, REASON_INTERNAL, "the item makes no sense: ");
			detail_add(
				item->task.idp.detail, sizeof(item->task.idp.detail), words[i].key);
			return REASON_INTERNAL;
		}
	}
	return REASON_OK;
}

/* How long the provider wants to be left alone, by what it said last; 0 where it did not say. */
static int64_t retry_after(const struct idp *idp)
{
	if (idp->retry_after <= 0)
		return 0;
	return idp->retry_after < RETRY_AFTER_MAX ? idp->retry_after : RETRY_AFTER_MAX;
}

static bool conclude(struct item *item, enum reason reason)
{
	if (reason != REASON_OK) {
		item->result.retry_after = retry_after(&item->task.idp);
		item->hold = item->result.retry_after;
	}
	if (!item->hold && item->tokens.outcome == TOKEN_RETRY)
		item->hold = HOLD_UNSAID;
	task_conclude(&item->task, task_unattended(reason));
	return true;
}

bool item_begin(struct item *item)
{
	enum reason reason = read_words(item);
	if (reason == REASON_OK)
		reason = idp_ask_refresh(
			&item->task.idp, &item->refresh_token, item, &item->exchange);
	return reason == REASON_OK ? false : conclude(item, reason);
}

static struct http_exchange *take_exchange(struct item *item)
{
	struct http_exchange *exchange = item->exchange;

	item->exchange = NULL;
	return exchange;
}

static enum reason read_tokens(struct item *item)
{
	struct idp *idp = &item->task.idp;
	const struct verify_context context = {.earlier = &item->earlier};
	enum reason reason = idp_read_refresh(idp, take_exchange(item), &item->tokens);

	/* Rule 2. */
	result_take_refresh_token(&item->result, &item->tokens);
	if (reason == REASON_OK)
		reason = renewal_outcome(&item->tokens);
	if (reason == REASON_OK)
		reason = verify_token(&item->task, &item->tokens, &context, &item->token);
	item->renewed = true;
	return reason;
}

/* Rule 3. */
static enum reason tell(struct item *item, const cJSON *userinfo)
{
	enum reason reason = verify_collect_from(&item->task, &item->token, userinfo);

	if (reason == REASON_OK)
		result_take_access_token(&item->result, &item->tokens, item->token.iat);
	return reason;
}

static bool go_on_to_userinfo(struct item *item)
{
	enum reason reason = read_tokens(item);

	if (reason == REASON_OK && !item->task.request->userinfo)
		return conclude(item, tell(item, NULL));
	if (reason == REASON_OK)
		reason = idp_ask_userinfo(
			&item->task.idp, &item->tokens.access_token, item, &item->exchange);
	return reason == REASON_OK ? false : conclude(item, reason);
}

static bool go_on_to_end(struct item *item)
{
	JSON_AUTO(userinfo);

	enum reason reason = idp_read_userinfo(
		&item->task.idp, take_exchange(item), item->token.sub, &userinfo);
	if (reason == REASON_OK)
		reason = tell(item, userinfo);
	return conclude(item, reason);
}

bool item_go_on(struct item *item)
{
	return item->renewed ? go_on_to_end(item) : go_on_to_userinfo(item);
}

void item_answer(struct item *item, enum reason reason, const char *detail)
{
	conclude(item, task_fail(&item->task, reason, detail));
}

void item_free(struct item *item)
{
	if (!item)
		return;
	if (item->exchange) {
		HTTP_REPLY_AUTO(reply);

		http_end(item->task.idp.http, item->exchange, &reply, NULL, 0);
	}
	redact_free(&item->task.idp.secrets);
	idtoken_free(&item->token);
	token_reply_free(&item->tokens);
	result_free(&item->result);
	secret_free(&item->refresh_token);
	record_free(item->record);
	free(item);
}
