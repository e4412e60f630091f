#include "check_stack.h"

#include <errno.h>

#include "count.h"
#include "stack_trial.h"

static const struct check_kind kind_ok = {"pam-stack", CHECK_OK, NULL, NULL};
static const struct check_kind kind_absent = {"pam-absent", CHECK_WARNING,
	"This service signs nobody in with single sign-on.",
	"Add the lines of the example for it (/usr/share/doc/*sso/examples/pam.d), if it should."};
static const struct check_kind kind_no_file = {"pam-no-file", CHECK_WARNING,
	"A service without a file of its own gets the lines of `other`.",
	"See that the name is the one that the program gives to PAM, and write the file."};
static const struct check_kind kind_unreadable = {"pam-syntax", CHECK_ERROR,
	"libpam refuses everybody where it cannot read a line.",
	"Mend that line: TYPE CONTROL MODULE, where CONTROL is required, requisite, sufficient, "
	"optional or [ANSWER=ACTION ...]; see pam.conf(5)."};
static const struct check_kind kind_never = {"pam-never-runs", CHECK_ERROR,
	"A module before it ends the stack whatever it answers, so nobody is asked to sign in.",
	"Put pam_sso's line before that module's."};
static const struct check_kind kind_password_first = {"pam-password-first", CHECK_WARNING,
	"Who knows a password is never asked to sign in, so what the identity provider says of "
	"them "
	"does not matter.",
	"Put pam_sso's line before that module's, or say `required` there."};
static const struct check_kind kind_refused_in = {"pam-refused-gets-in", CHECK_ERROR,
	"Anybody comes in, by letting the sign-in fail.",
	"Write `[success=done authinfo_unavail=ignore system_err=ignore module_unknown=ignore "
	"ignore=ignore default=die]` instead of the control, and pam_deny behind it instead of "
	"what "
	"permits."};
static const struct check_kind kind_outage_in = {"pam-outage-gets-in", CHECK_ERROR,
	"While the identity provider is away, the configuration has a mistake or the module is "
	"missing, anybody comes in.",
	"Let the line behind pam_sso's ask for a password (pam_unix), or refuse (pam_deny); never "
	"permit."};
static const struct check_kind kind_ignored_in = {"pam-ignored-gets-in", CHECK_ERROR,
	"A user or service that the configuration leaves out (ignore_users, ignore_services) comes "
	"in "
	"without proving anything.",
	"Let the line behind pam_sso's ask for a password (pam_unix), or refuse (pam_deny)."};
static const struct check_kind kind_second_chance = {"pam-second-chance", CHECK_WARNING,
	"Whom the identity provider refused, because they left for one, still comes in by a "
	"password "
	"that this machine knows.",
	"Say `default=die` in pam_sso's control: `sufficient` and `optional` go on after a "
	"refusal."};
static const struct check_kind kind_never_in = {"pam-never-succeeds", CHECK_ERROR,
	"Who signed in is refused all the same.",
	"Say `success=done` in pam_sso's control, or let no line refuse behind it."};
static const struct check_kind kind_no_way_back = {"pam-no-way-back", CHECK_WARNING,
	"While the identity provider is away or the configuration has a mistake, nobody comes in "
	"by "
	"this service, an administrator neither.",
	"Say `authinfo_unavail=ignore system_err=ignore module_unknown=ignore` in pam_sso's "
	"control and "
	"put pam_unix behind it; or know another way in (a console, a key) that works without."};
static const struct check_kind kind_account_absent = {"pam-account-absent", CHECK_WARNING,
	"Nobody looks again, after the sign-in, whether that person may come in, and sessions are "
	"not "
	"held against keys that were left behind.",
	"Add pam_sso's account line from the example."};
static const struct check_kind kind_account_never = {"pam-account-never-runs", CHECK_WARNING,
	"A module before it ends the account phase, so what pam_sso has to say there is never "
	"heard.",
	"Put pam_sso's account line before that module's."};
static const struct check_kind kind_account_refused = {"pam-account-refused-gets-in", CHECK_ERROR,
	"Whom pam_sso refuses in the account phase comes in.",
	"Write `[success=ok ignore=ignore authinfo_unavail=ignore system_err=ignore "
	"module_unknown=ignore default=die]` instead of the control, before any `sufficient`."};
static const struct check_kind kind_account_locks = {"pam-account-locks-out", CHECK_WARNING,
	"Who comes in by a key or a password is refused, although pam_sso has nothing against "
	"them.",
	"Say `ignore=ignore` in the control of pam_sso's account line, and let another account "
	"line, such as pam_unix's, stand behind it and say yes."};
static const struct check_kind kind_account_outage = {"pam-account-outage", CHECK_WARNING,
	"While pam_sso is broken or missing, keys and passwords let nobody in either.",
	"Say `authinfo_unavail=ignore system_err=ignore module_unknown=ignore` in that control, "
	"unless "
	"`account = any` is there for just that."};

/* What is tried, and what there is to say where it comes to that. */
struct question {
	enum pam_phase phase;
	struct stack_question tried;
	const struct check_kind *kind;
	const char *what; /* finishes "FILE:LINE: " and the control */
};

#define REFUSALS                                                                                   \
	{ANSWER_AUTH_ERR, ANSWER_PERM_DENIED, ANSWER_MAXTRIES, ANSWER_ABORT, ANSWER_USER_UNKNOWN,  \
		ANSWER_CONV_ERR, ANSWER_COUNT}
#define OUTAGES {ANSWER_AUTHINFO_UNAVAIL, ANSWER_SYSTEM_ERR, ANSWER_MODULE_UNKNOWN, ANSWER_COUNT}

static const struct question questions[] = {
	{PAM_PHASE_AUTH, {REFUSALS, false, true, false}, &kind_refused_in,
		"who is refused comes in without a password"},
	{PAM_PHASE_AUTH, {OUTAGES, false, true, false}, &kind_outage_in,
		"where it could not ask, anybody comes in"},
	{PAM_PHASE_AUTH, {{ANSWER_IGNORE, ANSWER_COUNT}, false, true, false}, &kind_ignored_in,
		"who is none of its business comes in without a password"},
	{PAM_PHASE_AUTH, {REFUSALS, true, true, false}, &kind_second_chance,
		"who is refused may come in by a password"},
	{PAM_PHASE_AUTH, {{ANSWER_SUCCESS, ANSWER_COUNT}, true, false, true}, &kind_never_in,
		"who signed in does not come in"},
	{PAM_PHASE_AUTH, {OUTAGES, true, false, true}, &kind_no_way_back,
		"where it could not ask, nobody comes in"},
	{PAM_PHASE_ACCOUNT, {REFUSALS, true, true, false}, &kind_account_refused,
		"who is refused comes in"},
	{PAM_PHASE_ACCOUNT, {{ANSWER_IGNORE, ANSWER_COUNT}, true, false, true}, &kind_account_locks,
		"who is none of its business is refused"},
	{PAM_PHASE_ACCOUNT, {OUTAGES, true, false, true}, &kind_account_outage,
		"where it is broken, everybody is refused"},
};

/* In the account phase nobody proves anything. */
static size_t check_asked(
	struct stack_trial *trial, enum pam_phase phase, struct check_findings *findings)
{
	const struct pam_entry *ours = &trial->stack->entries[trial->ours];
	const struct check_kind *kind = &kind_never;
	const char *what = "pam_sso never runs";

	if (stack_trial_asks(trial, true))
		return 0;
	if (phase == PAM_PHASE_ACCOUNT) {
		kind = &kind_account_never;
	} else if (stack_trial_asks(trial, false)) {
		kind = &kind_password_first;
		what = "pam_sso is asked only of who knows no password";
	}
	check_find(findings, kind, "%s%s:%u: %s", pam_stack_folder(ours->file), ours->file,
		ours->line, what);
	return 1;
}

static size_t check_questions(
	struct stack_trial *trial, enum pam_phase phase, struct check_findings *findings)
{
	const struct pam_entry *ours = &trial->stack->entries[trial->ours];
	size_t before = findings->n;
	bool gets_in = false;

	for (size_t i = 0; i < COUNT(questions); i++) {
		const struct question *question = &questions[i];

		/* Who comes in with nothing comes in with a password too. */
		if (question->phase != phase || (gets_in && question->kind == &kind_second_chance))
			continue;
		if (!stack_trial_finds(trial, &question->tried))
			continue;
		gets_in = gets_in || question->kind == &kind_refused_in;
		check_find(findings, question->kind, "%s%s:%u: with [%s], %s",
			pam_stack_folder(ours->file), ours->file, ours->line, ours->control,
			question->what);
	}
	return findings->n - before;
}

bool check_stack_names(const struct pam_files *files, const char *service, enum pam_phase phase)
{
	PAM_STACK_AUTO(stack);

	(void)pam_stack_read(files, service, phase, &stack);
	return stack_trial_has_ours(&stack);
}

/* Returns how many findings it added. */
static size_t check_phase(
	const struct pam_stack *stack, enum pam_phase phase, struct check_findings *findings)
{
	struct stack_trial trial;
	size_t n = 0;

	if (stack_trial_begin(&trial, stack)) {
		n = check_asked(&trial, phase, findings);
		n += check_questions(&trial, phase, findings);
	} else {
		findings->error = -ENOMEM;
	}
	stack_trial_end(&trial);
	return n;
}

static bool check_absent(
	const char *service, bool asked, int error, bool account, struct check_findings *findings)
{
	if (account)
		check_find(findings, &kind_absent,
			"%s: pam_sso is asked in its account phase alone", service);
	else if (asked)
		check_find(findings, error == -ENOENT ? &kind_no_file : &kind_absent, "%s: %s",
			service,
			error == -ENOENT ? "there is no such file in pam.d"
					 : "pam_sso does not stand in it");
	return account;
}

bool check_stack(const struct pam_files *files, const char *service, bool asked,
	struct check_findings *findings)
{
	PAM_STACK_AUTO(auth);
	PAM_STACK_AUTO(account);
	size_t n = 0;
	int r = pam_stack_read(files, service, PAM_PHASE_AUTH, &auth);
	int a = pam_stack_read(files, service, PAM_PHASE_ACCOUNT, &account);
	bool named = stack_trial_has_ours(&auth);
	const char *problem = *auth.problem ? auth.problem : account.problem;

	if (r == -ENOMEM || a == -ENOMEM)
		findings->error = -ENOMEM;
	if (*problem && (named || stack_trial_has_ours(&account) || asked)) {
		check_find(findings, &kind_unreadable, "%s: %s", service, problem);
		return true;
	}
	if (!named)
		return check_absent(service, asked, r, stack_trial_has_ours(&account), findings);
	n = check_phase(&auth, PAM_PHASE_AUTH, findings);
	if (stack_trial_has_ours(&account)) {
		n += check_phase(&account, PAM_PHASE_ACCOUNT, findings);
	} else {
		check_find(findings, &kind_account_absent,
			"%s: pam_sso stands in auth, not in account", service);
		n++;
	}
	if (n == 0)
		check_find(findings, &kind_ok,
			"%s: who signs in comes in, who is refused does not, and there is a way "
			"back in",
			service);
	return true;
}
