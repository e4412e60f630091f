#include "stack_trial.h"

#include <stdlib.h>
#include <string.h>

#include "count.h"

#define MODULE "pam_sso"

enum { TESTS_MAX = 8 }; /* modules tried both ways, one by one; further ones as the last */

static const struct {
	const char *module;
	enum stack_manner manner;
} modules[] = {
	{MODULE, MANNER_OURS},
	{"pam_permit", MANNER_PERMIT},
	{"pam_deny", MANNER_DENY},
	{"pam_access", MANNER_TEST},
	{"pam_cap", MANNER_TEST},
	{"pam_debug", MANNER_TEST},
	{"pam_echo", MANNER_PERMIT},
	{"pam_env", MANNER_SILENT},
	{"pam_exec", MANNER_TEST},
	{"pam_faildelay", MANNER_SILENT},
	{"pam_faillock", MANNER_TEST},
	{"pam_gnome_keyring", MANNER_TEST},
	{"pam_group", MANNER_SILENT},
	{"pam_issue", MANNER_SILENT},
	{"pam_keyinit", MANNER_SILENT},
	{"pam_lastlog", MANNER_TEST},
	{"pam_limits", MANNER_SILENT},
	{"pam_listfile", MANNER_TEST},
	{"pam_localuser", MANNER_TEST},
	{"pam_loginuid", MANNER_TEST},
	{"pam_mail", MANNER_SILENT},
	{"pam_motd", MANNER_SILENT},
	{"pam_nologin", MANNER_SILENT},
	{"pam_rootok", MANNER_TEST},
	{"pam_securetty", MANNER_TEST},
	{"pam_selinux", MANNER_SILENT},
	{"pam_shells", MANNER_TEST},
	{"pam_succeed_if", MANNER_TEST},
	{"pam_time", MANNER_TEST},
	{"pam_umask", MANNER_SILENT},
	{"pam_usertype", MANNER_TEST},
	{"pam_warn", MANNER_SILENT},
	{"pam_wheel", MANNER_TEST},
};

static enum stack_manner manner_of(const char *module)
{
	for (size_t i = 0; i < COUNT(modules); i++)
		if (strcmp(modules[i].module, module) == 0)
			return modules[i].manner;
	return MANNER_PROOF;
}

static enum pam_answer answer_of(
	enum stack_manner manner, enum pam_answer ours, bool password, bool yes)
{
	switch (manner) {
	case MANNER_OURS: return ours;
	case MANNER_PERMIT: return ANSWER_SUCCESS;
	case MANNER_SILENT: return ANSWER_IGNORE;
	case MANNER_TEST: return yes ? ANSWER_SUCCESS : ANSWER_AUTH_ERR;
	case MANNER_PROOF: return password ? ANSWER_SUCCESS : ANSWER_AUTH_ERR;
	case MANNER_DENY: break;
	}
	return ANSWER_AUTH_ERR;
}

/* One run: bit N of YES is what the Nth test says. Returns whether pam_sso was asked. */
static bool try(struct stack_trial *trial, enum pam_answer ours, bool password, unsigned int yes,
	bool *ret_success)
{
	unsigned int test = 0;
	bool asked = false;

	for (size_t i = 0; i < trial->stack->n; i++) {
		bool tests = trial->manners[i] == MANNER_TEST;

		trial->answers[i] = answer_of(trial->manners[i], ours, password, yes >> test & 1);
		if (tests && test + 1 < trial->tests)
			test++;
	}
	*ret_success = pam_stack_run(trial->stack, trial->answers, trial->reached);
	for (size_t i = 0; i < trial->stack->n; i++)
		asked = asked || (trial->reached[i] && trial->manners[i] == MANNER_OURS);
	return asked;
}

/* Whether ANSWER brings what the question looks for. */
static bool is_found_with(
	struct stack_trial *trial, const struct stack_question *question, enum pam_answer answer)
{
	unsigned int asked = 0, found = 0;

	for (unsigned int yes = 0; yes < 1U << trial->tests; yes++) {
		bool success;

		if (!try(trial, answer, question->password, yes, &success))
			continue;
		asked++;
		found += success == question->success;
	}
	return question->always ? asked && found == asked : found;
}

bool stack_trial_finds(struct stack_trial *trial, const struct stack_question *question)
{
	for (size_t i = 0; question->answers[i] != ANSWER_COUNT; i++)
		if (is_found_with(trial, question, question->answers[i]))
			return true;
	return false;
}

bool stack_trial_asks(struct stack_trial *trial, bool password)
{
	bool success;

	for (unsigned int yes = 0; yes < 1U << trial->tests; yes++)
		if (try(trial, ANSWER_SUCCESS, password, yes, &success))
			return true;
	return false;
}

bool stack_trial_begin(struct stack_trial *trial, const struct pam_stack *stack)
{
	*trial = (struct stack_trial){
		.stack = stack,
		.manners = calloc(stack->n, sizeof(*trial->manners)),
		.answers = calloc(stack->n, sizeof(*trial->answers)),
		.reached = calloc(stack->n, sizeof(*trial->reached)),
	};
	if (!trial->manners || !trial->answers || !trial->reached)
		return false;
	for (size_t i = stack->n; i-- > 0;) {
		trial->manners[i] = manner_of(stack->entries[i].module);
		if (trial->manners[i] == MANNER_OURS)
			trial->ours = i;
		if (trial->manners[i] == MANNER_TEST && trial->tests < TESTS_MAX)
			trial->tests++;
	}
	return true;
}

void stack_trial_end(struct stack_trial *trial)
{
	free(trial->manners);
	free(trial->answers);
	free(trial->reached);
}

bool stack_trial_has_ours(const struct pam_stack *stack)
{
	for (size_t i = 0; i < stack->n; i++)
		if (manner_of(stack->entries[i].module) == MANNER_OURS)
			return true;
	return false;
}
