#include "sandbox.h"

#include <stdio.h>

int sandbox_enter(const struct sandbox_needs *needs, struct sandbox *ret)
{
	/* The filter comes last: what Landlock needs, it need not allow. */
	int landlock = landlock_enter(needs);
	if (landlock < 0)
		return landlock;
	int seccomp = seccomp_enter(needs);
	if (seccomp < 0)
		return seccomp;

	const char *filter = seccomp ? "seccomp" : "no-seccomp";
	if (landlock)
		snprintf(ret->text, sizeof(ret->text), "%s,landlock:%d", filter, landlock);
	else
		snprintf(ret->text, sizeof(ret->text), "%s,no-landlock", filter);
	return 0;
}
