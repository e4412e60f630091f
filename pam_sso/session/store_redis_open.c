/*
 * Starting sso-store and signing it in: the one moment at which the store's key and password are in
 * the memory of this process.
 */
#include "store_redis.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_error.h"
#include "draft.h"
#include "runas.h"
#include "store_link.h"
#include "wire.h"

enum {
	KEYS_MAX = 2,    /* while one is exchanged for another */
	KEY_DIGITS = 64, /* of 256 bits */
};

static bool is_key(const char *text)
{
	return strlen(text) == KEY_DIGITS && strspn(text, "0123456789abcdefABCDEF") == KEY_DIGITS;
}

static enum reason add_keys(struct draft *draft, const char *path, struct config_error *error)
{
	enum reason reason = draft_add_secret_file(draft, "key", path, error);

	if (reason != REASON_OK)
		return reason;
	size_t n = record_count(draft->record, "key");
	for (size_t i = 0; i < n; i++)
		if (n > KEYS_MAX || !is_key(record_nth(draft->record, "key", i)))
			return config_fail(error, REASON_CONFIG,
				"%s: must have one line or two, each of 64 hexadecimal digits",
				path);
	return REASON_OK;
}

static enum reason make_request(
	const struct config *config, struct draft *draft, struct config_error *error)
{
	const char *ca = config->session.store_ca_file;
	const char *password = config->session.store_password_file;
	enum reason reason = REASON_OK;

	draft_add(draft, "op", "open");
	draft_add(draft, "url", config->session.store_url);
	draft_add(draft, "user", config->session.store_user);
	draft_add(draft, "ca_file", ca ? ca : config->network.ca_file);
	draft_add(draft, "ca_dir", ca ? NULL : config->network.ca_dir);
	draft_add_int(draft, "timeout", config->session.store_timeout * 1000);
	if (draft->error < 0)
		return config_fail(
			error, REASON_CONFIG, "the configuration does not fit a request");
	if (password)
		reason = draft_add_secret_file(draft, "password", password, error);
	return reason == REASON_OK ? add_keys(draft, config->session.store_key_file, error)
				   : reason;
}

static int start(const struct config *config, struct store_redis *redis, struct config_error *error)
{
	const char *path = config->session.store_program;
	struct spawn_identity identity;

	if (runas_find(config, &identity, error) != REASON_OK)
		return -EINVAL;
	int r = store_link_start(redis, path, &identity,
		config->session.store_timeout * 1000 + STORE_REDIS_GRACE_MS);
	if (r == 0)
		return 0;
	(void)config_fail(error, REASON_STORE, "cannot start %s: %s", path, strerrordesc_np(-r));
	return -EHOSTUNREACH;
}

/* What goes wrong is told in the program's words, where it has any. */
static int sign_in(struct store_redis *redis, const struct config *config,
	const struct record *request, struct config_error *error)
{
	RECORD_AUTO(reply);
	int r = store_link_ask(redis, request, store_link_deadline(redis), &reply);

	if (r == 0)
		return 0;
	const char *detail = reply ? record_get(reply, "detail") : NULL;
	(void)config_fail(error, REASON_STORE, "%s: %s", config->session.store_url,
		detail ? detail : "sso-store gave no answer that makes sense");
	return r == -EACCES || r == -EINVAL ? r : -EHOSTUNREACH;
}

static int open_with(const struct config *config, const struct record *request,
	struct store_redis **ret, struct config_error *error)
{
	struct store_redis *redis = calloc(1, sizeof(*redis));

	if (!redis)
		return -ENOMEM;
	redis->program.fd = -1;
	int r = start(config, redis, error);
	if (r == 0)
		r = sign_in(redis, config, request, error);
	if (r == 0)
		*ret = redis;
	else
		store_redis_close(redis);
	return r;
}

int store_redis_open(
	const struct config *config, struct store_redis **ret, struct config_error *ret_error)
{
	DRAFT_AUTO(draft, wire_store);
	int r = -EINVAL;
	enum reason reason = draft.error == 0 ? make_request(config, &draft, ret_error)
					      : REASON_NO_MEMORY;

	if (reason == REASON_OK)
		r = open_with(config, draft.record, ret, ret_error);
	else if (reason == REASON_NO_MEMORY)
		r = -ENOMEM;
	if (r == -ENOMEM)
		(void)config_fail(ret_error, REASON_NO_MEMORY, "no memory");
	return r;
}

void store_redis_close(struct store_redis *redis)
{
	if (!redis)
		return;
	store_link_end(redis, STORE_REDIS_GRACE_MS);
	free(redis);
}
