/*
 * account_steps: what a decision looked at, one step after the other, for whoever explains it.
 *
 * The rules that decide tell their own steps, so that no explanation is a second decision. A
 * decision that nobody listens to is the same, and formats nothing.
 */
#ifndef PAM_SSO_ACCOUNT_STEPS_H
#define PAM_SSO_ACCOUNT_STEPS_H

#include "reason.h"

struct account_step {
	const char *rule;   /* the key of the configuration that it is about, or a name; static */
	enum reason reason; /* REASON_OK: it has nothing against the person */
	const char *what;   /* may have bytes from outside: escape before showing; cut at 1 KiB */
};

/* Who listens. Stands within what the listener needs. */
struct account_steps {
	void (*hear)(struct account_steps *steps, const struct account_step *step);
};

/* Tells a step where STEPS is not NULL. */
void account_tell(struct account_steps *steps, const char *rule, enum reason reason,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same, and is the REASON, so that it is told where it is decided; no listener has a say in it.
 * REASON is evaluated twice. */
#define ACCOUNT_STEP(STEPS, RULE, REASON, ...)                                                     \
	(account_tell(STEPS, RULE, REASON, __VA_ARGS__), (REASON))

#endif
