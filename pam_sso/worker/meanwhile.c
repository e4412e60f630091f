#include "meanwhile.h"

#include <malloc.h>

#include "shed.h"
#include "verify.h"

/* Rule 1. */
static enum reason fetch_keys_early(struct task *login)
{
	enum reason reason = verify_fetch_keys(login);

	if (reason == REASON_CANCELLED || reason == REASON_DEADLINE)
		return reason;
	if (reason != REASON_OK && strlist_add(&login->result->notes, login->idp.detail) < 0)
		return task_fail(login, REASON_NO_MEMORY, "out of memory");
	return REASON_OK;
}

enum reason meanwhile(struct task *login)
{
	enum reason reason = fetch_keys_early(login);

	if (reason != REASON_OK)
		return reason;
	malloc_trim(0);
	shed_unused(login->loaded);
	return REASON_OK;
}
