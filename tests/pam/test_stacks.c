/*
 * The stacks of conf/: what each of the module's answers comes to under the controls that the examples
 * and the pam-auth-update profile have. Run from the top of the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stage.h"

static const char *const files[] = {
	"conf/pam.d/login.example",
	"conf/pam.d/sshd.example",
	"conf/pam.d/su.example",
	"conf/pam.d/sudo.example",
	"conf/pam.d/vlock.example",
	"conf/pam-configs/pam_sso",
};

enum { FILES = sizeof(files) / sizeof(files[0]), CONTROL_MAX = 256 };

/* What the line behind the module's says of everybody in auth: the password has its turn. */
#define NEXT STAGE_IGNORED

static void read_text(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");

	if (!file)
		fail_msg("%s cannot be opened", path);
	size_t len = fread(text, 1, size - 1, file);
	fclose(file);
	text[len] = '\0';
}

/* The control of the module's line in authentication (NTH is 0) or account management (1). */
static void read_control(const char *path, int nth, char control[CONTROL_MAX])
{
	char text[16384], *rest = NULL;

	read_text(path, text, sizeof(text));
	for (char *at = text; (at = strstr(at, "\\\n"));)
		memset(at, ' ', 2);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *from = strchr(line, '['), *to = strchr(line, ']');

		if (*line == '#' || !from || !to || !strstr(to, "pam_sso.so") || nth-- > 0)
			continue;
		/* pam-auth-update makes a jump over the password of `end` */
		const char *end = strstr(from, "=end");
		int head = (int)((end ? end : to) - from);
		const char *tail = end ? end + strlen("=end") : to;
		snprintf(control, CONTROL_MAX, "%.*s%s%.*s", head, from, end ? "=done" : "",
			(int)(to - tail) + 1, tail);
		return;
	}
	fail_msg("%s has no such line", path);
}

static void write_login(const struct stage *stage, const char *file, const char *module)
{
	char auth[CONTROL_MAX], account[CONTROL_MAX], path[160], text[2048];

	read_control(file, 0, auth);
	read_control(file, 1, account);
	snprintf(path, sizeof(path), "%s/login", stage->stack);
	snprintf(text, sizeof(text),
		"auth %s %s/%s conf=%s\n"
		"auth required pam_debug.so auth=cred_expired\n"
		"account %s %s/%s conf=%s\n"
		"account required pam_debug.so acct=success\n",
		auth, stage_build(), module, stage->config, account, stage_build(), module,
		stage->config);
	stage_write(path, text, 0644);
}

static void only_who_could_not_be_asked_has_the_password(void **state)
{
	static const struct {
		const char *user, *transcript, *config, *module;
		int code;
	} rows[] = {
		{"alice", APPROVE, "", "pam_sso.so", PAM_SUCCESS},
		{"alice", APPROVE_AS("bob"), "", "pam_sso.so", PAM_PERM_DENIED},
		{"alice", SAY_PROMPT SAY_REASON("expired") "exit 0\n", "", "pam_sso.so",
			PAM_AUTH_ERR},
		{"root", APPROVE_AS("root"), "", "pam_sso.so", PAM_PERM_DENIED},
		{"ghost", APPROVE_AS("ghost"), "", "pam_sso.so", PAM_USER_UNKNOWN},
		{"alice", SAY_PROMPT SAY_REASON("unreachable") "exit 0\n", "", "pam_sso.so", NEXT},
		{"alice", SAY_PROMPT "exit 42\n", "", "pam_sso.so", NEXT},
		{"alice", APPROVE, "[broken\n", "pam_sso.so", NEXT},
		{"root", APPROVE, "[access]\nignore_users = root\n", "pam_sso.so", NEXT},
		{"alice", APPROVE, "", "removed.so", NEXT},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < FILES * sizeof(rows) / sizeof(rows[0]); i++) {
		const char *file = files[i % FILES];
		size_t row = i / FILES;
		const struct scene scene = {.user = rows[row].user};

		write_login(stage, file, rows[row].module);
		stage_transcript(stage, rows[row].transcript);
		stage_configure(stage, rows[row].config);
		if (stage_authenticate(stage, &scene) != rows[row].code)
			fail_msg("%s, row %zu: code %d", file, row, stage->code);
	}
}

/* Who came in by another module is not locked out by a module that could not work. */
static int account_in(struct stage *stage, unsigned int mode)
{
	static const struct scene alice = {.user = "alice"};
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (chmod(stage->config, mode) < 0 ||
			(geteuid() == 0 && setresuid(65534, 65534, 65534) < 0))
			abort();
		stage_start(stage, &alice);
		_exit(pam_acct_mgmt(stage->pamh, 0));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void others_keep_their_accounts(void **state)
{
	struct stage *stage = *state;

	for (size_t i = 0; i < FILES; i++) {
		write_login(stage, files[i], "pam_sso.so");
		stage_configure(stage, "");
		assert_int_equal(account_in(stage, 0644), PAM_SUCCESS);
		/* a screen locker that may not read the configuration */
		assert_int_equal(account_in(stage, geteuid() == 0 ? 0600 : 0), PAM_SUCCESS);
		assert_int_equal(account_in(stage, 0666), PAM_SUCCESS);
		write_login(stage, files[i], "removed.so");
		assert_int_equal(account_in(stage, 0644), PAM_SUCCESS);
	}
}

static void accounts_that_are_refused(void **state)
{
	static const struct scene alice = {.user = "alice"}, ghost = {.user = "ghost"};
	struct stage *stage = *state;

	for (size_t i = 0; i < FILES; i++) {
		write_login(stage, files[i], "pam_sso.so");
		stage_configure(stage, "");
		assert_int_equal(stage_authenticate(stage, &alice), PAM_SUCCESS);
		assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_SUCCESS);
		stage_configure(stage, "[access]\ndeny_users = alice\n");
		assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_PERM_DENIED);
		stage_start(stage, &ghost);
		assert_int_equal(pam_acct_mgmt(stage->pamh, 0), PAM_USER_UNKNOWN);
	}
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(only_who_could_not_be_asked_has_the_password),
		TEST(others_keep_their_accounts),
		TEST(accounts_that_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
