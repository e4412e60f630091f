/*
 * explanation: one decision about a person and a user, with the steps that led to it. The decision
 * is account.h's, and before it the worker's; nothing is decided here.
 */
#ifndef PAM_SSO_EXPLANATION_H
#define PAM_SSO_EXPLANATION_H

#include <stdbool.h>

#include "account.h"
#include "buf.h"
#include "config.h"
#include "record.h"
#include "strlist.h"

enum { EXPLANATION_STEPS = 64, EXPLANATION_MAX = 256 * 1024 };

struct explanation {
	struct account_steps steps; /* first: it is how the decision finds the rest */
	struct account_decision decision;
	struct explanation_step {
		const char *rule; /* static */
		enum reason reason;
	} rows[EXPLANATION_STEPS];
	struct strlist whats; /* one for each of the rows */
	struct strlist notes; /* what was claimed and cannot be used; escaped */
};

#define EXPLANATION_AUTO(name)                                                                     \
	__attribute__((cleanup(explanation_free))) struct explanation name = {0}

/* What is to be decided. */
struct explanation_question {
	const struct config *config; /* as for the service */
	const char *service;
	const char *user;
	enum reason reason;          /* what a worker said of the claims, */
	const struct record *result; /* and its result, or NULL */
};

/* Decides, and keeps the steps. Returns SSOCTL_OK and fills *ret; or an exit status, and has
 * said why. explanation_free() frees *ret in every case. */
int explanation_make(const struct explanation_question *question, struct explanation *ret);

/* Prints the steps, a line each, and the verdict. */
void explanation_print(const struct explanation *explanation);

/* Adds the members of an object: verdict, reason, rule, mapped, steps, notes. */
void explanation_add_json(const struct explanation *explanation, struct buf *out);

/* SSOCTL_OK where the person is let in, else SSOCTL_FAILED. */
int explanation_status(const struct explanation *explanation);

void explanation_free(struct explanation *explanation);

#endif
