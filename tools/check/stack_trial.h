/*
 * stack_trial: what a PAM stack comes to, for each answer that pam_sso gives.
 *
 * It is run (pam_stack.h) with the other modules saying what they would to somebody who knows no
 * password, or to somebody who does. Those that look at who or where somebody is (pam_rootok,
 * pam_succeed_if) are tried both ways.
 *
 * Pure: a stack in, what it comes to out.
 */
#ifndef PAM_SSO_STACK_TRIAL_H
#define PAM_SSO_STACK_TRIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "pam_stack.h"

enum { STACK_ANSWERS = 8 };

/* What a module does with somebody who proves nothing. */
enum stack_manner {
	MANNER_PROOF,  /* refuses: it wants a password, a key. Also what is not in the table */
	MANNER_PERMIT, /* success, whoever it is */
	MANNER_DENY,   /* refuses, whoever it is */
	MANNER_SILENT, /* says nothing either way: a stack of nothing else refuses */
	MANNER_TEST,   /* depends on who and where somebody is, and asks them for nothing */
	MANNER_OURS,
};

/* A stack that is being tried. */
struct stack_trial {
	const struct pam_stack *stack;
	enum stack_manner *manners; /* an entry each */
	enum pam_answer *answers;   /* the same */
	bool *reached;              /* the same */
	size_t ours;                /* the first entry of pam_sso */
	unsigned int tests;         /* how many are tried both ways */
};

/* pam_sso's answers, what others say to a password, and the result that is looked for. */
struct stack_question {
	enum pam_answer answers[STACK_ANSWERS]; /* up to ANSWER_COUNT */
	bool password;                          /* whether those that want a proof get it */
	bool success;                           /* the result */
	bool always; /* only where it comes to that whatever the tests say; else where it may */
};

/* STACK, which names pam_sso, must outlive the trial, which stack_trial_end() frees, begun or not.
 * Returns whether there was memory. */
bool stack_trial_begin(struct stack_trial *trial, const struct pam_stack *stack);
void stack_trial_end(struct stack_trial *trial);

/* Whether it comes to that with one of the answers. */
bool stack_trial_finds(struct stack_trial *trial, const struct stack_question *question);

/* Whether pam_sso is asked of anybody with, or without, a password. */
bool stack_trial_asks(struct stack_trial *trial, bool password);

/* Whether a stack names pam_sso. */
bool stack_trial_has_ours(const struct pam_stack *stack);

#endif
