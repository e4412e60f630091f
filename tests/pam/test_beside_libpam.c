/*
 * pam_stack_run() beside libpam itself: stacks of pam_debug, which answers what it is told to, made
 * by chance from a fixed seed. What `ssoctl check` says of a stack is true where both agree. And what
 * check_stack.c holds of the modules of Linux-PAM beside what these do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <security/pam_appl.h>

#include "buf.h"
#include "check_stack.h"
#include "count.h"
#include "pam_stack.h"

enum { STACKS = 3000, FILES = 3, LINES = 6, TEXT = 4096 };

static const char *const names[FILES] = {"first", "second", "third"};

/* The answers that a stack treats in ways of their own, and some that it does not. */
static const enum pam_answer chosen[] = {ANSWER_SUCCESS, ANSWER_SUCCESS, ANSWER_AUTH_ERR,
	ANSWER_IGNORE, ANSWER_NEW_AUTHTOK_REQD, ANSWER_PERM_DENIED, ANSWER_USER_UNKNOWN};

static const char *const answers_names[] = {
#define PAM_ANSWER_NAME(symbol, name) [ANSWER_##symbol] = (name),
	PAM_ANSWERS(PAM_ANSWER_NAME)
#undef PAM_ANSWER_NAME
};

static const char *const controls[] = {"required", "requisite", "sufficient", "optional",
	"[success=done default=ignore]", "[success=ok ignore=ignore default=die]",
	"[success=1 default=ignore]", "[success=2 auth_err=1 default=bad]",
	"[success=ok new_authtok_reqd=ok default=reset]", "[default=ignore]", "[success=die]",
	"[user_unknown=ignore success=ok perm_denied=done default=bad]"};

struct world {
	unsigned int seed;
	char folder[32]; /* named in full: libpam 1.5 looks for what is included in /etc/pam.d */
	char texts[FILES][TEXT];
	enum pam_answer answers[FILES][LINES + 1]; /* by line */
};

static unsigned int chance(struct world *world, unsigned int n)
{
	world->seed = world->seed * 1103515245 + 12345;
	return (world->seed >> 16) % n;
}

/* A line of file I; a later file may be included. */
static void make_line(
	struct world *world, unsigned int i, unsigned int line, char *end, size_t room)
{
	enum pam_answer answer = chosen[chance(world, COUNT(chosen))];
	bool more = i + 1 < FILES && chance(world, 4) == 0;

	world->answers[i][line] = answer;
	if (more)
		snprintf(end, room, "auth %s %s/%s\n", chance(world, 2) ? "substack" : "include",
			world->folder, names[i + 1]);
	else
		snprintf(end, room, "auth %s pam_debug.so auth=%s\n",
			controls[chance(world, COUNT(controls))], answers_names[answer]);
}

static void make_files(struct world *world)
{
	for (unsigned int i = 0; i < FILES; i++) {
		unsigned int lines = 1 + chance(world, LINES);
		char path[128];

		world->texts[i][0] = '\0';
		for (unsigned int line = 1; line <= lines; line++) {
			size_t len = strlen(world->texts[i]);

			make_line(world, i, line, world->texts[i] + len, TEXT - len);
		}
		snprintf(path, sizeof(path), "%s/%s", world->folder, names[i]);
		FILE *file = fopen(path, "we");
		assert_non_null(file);
		assert_true(fputs(world->texts[i], file) >= 0);
		assert_int_equal(fclose(file), 0);
	}
}

static unsigned int index_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	unsigned int i = 0;

	while (strcmp(names[i], name) != 0)
		i++;
	return i;
}

static const char *text_of(void *context, const char *name)
{
	const struct world *world = context;

	return world->texts[index_of(name)];
}

static bool run_ours(struct world *world)
{
	struct pam_files files = {text_of, world};
	PAM_STACK_AUTO(stack);

	assert_int_equal(pam_stack_read(&files, names[0], PAM_PHASE_AUTH, &stack), 0);
	enum pam_answer *answers = calloc(stack.n + 1, sizeof(*answers));
	bool *reached = calloc(stack.n + 1, sizeof(*reached));
	assert_non_null(answers);
	assert_non_null(reached);
	for (size_t i = 0; i < stack.n; i++)
		answers[i] = world->answers[index_of(stack.entries[i].file)][stack.entries[i].line];
	bool success = pam_stack_run(&stack, answers, reached);
	free(answers);
	free(reached);
	return success;
}

static int converse(
	int n, const struct pam_message **messages, struct pam_response **responses, void *data)
{
	(void)messages;
	(void)data;
	*responses = calloc((size_t)n, sizeof(**responses));
	return *responses ? PAM_SUCCESS : PAM_CONV_ERR;
}

static bool run_libpam(const char *folder)
{
	struct pam_conv conversation = {converse, NULL};
	pam_handle_t *handle = NULL;

	int r = pam_start_confdir(names[0], "nobody", &conversation, folder, &handle);
	if (r == PAM_SUCCESS)
		r = pam_authenticate(handle, PAM_SILENT);
	if (handle)
		pam_end(handle, r);
	return r == PAM_SUCCESS;
}

static void test_beside_libpam(void **state)
{
	struct world world = {.seed = 1, .folder = "/tmp/pam_stack_XXXXXX"};
	unsigned int successes = 0, different = 0;

	(void)state;
	assert_non_null(mkdtemp(world.folder));
	for (unsigned int i = 0; i < STACKS; i++) {
		make_files(&world);
		bool ours = run_ours(&world);
		if (ours != run_libpam(world.folder)) {
			print_error("ours says %d:\n%s-- second\n%s-- third\n%s", ours,
				world.texts[0], world.texts[1], world.texts[2]);
			different++;
		}
		successes += ours;
	}
	for (unsigned int i = 0; i < FILES; i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", world.folder, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(world.folder), 0);
	assert_int_equal(different, 0);
	assert_in_range(successes, STACKS / 20, STACKS - STACKS / 20);
}

/* Modules that do not ask for anything, or for what nobody here has. */
static const char *const modules[] = {"pam_access.so", "pam_cap.so", "pam_deny.so", "pam_echo.so",
	"pam_env.so", "pam_exec.so /bin/true", "pam_faildelay.so", "pam_faillock.so preauth",
	"pam_faillock.so authsucc", "pam_group.so", "pam_issue.so", "pam_keyinit.so",
	"pam_lastlog.so", "pam_limits.so", "pam_localuser.so", "pam_loginuid.so", "pam_mail.so",
	"pam_motd.so", "pam_nologin.so", "pam_permit.so", "pam_rootok.so", "pam_securetty.so",
	"pam_shells.so", "pam_succeed_if.so uid >= 0", "pam_time.so", "pam_umask.so", "pam_unix.so",
	"pam_usertype.so isregular", "pam_warn.so", "pam_wheel.so"};

static const char *module_stack(void *context, const char *name)
{
	return strcmp(name, names[0]) == 0 ? context : NULL;
}

/* Whether `ssoctl check` says that anybody comes in by it while the provider is away. */
static bool is_said_to_permit(char *text)
{
	const struct pam_files files = {module_stack, text};
	CHECK_FINDINGS_AUTO(findings);
	bool said = false;

	(void)check_stack(&files, names[0], true, &findings);
	for (size_t i = 0; i < findings.n; i++)
		said = said || strcmp(findings.items[i].kind->name, "pam-outage-gets-in") == 0;
	return said;
}

static void what_modules_do(void **state)
{
	char folder[] = "/tmp/pam_stack_XXXXXX", path[64];
	unsigned int wrong = 0, successes = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/%s", folder, names[0]);
	for (size_t i = 0; i < COUNT(modules); i++) {
		char text[TEXT];
		FILE *file = fopen(path, "we");

		assert_non_null(file);
		assert_true(fprintf(file, "auth required %s\n", modules[i]) > 0);
		assert_int_equal(fclose(file), 0);
		snprintf(text, sizeof(text),
			"auth [authinfo_unavail=ignore default=die] pam_sso.so\n"
			"auth required %s\n",
			modules[i]);
		bool success = run_libpam(folder);
		if (success && !is_said_to_permit(text)) {
			print_error("%s lets anybody in\n", modules[i]);
			wrong++;
		}
		successes += success;
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(wrong, 0);
	assert_true(successes > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beside_libpam),
		cmocka_unit_test(what_modules_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
