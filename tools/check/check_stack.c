#include "check_stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

#define MODULE "pam_sso"

enum {
	TESTS_MAX = 8, /* modules tried both ways, one by one; further ones as the last */
	ANSWERS_MAX = 8,
};

/* What a module does with somebody who proves nothing. */
enum manner {
	MANNER_PROOF,  /* refuses: it wants a password, a key. Also what is not in the table */
	MANNER_PERMIT, /* success, whoever it is */
	MANNER_DENY,   /* refuses, whoever it is */
	MANNER_SILENT, /* says nothing either way: a stack of nothing else refuses */
	MANNER_TEST,   /* depends on who and where somebody is, and asks them for nothing */
	MANNER_OURS,
};

static const struct {
	const char *module;
	enum manner manner;
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

/* What is tried: pam_sso's answers, what others say to a password, and when that is a finding. */
struct question {
	enum pam_phase phase;
	enum pam_answer answers[ANSWERS_MAX]; /* up to ANSWER_COUNT */
	bool password;                        /* whether those that want a proof get it */
	bool success;                         /* the result that is a finding */
	bool always; /* only where it comes to that whatever the tests say; else where it may */
	const struct check_kind *kind;
	const char *what; /* finishes "FILE:LINE: " and the control */
};

#define REFUSALS                                                                                   \
	{ANSWER_AUTH_ERR, ANSWER_PERM_DENIED, ANSWER_MAXTRIES, ANSWER_ABORT, ANSWER_USER_UNKNOWN,  \
		ANSWER_CONV_ERR, ANSWER_COUNT}
#define OUTAGES {ANSWER_AUTHINFO_UNAVAIL, ANSWER_SYSTEM_ERR, ANSWER_MODULE_UNKNOWN, ANSWER_COUNT}

static const struct question questions[] = {
	{PAM_PHASE_AUTH, REFUSALS, false, true, false, &kind_refused_in,
		"who is refused comes in without a password"},
	{PAM_PHASE_AUTH, OUTAGES, false, true, false, &kind_outage_in,
		"where it could not ask, anybody comes in"},
	{PAM_PHASE_AUTH, {ANSWER_IGNORE, ANSWER_COUNT}, false, true, false, &kind_ignored_in,
		"who is none of its business comes in without a password"},
	{PAM_PHASE_AUTH, REFUSALS, true, true, false, &kind_second_chance,
		"who is refused may come in by a password"},
	{PAM_PHASE_AUTH, {ANSWER_SUCCESS, ANSWER_COUNT}, true, false, true, &kind_never_in,
		"who signed in does not come in"},
	{PAM_PHASE_AUTH, OUTAGES, true, false, true, &kind_no_way_back,
		"where it could not ask, nobody comes in"},
	{PAM_PHASE_ACCOUNT, REFUSALS, true, true, false, &kind_account_refused,
		"who is refused comes in"},
	{PAM_PHASE_ACCOUNT, {ANSWER_IGNORE, ANSWER_COUNT}, true, false, true, &kind_account_locks,
		"who is none of its business is refused"},
	{PAM_PHASE_ACCOUNT, OUTAGES, true, false, true, &kind_account_outage,
		"where it is broken, everybody is refused"},
};

/* A stack that is being tried. */
struct trial {
	const struct pam_stack *stack;
	enum manner *manners;     /* an entry each */
	enum pam_answer *answers; /* the same */
	bool *reached;            /* the same */
	size_t ours;
	unsigned int tests; /* how many are tried both ways */
};

static enum manner manner_of(const char *module)
{
	for (size_t i = 0; i < COUNT(modules); i++)
		if (strcmp(modules[i].module, module) == 0)
			return modules[i].manner;
	return MANNER_PROOF;
}

static enum pam_answer answer_of(enum manner manner, enum pam_answer ours, bool password, bool yes)
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
static bool try(struct trial *trial, enum pam_answer ours, bool password, unsigned int yes,
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
	struct trial *trial, const struct question *question, enum pam_answer answer)
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

static bool is_found(struct trial *trial, const struct question *question)
{
	for (size_t i = 0; question->answers[i] != ANSWER_COUNT; i++)
		if (is_found_with(trial, question, question->answers[i]))
			return true;
	return false;
}

/* Whether pam_sso is asked of anybody with, or without, a password. */
static bool is_asked(struct trial *trial, bool password)
{
	bool success;

	for (unsigned int yes = 0; yes < 1U << trial->tests; yes++)
		if (try(trial, ANSWER_SUCCESS, password, yes, &success))
			return true;
	return false;
}

/* In the account phase nobody proves anything. */
static size_t check_asked(
	struct trial *trial, enum pam_phase phase, struct check_findings *findings)
{
	const struct pam_entry *ours = &trial->stack->entries[trial->ours];
	const struct check_kind *kind = &kind_never;
	const char *what = "pam_sso never runs";

	if (is_asked(trial, true))
		return 0;
	if (phase == PAM_PHASE_ACCOUNT) {
		kind = &kind_account_never;
	} else if (is_asked(trial, false)) {
		kind = &kind_password_first;
		what = "pam_sso is asked only of who knows no password";
	}
	check_find(findings, kind, "%s%s:%u: %s", pam_stack_folder(ours->file), ours->file,
		ours->line, what);
	return 1;
}

static size_t check_questions(
	struct trial *trial, enum pam_phase phase, struct check_findings *findings)
{
	const struct pam_entry *ours = &trial->stack->entries[trial->ours];
	size_t before = findings->n;
	bool gets_in = false;

	for (size_t i = 0; i < COUNT(questions); i++) {
		const struct question *question = &questions[i];

		/* Who comes in with nothing comes in with a password too. */
		if (question->phase != phase || (gets_in && question->kind == &kind_second_chance))
			continue;
		if (!is_found(trial, question))
			continue;
		gets_in = gets_in || question->kind == &kind_refused_in;
		check_find(findings, question->kind, "%s%s:%u: with [%s], %s",
			pam_stack_folder(ours->file), ours->file, ours->line, ours->control,
			question->what);
	}
	return findings->n - before;
}

static bool begin(struct trial *trial, const struct pam_stack *stack)
{
	*trial = (struct trial){
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

static void end(struct trial *trial)
{
	free(trial->manners);
	free(trial->answers);
	free(trial->reached);
}

static bool has_ours(const struct pam_stack *stack)
{
	for (size_t i = 0; i < stack->n; i++)
		if (manner_of(stack->entries[i].module) == MANNER_OURS)
			return true;
	return false;
}

bool check_stack_names(const struct pam_files *files, const char *service, enum pam_phase phase)
{
	PAM_STACK_AUTO(stack);

	(void)pam_stack_read(files, service, phase, &stack);
	return has_ours(&stack);
}

/* Returns how many findings it added. */
static size_t check_phase(
	const struct pam_stack *stack, enum pam_phase phase, struct check_findings *findings)
{
	struct trial trial;
	size_t n = 0;

	if (begin(&trial, stack)) {
		n = check_asked(&trial, phase, findings);
		n += check_questions(&trial, phase, findings);
	} else {
		findings->error = -ENOMEM;
	}
	end(&trial);
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
	bool named = has_ours(&auth);
	const char *problem = *auth.problem ? auth.problem : account.problem;

	if (r == -ENOMEM || a == -ENOMEM)
		findings->error = -ENOMEM;
	if (*problem && (named || has_ours(&account) || asked)) {
		check_find(findings, &kind_unreadable, "%s: %s", service, problem);
		return true;
	}
	if (!named)
		return check_absent(service, asked, r, has_ours(&account), findings);
	n = check_phase(&auth, PAM_PHASE_AUTH, findings);
	if (has_ours(&account)) {
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
