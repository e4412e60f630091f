/*
 * pam_stack: the lines of /etc/pam.d for one service, and what libpam would answer.
 *
 * Read as libpam reads them (pam.conf(5), Linux-PAM 1.5 and 1.7), and run as libpam runs them, but
 * with answers that the caller gives for the modules. So a question about a stack, such as whether
 * somebody who was refused comes in, is tried and not guessed.
 *
 * 1. `#` begins a comment; a backslash at the end of a line joins the next to it; a word may stand
 *    between [ and ].
 * 2. `@include FILE` stands for the file's lines, `TYPE include FILE` for those of its type, and
 *    `TYPE substack FILE` for those as a stack of its own: done, die and jumps end at its end.
 * 3. What a control does not name is `bad`. A jump counts entries, a substack as one, and says
 *    neither yes nor no; a jump behind the end is a refusal.
 * 4. Success is success of at least one entry and a refusal of none.
 *
 * Pure: files are asked for by their name.
 */
#ifndef PAM_SSO_PAM_STACK_H
#define PAM_SSO_PAM_STACK_H

#include <stdbool.h>
#include <stddef.h>

enum pam_phase { PAM_PHASE_AUTH, PAM_PHASE_ACCOUNT, PAM_PHASE_PASSWORD, PAM_PHASE_SESSION };

/* What modules answer, in the order of libpam's numbers. */
#define PAM_ANSWERS(X)                                                                             \
	X(SUCCESS, "success")                                                                      \
	X(OPEN_ERR, "open_err")                                                                    \
	X(SYMBOL_ERR, "symbol_err")                                                                \
	X(SERVICE_ERR, "service_err")                                                              \
	X(SYSTEM_ERR, "system_err")                                                                \
	X(BUF_ERR, "buf_err")                                                                      \
	X(PERM_DENIED, "perm_denied")                                                              \
	X(AUTH_ERR, "auth_err")                                                                    \
	X(CRED_INSUFFICIENT, "cred_insufficient")                                                  \
	X(AUTHINFO_UNAVAIL, "authinfo_unavail")                                                    \
	X(USER_UNKNOWN, "user_unknown")                                                            \
	X(MAXTRIES, "maxtries")                                                                    \
	X(NEW_AUTHTOK_REQD, "new_authtok_reqd")                                                    \
	X(ACCT_EXPIRED, "acct_expired")                                                            \
	X(SESSION_ERR, "session_err")                                                              \
	X(CRED_UNAVAIL, "cred_unavail")                                                            \
	X(CRED_EXPIRED, "cred_expired")                                                            \
	X(CRED_ERR, "cred_err")                                                                    \
	X(NO_MODULE_DATA, "no_module_data")                                                        \
	X(CONV_ERR, "conv_err")                                                                    \
	X(AUTHTOK_ERR, "authtok_err")                                                              \
	X(AUTHTOK_RECOVER_ERR, "authtok_recover_err")                                              \
	X(AUTHTOK_LOCK_BUSY, "authtok_lock_busy")                                                  \
	X(AUTHTOK_DISABLE_AGING, "authtok_disable_aging")                                          \
	X(TRY_AGAIN, "try_again")                                                                  \
	X(IGNORE, "ignore")                                                                        \
	X(ABORT, "abort")                                                                          \
	X(AUTHTOK_EXPIRED, "authtok_expired")                                                      \
	X(MODULE_UNKNOWN, "module_unknown")                                                        \
	X(BAD_ITEM, "bad_item")                                                                    \
	X(CONV_AGAIN, "conv_again")                                                                \
	X(INCOMPLETE, "incomplete")

enum pam_answer {
#define PAM_ANSWER_ENUM(symbol, name) ANSWER_##symbol,
	PAM_ANSWERS(PAM_ANSWER_ENUM)
#undef PAM_ANSWER_ENUM
		ANSWER_COUNT
};

/* A number above zero jumps over so many entries. */
enum {
	ACTION_BAD = 0,
	ACTION_IGNORE = -1,
	ACTION_OK = -2,
	ACTION_DONE = -3,
	ACTION_DIE = -4,
	ACTION_RESET = -5,
};

struct pam_entry {
	char *module;  /* without folder and `.so` */
	char *control; /* as it stands there */
	char *file;    /* where it stands */
	unsigned int line;
	unsigned int level; /* of substacks */
	bool substack;      /* it only begins one, of the next level: there is no module */
	int actions[ANSWER_COUNT];
};

struct pam_stack {
	struct pam_entry *entries; /* NULL while n is 0 */
	size_t n;
	/* Where the reading failed, and how: "FILE:LINE: what"; libpam refuses everybody then. */
	char problem[256];
};

#define PAM_STACK_AUTO(name)                                                                       \
	__attribute__((cleanup(pam_stack_free))) struct pam_stack name = {.entries = NULL}

/* Gives the text of a file by its name in pam.d, or its path; NULL where there is none. */
struct pam_files {
	const char *(*text)(void *context, const char *name);
	void *context;
};

/* Reads what SERVICE does in PHASE. Returns 0 and sets *ret, which pam_stack_free() frees; -ENOENT
 * where there is no file of that name; -EINVAL with ret->problem set, and what stands before it
 * read; -ENOMEM. */
int pam_stack_read(const struct pam_files *files, const char *service, enum pam_phase phase,
	struct pam_stack *ret);

/* What libpam comes to where each entry answers as ANSWERS says, an answer an entry: whether it is
 * success. REACHED, a flag an entry, tells which were asked. */
bool pam_stack_run(const struct pam_stack *stack, const enum pam_answer *answers, bool *reached);

/* What stands before the name of a file where it is told: FILE is a path, or stands in pam.d. */
const char *pam_stack_folder(const char *file);

void pam_stack_free(struct pam_stack *stack);

#endif
