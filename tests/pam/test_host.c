/* The host process: whatever state it is in, it gets a right verdict, and its state back. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stage.h"

static const struct scene scene = {.talk = TALK_ENTER};

/* Strange states, each in a process of its own. */

static void close_all(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		close(fd);
}

static void close_input(void)
{
	close(STDIN_FILENO);
}

static void set_umask(void)
{
	umask(0777);
}

static void ignore_children(void)
{
	signal(SIGCHLD, SIG_IGN);
}

static void reap(int signal)
{
	int error = errno;

	(void)signal;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = error;
}

static void reap_children(void)
{
	struct sigaction action = {.sa_handler = reap};

	sigaction(SIGCHLD, &action, NULL);
}

static void limit(int resource, rlim_t value)
{
	const struct rlimit limits = {value, value};

	setrlimit(resource, &limits);
}

static void limit_files(void)
{
	limit(RLIMIT_NOFILE, 6);
}

static void limit_size(void)
{
	limit(RLIMIT_FSIZE, 0);
}

static void limit_stack(void)
{
	limit(RLIMIT_STACK, (rlim_t)128 * 1024);
}

static void block_everything(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

static void lose_folder(void)
{
	char folder[] = "/tmp/pam_sso-gone-XXXXXX";

	if (mkdtemp(folder) && chdir(folder) == 0)
		rmdir(folder);
}

static void be_interrupted(int signal)
{
	(void)signal;
}

/* Every call that can be is interrupted, over and over (no SA_RESTART). A checker that is at its
 * report has no handler any more, and would die of it. */
static void interrupt_calls(void)
{
	const struct sigaction action = {.sa_handler = be_interrupted};
	const struct itimerval often = {.it_interval.tv_usec = 3000, .it_value.tv_usec = 3000};

	sigaction(SIGALRM, &action, NULL);
	if (!stage_memory_is_anothers())
		setitimer(ITIMER_REAL, &often, NULL);
}

static void hostile_environment(void)
{
	static const char *const names[] = {"SSLKEYLOGFILE", "https_proxy", "ALL_PROXY",
		"OPENSSL_CONF", "SSL_CERT_FILE", "LD_PRELOAD", "HOSTALIASES", "RES_OPTIONS", "TZ",
		"LANG", "PATH", "MALLOC_CHECK_"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		setenv(names[i], "/nonexistent/canary", 1);
}

static int run_in(struct stage *stage, void (*make_strange)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		make_strange();
		_exit(stage_authenticate(stage, &scene));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const struct state {
	void (*make)(void);
	bool may_fail; /* then with PAM_AUTHINFO_UNAVAIL or PAM_SYSTEM_ERR */
} states[] = {
	{close_all, false},
	{close_input, false},
	{set_umask, false},
	{ignore_children, true},
	{reap_children, true},
	{limit_files, true},
	{limit_size, true},
	{limit_stack, true},
	{block_everything, false},
	{interrupt_calls, false},
	{lose_folder, false},
	{hostile_environment, false},
};

static void strange_states(void **state)
{
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		stage_transcript(stage, APPROVE);
		int code = run_in(stage, states[i].make);

		if (code != PAM_SUCCESS && !(states[i].may_fail && (code == PAM_AUTHINFO_UNAVAIL ||
									   code == PAM_SYSTEM_ERR)))
			fail_msg("state %zu: code %d", i, code);
		stage_transcript(stage, APPROVE_AS("bob"));
		code = run_in(stage, states[i].make);
		if (code == PAM_SUCCESS || code == STAGE_IGNORED)
			fail_msg("state %zu lets bob in as alice, or ignores him: %d", i, code);
	}
}

/* Room for so much more than the host has already, and no more. */
static void limit_memory(rlim_t more)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file || fscanf(file, "%lu", &pages) != 1)
		abort();
	fclose(file);
	limit(RLIMIT_AS, pages * (rlim_t)sysconf(_SC_PAGESIZE) + more);
}

static int sign_in_within(struct stage *stage, rlim_t more)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		stage_start(stage, &scene);
		limit_memory(more);
		_exit(pam_authenticate(stage->pamh, 0));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void little_memory(void **state)
{
	static const rlim_t kib[] = {0, 64, 256, 1024, 4096, 16384};
	struct stage *stage = *state;

	if (stage_memory_is_anothers())
		skip();
	for (size_t i = 0; i < sizeof(kib) / sizeof(kib[0]); i++) {
		stage_transcript(stage, APPROVE);
		assert_int_not_equal(sign_in_within(stage, kib[i] * 1024), STAGE_IGNORED);
		stage_transcript(stage, APPROVE_AS("bob"));
		int code = sign_in_within(stage, kib[i] * 1024);
		if (code == PAM_SUCCESS || code == STAGE_IGNORED)
			fail_msg("%zu KiB more let bob in as alice, or ignore him: %d",
				(size_t)kib[i], code);
	}
}

/* Where the host had no standard descriptors its conversation finds none of ours: a signalfd that it
 * read from would give it the signals, and what it wrote would go to the worker. */
static bool found_ours;

static void look_for_ours(struct stage *stage)
{
	(void)stage;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		found_ours |= fcntl(fd, F_GETFD) >= 0;
}

static void standard_descriptors_stay_closed(void **state)
{
	static const struct scene looking = {.meanwhile = look_for_ours};
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		close_all();
		_exit(stage_authenticate(*state, &looking) + found_ours * 100);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), PAM_SUCCESS);
}

/* A caller that is not root, such as a screen locker, runs the worker as itself, if it may read the
 * configuration; if not, that is no fault of the configuration. */
static void become_nobody(void)
{
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		abort();
}

static void a_caller_who_is_not_root(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(run_in(stage, become_nobody), PAM_SUCCESS);
	assert_int_equal(chmod(stage->config, geteuid() == 0 ? 0600 : 0), 0);
	assert_int_equal(run_in(stage, become_nobody), PAM_AUTHINFO_UNAVAIL);
}

/* Many at once */

enum { THREADS = 20 };

static void *sign_in(void *stage)
{
	return (void *)(intptr_t)stage_authenticate(stage, &scene);
}

static void twenty_threads(void **state)
{
	void *stages[THREADS], *code;
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		stage_setup(&stages[i]);
		stage_transcript(stages[i], i % 2 ? APPROVE : APPROVE_AS("bob"));
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_in, stages[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &code), 0);
		if ((intptr_t)code != (i % 2 ? PAM_SUCCESS : PAM_PERM_DENIED))
			fail_msg("thread %d: code %d\nlog:\n%s", i, (int)(intptr_t)code,
				stage_log());
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(stage_teardown(&stages[i]), 0);
}

/* Before and after */

struct snapshot {
	char folder[512], locale[256];
	char **environment;
	size_t variables, descriptors, threads;
	mode_t mask;
	sigset_t signals;
	struct {
		void (*handler)(int);
		int flags;
	} actions[NSIG];
	struct rlimit limits[RLIM_NLIMITS];
};

static size_t count_entries(const char *path)
{
	DIR *folder = opendir(path);
	size_t n = 0;

	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void take_snapshot(struct snapshot *ret)
{
	memset(ret, 0, sizeof(*ret));
	assert_non_null(getcwd(ret->folder, sizeof(ret->folder)));
	snprintf(ret->locale, sizeof(ret->locale), "%s", setlocale(LC_ALL, NULL));
	ret->environment = environ;
	while (environ[ret->variables])
		ret->variables++;
	ret->descriptors = count_entries("/proc/self/fd");
	ret->threads = count_entries("/proc/self/task");
	ret->mask = umask(0);
	umask(ret->mask);
	sigprocmask(SIG_BLOCK, NULL, &ret->signals);
	for (int i = 1; i < NSIG; i++) {
		struct sigaction action = {.sa_flags = 0};

		sigaction(i, NULL, &action);
		ret->actions[i].handler = action.sa_handler;
		ret->actions[i].flags = action.sa_flags;
	}
	for (int i = 0; i < (int)RLIM_NLIMITS; i++)
		getrlimit((__rlimit_resource_t)i, &ret->limits[i]);
}

static void sign_in_often(struct stage *stage, int times)
{
	for (int i = 0; i < times; i++) {
		stage_transcript(stage, i % 2 ? APPROVE : APPROVE_AS("bob"));
		assert_int_equal(
			stage_authenticate(stage, &scene), i % 2 ? PAM_SUCCESS : PAM_PERM_DENIED);
		stage_end(stage);
	}
}

static void a_hundred_sign_ins_leave_no_trace(void **state)
{
	static struct snapshot before, after;
	struct stage *stage = *state;

	sign_in_often(stage, 2);
	take_snapshot(&before);
	sign_in_often(stage, 100);
	take_snapshot(&after);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* Nobody to show a link to */

static int without_terminal(struct stage *stage, const struct scene *quiet)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		setsid();
		close_all();
		_exit(stage_authenticate(stage, quiet) * 2 + stage_logged("event=start"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_text_that_nobody_reads_is_not_waited_on(void **state)
{
	static const struct scene nobody = {.service = "sudo", .tty = ""};
	static const struct scene somebody = {.service = "sudo", .tty = "pts/3"};
	static const struct scene by_ssh = {.service = "sshd",
		.tty = "ssh",
		.environment = {"SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22"}};
	struct stage *stage = *state;

	assert_int_equal(without_terminal(stage, &nobody), PAM_CONV_ERR * 2);
	assert_int_equal(without_terminal(stage, &somebody), PAM_SUCCESS * 2 + 1);
	assert_int_equal(without_terminal(stage, &by_ssh), PAM_SUCCESS * 2 + 1);
	stage_configure(stage, "[prompt]\nshow = text\n");
	assert_int_equal(without_terminal(stage, &nobody), PAM_SUCCESS * 2 + 1);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(strange_states),
		TEST(little_memory),
		TEST(standard_descriptors_stay_closed),
		TEST(a_caller_who_is_not_root),
		TEST(twenty_threads),
		TEST(a_hundred_sign_ins_leave_no_trace),
		TEST(a_text_that_nobody_reads_is_not_waited_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
