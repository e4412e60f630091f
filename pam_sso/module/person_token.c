#include "person_token.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "token_file.h"

/* Milliseconds that a login waits for who renews its session at that moment. */
enum { LOCK_MS = 5 * 1000 };

static int name_file(const struct context *context, const char *id)
{
	BUF_AUTO(variable, sizeof(TOKEN_FILE_VARIABLE) + PATH_MAX);
	char *path = token_file_path(&context->config, id);

	if (!path)
		return -ENOMEM;
	(void)buf_puts(&variable, TOKEN_FILE_VARIABLE "=");
	(void)buf_puts(&variable, path);
	free(path);
	if (buf_error(&variable) < 0)
		return buf_error(&variable);
	return pam_putenv(context->pamh, buf_str(&variable)) == PAM_SUCCESS ? 0 : -ENOMEM;
}

static int give(const struct context *context, const struct session *session)
{
	if (strcmp(session->user, context->user) != 0 || !secret_present(&session->access_token))
		return 0;
	int r = token_file_write(&context->config, session);
	return r == 0 ? name_file(context, session->id) : r;
}

static int give_locked(struct context *context, struct shelf *shelf, const char *id)
{
	SESSION_AUTO(session);
	struct store_lock lock;
	int r = shelf_store(context, shelf);

	if (r == 0)
		r = store_lock(&shelf->store, id, clock_monotonic_ms() + LOCK_MS, &lock);
	if (r < 0)
		return r;
	r = store_get(&shelf->store, id, clock_wall_s(), &session);
	if (r == 0)
		r = give(context, &session);
	store_unlock(&shelf->store, &lock);
	return r;
}

void person_token_give(struct context *context, struct shelf *shelf, const char *id)
{
	if (!context->config.session.access_token_file)
		return;
	int r = give_locked(context, shelf, id);
	if (r < 0)
		shelf_log(context, "token", id, r);
}
