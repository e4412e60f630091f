/*
 * pam_sm_acct_mgmt: may the account be used?
 *
 * 1. A user or service that the configuration says is not ours: PAM_IGNORE.
 * 2. A user that the database does not have: PAM_USER_UNKNOWN.
 * 3. Where this handle authenticated nobody through us, the user came in by another module (an ssh
 *    key, a password). With `account = session` that module answers for them: PAM_IGNORE. With
 *    `account = any` the identity provider does (standing.h).
 * 4. Where it authenticated somebody, the user MUST be the same, and not one that the host changed
 *    to since: then it is what account_check_user() says, once more.
 */
#include <string.h>

#include <security/pam_modules.h>

#include "account.h"
#include "config_error.h"
#include "context.h"
#include "converse.h"
#include "local_user.h"
#include "remember.h"
#include "standing.h"
#include "verdict.h"

static enum reason check_account(struct context *context)
{
	LOCAL_USER_AUTO(entry);
	const char *signed_in = remembered_user(context->pamh);
	struct account_decision decision;

	int r = local_user_find(context->user, &entry);
	if (r < 0)
		return config_fail(&context->error, REASON_INTERNAL, "cannot look up the user: %s",
			strerrordesc_np(-r));
	if (!entry.user.exists)
		return REASON_USER_UNKNOWN;
	if (!signed_in && context->config.session.account == ACCOUNT_ANY)
		return standing_of(context, &entry.user);
	if (!signed_in)
		return REASON_NOT_OURS;
	if (strcmp(signed_in, context->user) != 0)
		return REASON_USER_MISMATCH;
	account_check_user(&context->config, &entry.user, &decision);
	return decision.reason;
}

int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	CONTEXT_AUTO(context);

	(void)flags;
	context_begin(&context, pamh, argc, argv);
	enum reason reason = context_load(&context, argc, argv);
	if (reason == REASON_OK)
		reason = check_account(&context);
	context_log_end(&context, "account", reason);
	converse_tell_reason(pamh, context.language, reason);
	/* No host asks an account again: the codes are those that every host understands. */
	return verdict_code(reason, HOST_OTHER);
}
