/*
 * check_stack: what a PAM stack does with pam_sso's answers.
 *
 * The stack is tried with each answer that pam_sso gives (stack_trial.h).
 *
 * 1. Who was refused by pam_sso MUST NOT come in without proving anything to another module: an
 *    error. By a password: a warning, since the refusal then means nothing to who knows one.
 * 2. Where pam_sso could not ask, is not there or has no say, nobody MUST come in without proving
 *    anything: an error. And somebody SHOULD come in with a password, or there is no way back in: a
 *    warning.
 * 3. Who signed in MUST come in, where the other modules are content: an error.
 * 4. pam_sso MUST be asked of somebody: an error where a module before it ends the stack whatever it
 *    says. It SHOULD be asked of those with a password too: a warning.
 * 5. In the account phase, whom pam_sso refuses MUST NOT come in: an error. Whom it has no say about,
 *    and everybody while it is broken, SHOULD: a warning.
 *
 * Pure: text in, findings out.
 */
#ifndef PAM_SSO_CHECK_STACK_H
#define PAM_SSO_CHECK_STACK_H

#include "check_finding.h"
#include "pam_stack.h"

/* Adds what there is to say of the phases of SERVICE. ASKED: that service was asked for, so that it
 * is a finding where it does not name pam_sso. Returns whether it names pam_sso. */
bool check_stack(const struct pam_files *files, const char *service, bool asked,
	struct check_findings *findings);

/* Whether SERVICE names pam_sso in PHASE. */
bool check_stack_names(const struct pam_files *files, const char *service, enum pam_phase phase);

#endif
