#include "keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind.h"
#include "clock.h"
#include "host.h"
#include "session.h"
#include "shelf.h"
#include "this_host.h"

enum { SSH_KEY_MAX = 8 * 1024 };

static int copy_text(char **ret, const char *text)
{
	*ret = text ? strdup(text) : NULL;
	return *ret || !text ? 0 : -ENOMEM;
}

static int take_host(struct session *session)
{
	char name[THIS_HOST_NAME];
	int r = this_host_name(name);

	return r == 0 ? copy_text(&session->host, name) : r;
}

static int take_names(
	struct session *session, const struct context *context, const struct record *result)
{
	int r = copy_text(&session->user, context->user);

	if (r == 0)
		r = session_add_service(session, context->service);
	if (r == 0)
		r = take_host(session);
	if (r == 0)
		r = copy_text(&session->rhost, context->rhost);
	if (r == 0)
		r = copy_text(&session->iss, record_get(result, "iss"));
	if (r == 0)
		r = copy_text(&session->sub, record_get(result, "sub"));
	if (r == 0)
		r = copy_text(&session->client_id, context->config.provider.client_id);
	return r;
}

/* What the worker need not have said: then *ret stays as it is. */
static int take_number(const struct record *result, const char *key, int64_t *ret)
{
	int r = record_get_int(result, key, 0, INT64_MAX, ret);

	return r == -ENOENT ? 0 : r;
}

static int take_secret(const struct record *result, const char *key, struct secret *ret)
{
	int r = record_get_secret(result, key, ret);

	return r == -ENOENT ? 0 : r;
}

static int take_tokens(struct session *session, const struct record *result)
{
	int64_t seconds = -1;
	int r = take_secret(result, "access_token", &session->access_token);

	if (r == 0)
		r = take_secret(result, "refresh_token", &session->refresh_token);
	if (r == 0)
		r = take_number(result, "auth_time", &session->auth_time);
	if (r == 0)
		r = take_number(result, "token_iat", &session->token_iat);
	if (record_get_int(result, "access_expires_in", 0, INT32_MAX, &seconds) == 0)
		session->access_ends = session->created + seconds;
	return r;
}

/* A key that is too long for a record (a certificate with much in it) is none. */
static int take_key(struct session *session, const struct context *context, enum host_kind kind)
{
	int r = host_ssh_key(context, kind, &session->ssh_key);

	if (r == 0 && strlen(session->ssh_key) > SSH_KEY_MAX) {
		free(session->ssh_key);
		session->ssh_key = NULL;
	}
	return r == -ENOENT ? 0 : r;
}

static int make_session(const struct context *context, enum host_kind kind,
	const struct record *result, const char *flow, struct session *ret)
{
	ret->created = ret->verified = clock_wall_s();
	ret->ends = ret->created + context->config.session.lifetime;
	ret->auth_time = ret->access_ends = -1;
	int r = session_id_new(ret->id);

	if (r == 0)
		r = take_names(ret, context, result);
	if (r == 0)
		r = copy_text(&ret->flow, flow);
	if (r == 0)
		r = take_key(ret, context, kind);
	if (r == 0)
		r = take_tokens(ret, result);
	return r == 0 ? session_take_facts(ret, result, &context->config) : r;
}

void keep_sign_in(
	struct context *context, enum host_kind kind, const struct record *result, const char *flow)
{
	SHELF_AUTO(shelf);
	SESSION_AUTO(session);

	if (!context->config.session.keep)
		return;
	int r = make_session(context, kind, result, flow, &session);
	if (r == 0)
		r = shelf_store(context, &shelf);
	if (r == 0)
		r = bind_expect(context, &shelf, kind, session.id);
	if (r == 0)
		r = store_put(&shelf.store, &session);
	shelf_log(context, "stored", session.id, r);
}

void keep_reuse(struct context *context, enum host_kind kind, const char *id)
{
	SHELF_AUTO(shelf);
	int r = bind_expect(context, &shelf, kind, id);

	if (r < 0)
		shelf_log(context, "expected", id, r);
}
