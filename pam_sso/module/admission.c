#include "admission.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "config_error.h"
#include "sshauth.h"

enum { TABLE_NAME = 32 };

static struct admit_rules rules_of(const struct config *config)
{
	return (struct admit_rules){
		.pending = {[ADMIT_BY_USER] = config->limits.pending_user,
			[ADMIT_BY_ADDRESS] = config->limits.pending_address,
			[ADMIT_BY_TOTAL] = config->limits.pending_total},
		.rate = {[ADMIT_BY_USER] = config->limits.rate_user,
			[ADMIT_BY_ADDRESS] = config->limits.rate_address,
			[ADMIT_BY_TOTAL] = config->limits.rate_total},
		.window_us = config->limits.rate_window * 1000000,
	};
}

static bool is_limited(const struct admit_rules *rules)
{
	for (enum admit_by by = 0; by < ADMIT_BY_COUNT; by++)
		if (rules->pending[by] || rules->rate[by])
			return true;
	return false;
}

static bool has_key(const struct context *context, enum host_kind kind)
{
	size_t len = 0;

	return kind == HOST_SSHD &&
	       sshauth_publickey(pam_getenv(context->pamh, "SSH_AUTH_INFO_0"), &len);
}

static void name_table(const struct context *context, enum host_kind kind, char ret[TABLE_NAME])
{
	uid_t uid = getuid();

	if (uid != 0)
		(void)snprintf(ret, TABLE_NAME, "uid-%u", uid);
	else
		(void)snprintf(ret, TABLE_NAME, "%s",
			has_key(context, kind) ? "key"
			: context->rhost       ? "network"
					       : "local");
}

/* Which limit, for the administrator. */
static enum reason refuse(
	struct context *context, const char *table, const struct admission *admission)
{
	static const char *const limits[][ADMIT_BY_COUNT] = {
		[ADMIT_NOT_PENDING] = {"half of pending_user, for one address,", "pending_user",
			"pending_address", "pending_total"},
		[ADMIT_NOT_RATE] = {"half of rate_user, for one address,", "rate_user",
			"rate_address", "rate_total"},
	};

	return config_fail(&context->error, REASON_TOO_MANY, "%s is reached in the table %s",
		limits[admission->verdict][admission->by], table);
}

static enum reason fail(struct context *context, const char *table, int r)
{
	if (r == -ETIMEDOUT)
		return config_fail(&context->error, REASON_TOO_MANY,
			"the table %s stays locked: whoever holds it was stopped", table);
	return config_fail(&context->error, REASON_LIMITS, "cannot count in %s/%s: %s",
		context->config.limits.limits_directory, table,
		r == -EPERM
			? "it, its directory, or what that is in, is another user's, is no plain "
			  "file, or has a wider mode"
			: strerrordesc_np(-r));
}

static void log_anew(const struct context *context, const char *table)
{
	LOG_EVENT(&context->log, LOG_WARNING, "limits", {"table", table},
		{"detail", "it was damaged, and was made anew"});
}

enum reason admission_take(struct context *context, enum host_kind kind, struct place *ret)
{
	const struct admit_rules rules = rules_of(&context->config);
	char table[TABLE_NAME];
	struct place_answer answer;

	if (geteuid() != 0 || !is_limited(&rules))
		return REASON_OK;
	name_table(context, kind, table);
	const struct place_request request = {
		.directory = context->config.limits.limits_directory,
		.table = table,
		.rules = &rules,
		.user = context->user,
		.rhost = context->rhost,
	};
	int r = place_take(&request, ret, &answer);
	if (answer.anew)
		log_anew(context, table);
	if (r < 0)
		return fail(context, table, r);
	return answer.admission.verdict == ADMIT_YES ? REASON_OK
						     : refuse(context, table, &answer.admission);
}
