#include "context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "account.h"
#include "config_error.h"
#include "count.h"
#include "file.h"
#include "language.h"

#define ARGUMENT_CONF  "conf="
#define ARGUMENT_DEBUG "debug"

static void write_syslog(void *pamh, int priority, const char *line)
{
	pam_syslog(pamh, LOG_AUTHPRIV | priority, "%s", line);
}

static bool has_argument(int argc, const char **argv, const char *argument)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], argument) == 0)
			return true;
	return false;
}

void context_begin(struct context *context, pam_handle_t *pamh, int argc, const char **argv)
{
	*context = (struct context){
		.pamh = pamh,
		.log = {.sink = write_syslog,
			.context = pamh,
			.debug = has_argument(argc, argv, ARGUMENT_DEBUG)},
	};
}

static enum reason read_arguments(struct context *context, int argc, const char **argv)
{
	context->path = CONFIG_PATH;
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], ARGUMENT_CONF, strlen(ARGUMENT_CONF)) == 0)
			context->path = argv[i] + strlen(ARGUMENT_CONF);
		else if (strcmp(argv[i], ARGUMENT_DEBUG) != 0)
			return config_fail(&context->error, REASON_CONFIG,
				"the PAM stack gives the unknown argument %s", argv[i]);
	}
	return REASON_OK;
}

/* Copies a text item; an empty one is none. */
static enum reason copy_item(pam_handle_t *pamh, int type, char **ret)
{
	const void *item = NULL;

	if (pam_get_item(pamh, type, &item) != PAM_SUCCESS)
		return REASON_INTERNAL;
	if (!item || !*(const char *)item)
		return REASON_OK;
	*ret = strdup(item);
	return *ret ? REASON_OK : REASON_NO_MEMORY;
}

static enum reason read_items(struct context *context)
{
	const struct {
		int type;
		char **to;
	} items[] = {
		{PAM_SERVICE, &context->service},
		{PAM_RHOST, &context->rhost},
		{PAM_RUSER, &context->ruser},
		{PAM_TTY, &context->tty},
	};

	for (unsigned int i = 0; i < COUNT(items); i++) {
		enum reason reason = copy_item(context->pamh, items[i].type, items[i].to);

		if (reason != REASON_OK)
			return reason;
	}
	return context->service ? REASON_OK : REASON_INTERNAL;
}

static enum reason read_user(struct context *context)
{
	const char *user = NULL;

	if (pam_get_user(context->pamh, &user, NULL) != PAM_SUCCESS)
		return config_fail(
			&context->error, REASON_NO_CONVERSATION, "the host names no user");
	if (!user || !*user)
		return config_fail(&context->error, REASON_USER_NAME, "the host names no user");
	context->user = strdup(user);
	return context->user ? REASON_OK : REASON_NO_MEMORY;
}

static enum reason read_config(struct context *context)
{
	int r = config_load(context->path, context->service, &context->config, &context->error);

	/* Where it cannot be read, nothing says that it is another than the machine's. */
	context->language = language_find(context);
	if (r < 0)
		return file_reason(r);
	context->log.format = context->config.log.log_format;
	return REASON_OK;
}

enum reason context_load(struct context *context, int argc, const char **argv)
{
	enum reason reason = read_arguments(context, argc, argv);

	if (reason == REASON_OK)
		reason = read_items(context);
	if (reason == REASON_OK)
		reason = read_config(context);
	if (reason != REASON_OK)
		return reason;
	if (!account_is_ours(&context->config, context->service, NULL))
		return REASON_NOT_OURS;
	reason = read_user(context);
	if (reason != REASON_OK)
		return reason;
	if (!account_is_ours(&context->config, context->service, context->user))
		return REASON_NOT_OURS;
	return REASON_OK;
}

const char *context_text(const char *text)
{
	return text && *text ? text : NULL;
}

int context_priority(enum reason reason)
{
	switch (reason_class(reason)) {
	case CLASS_OK: return LOG_INFO;
	case CLASS_NOT_OURS: return LOG_DEBUG;
	case CLASS_SYSTEM: return LOG_ERR;
	default: return LOG_WARNING;
	}
}

void context_log_end(const struct context *context, const char *phase, enum reason reason)
{
	LOG_EVENT(&context->log, context_priority(reason), phase, CONTEXT_FIELDS(context),
		{"reason", reason_name(reason)}, {"detail", context_text(context->error.text)});
}

void context_end(struct context *context)
{
	config_free(&context->config);
	free(context->service);
	free(context->rhost);
	free(context->ruser);
	free(context->tty);
	free(context->user);
	*context = (struct context){.pamh = context->pamh};
}
