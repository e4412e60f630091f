#include "vouch.h"

#include <errno.h>
#include <string.h>

#include "config_error.h"
#include "renew.h"
#include "runas.h"

enum reason vouch(struct context *context, struct shelf *shelf, const struct session *found,
	struct session *ret_session, struct record **ret_result)
{
	const struct config *config = &context->config;
	struct renew renew = {
		.store = &shelf->store,
		.bindings = &shelf->bindings,
		.config = config,
		.policy = true,
		.service = context->service,
		.at_most = config->session.verify == VERIFY_CACHED ? config->session.recheck
								   : RENEW_ALWAYS,
		.seen = found->renewals,
	};
	int r = shelf_bindings(context, shelf);

	if (r < 0)
		return config_fail(&context->error, REASON_STORE, "the bindings cannot be read: %s",
			strerrordesc_np(-r));
	enum reason reason = runas_find(config, &renew.worker, &context->error);
	if (reason != REASON_OK)
		return reason;
	return renew_session(&renew, found->id, ret_session, ret_result, &context->error);
}
