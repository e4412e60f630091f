#include "shelf.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

int shelf_bindings(struct context *context, struct shelf *shelf)
{
	if (shelf->bindings.dir >= 0)
		return 0;
	return bindings_open(context->config.session.directory, &shelf->bindings);
}

static bool is_open(const struct store *store)
{
	return store->dir >= 0 || store->redis;
}

int shelf_store(struct context *context, struct shelf *shelf)
{
	if (context->store_error < 0 || is_open(&shelf->store))
		return context->store_error;
	return shelf_heard(context, store_open(&context->config, &shelf->store, &context->error));
}

/* That there is no such session is an answer. */
int shelf_heard(struct context *context, int r)
{
	if (r < 0 && r != -ENOENT && r != -EKEYREVOKED)
		context->store_error = r;
	return r;
}

void shelf_close(struct shelf *shelf)
{
	store_close(&shelf->store);
	bindings_close(&shelf->bindings);
}

void shelf_log(struct context *context, const char *step, const char *id, int r)
{
	const char *words = context_text(context->error.text);

	LOG_EVENT(&context->log, r < 0 ? LOG_WARNING : LOG_INFO, "session", {"user", context->user},
		{"service", context->service}, {"rhost", context->rhost}, {"tty", context->tty},
		{"step", step}, {"session", context_text(id)},
		{"detail", r == 0  ? NULL
			   : words ? words
				   : strerrordesc_np(-r)});
	context->error = (struct config_error){0};
}
