#include "decision.h"

#include "config_error.h"
#include "file.h"
#include "identity.h"
#include "usermap.h"

static enum reason load_map(struct context *context, struct usermap *ret)
{
	int r = usermap_load(context->config.user.map_file, ret, &context->error);

	return r < 0 ? file_reason(r) : REASON_OK;
}

enum reason decision_make(struct context *context, const struct record *result,
	const struct local_user *user, struct account_decision *ret)
{
	__attribute__((cleanup(identity_free))) struct identity_lists lists = {0};
	struct identity identity;
	USERMAP_AUTO(map);
	bool mapped = context->config.user.map_file;

	enum reason reason = identity_read(
		result, context->config.provider.issuer, &lists, &identity);
	if (reason == REASON_WORKER)
		return config_fail(
			&context->error, reason, "the worker's result names no one we asked about");
	if (reason == REASON_OK && mapped)
		reason = load_map(context, &map);
	if (reason != REASON_OK)
		return reason;
	account_decide(&context->config, mapped ? &map : NULL, &identity, user, ret);
	return ret->reason;
}
