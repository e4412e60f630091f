/*
 * Which process: real children of the test, that live, end and are not reaped.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"

/*
 * A process that ends at the moment it is looked at, whose number another gets at once: its file in
 * /proc is that other's then.
 */
static struct {
	pid_t ends; /* 0: none */
	pid_t other;
} reuse;

int open(const char *path, int flags, ...)
{
	char ends[32], other[32];

	snprintf(ends, sizeof(ends), "/proc/%d/stat", reuse.ends);
	snprintf(other, sizeof(other), "/proc/%d/stat", reuse.other);
	if (strcmp(path, ends) != 0)
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
	kill(reuse.ends, SIGKILL);
	assert_int_equal(waitpid(reuse.ends, NULL, 0), reuse.ends);
	reuse.ends = 0;
	return (int)syscall(SYS_openat, AT_FDCWD, other, flags, 0);
}

/* A child that waits to be killed, whose name is NAME. It says when it has that name. */
static pid_t start_child(const char *name)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static int reap(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void a_name_does_not_lead_astray(void **state)
{
	static const char *const names[] = {
		"sleep", "a b", ") R 1 1 1", "(x)", "))) S 1", "", "\n", "%s%d", "\xff\xfe"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		pid_t pid = start_child(names[i]);
		struct process process = {0};
		pid_t parent = 0;

		assert_int_equal(process_look(pid, &process, &parent), 0);
		assert_int_equal(process.pid, pid);
		assert_int_equal(parent, getpid());
		struct process self;
		assert_int_equal(process_look(getpid(), &self, NULL), 0);
		assert_true(process.started >= self.started);
		kill(pid, SIGKILL);
		reap(pid);
	}
}

static void who_ended_is_none(void **state)
{
	pid_t pid = start_child("x");
	struct process process = {0};
	siginfo_t info;

	(void)state;
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(process_look(pid, &process, NULL), -ESRCH);
	reap(pid);
	assert_int_equal(process_look(pid, &process, NULL), -ESRCH);
	assert_int_equal(process_look(0, &process, NULL), -ESRCH);
	assert_int_equal(process_look(-1, &process, NULL), -ESRCH);
	assert_int_equal(process.pid, 0);
}

static void the_same_is_both_numbers(void **state)
{
	static const struct {
		struct process a, b;
		bool same;
	} rows[] = {
		{{5, 50}, {5, 50}, true}, {{5, 50}, {5, 51}, false}, {{5, 50}, {6, 50}, false},
		{{0, 0}, {0, 0}, false}, /* nobody is not the same as nobody */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(process_same(&rows[i].a, &rows[i].b), rows[i].same);
}

static void text_and_back(void **state)
{
	static const struct process processes[] = {
		{1, 0}, {4194304, 123456789}, {INT_MAX, UINT64_MAX}};
	static const char *const wrong[] = {"", ":", "1", "1:", ":1", "0:1", "-1:1", "+1:1", " 1:1",
		"1: 1", "1:1 ", "01:1", "1:01", "1:-1", "1:1:1", "2147483648:1", "4294967297:1",
		"99999999999999999999:1", "1:18446744073709551616", "1:x", "1:1\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(processes) / sizeof(*processes); i++) {
		struct process again = {0};
		char text[PROCESS_TEXT];

		process_format(&processes[i], text);
		assert_int_equal(process_parse(text, &again), 0);
		assert_true(process_same(&processes[i], &again));
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct process untouched = {3, 4};

		if (process_parse(wrong[i], &untouched) != -EINVAL)
			fail_msg("read: %s", wrong[i]);
		assert_int_equal(untouched.pid, 3);
	}
}

/* The child's child tells who its ancestors are, as far as there is ROOM. */
static int ancestors_of_grandchild(unsigned int room, struct process ancestors[8])
{
	int tube[2];
	int n = 0;

	assert_int_equal(pipe(tube), 0);
	pid_t child = fork();
	if (child == 0) {
		pid_t grandchild = fork();

		if (grandchild == 0) {
			struct process found[8] = {0};
			int count = process_ancestors(getpid(), found, room);

			_exit(write(tube[1], &count, sizeof(count)) < 0 ||
				write(tube[1], found, sizeof(found)) < 0);
		}
		waitpid(grandchild, NULL, 0);
		_exit(0);
	}
	assert_int_equal(read(tube[0], &n, sizeof(n)), sizeof(n));
	assert_int_equal(read(tube[0], ancestors, 8 * sizeof(*ancestors)), 8 * sizeof(*ancestors));
	reap(child);
	close(tube[0]);
	close(tube[1]);
	return n;
}

static void the_line_goes_up_from_oneself(void **state)
{
	struct process ancestors[8];
	struct process self, parent;

	(void)state;
	assert_true(ancestors_of_grandchild(8, ancestors) >= 3);
	assert_int_equal(process_look(getpid(), &self, NULL), 0);
	assert_true(process_same(&ancestors[2], &self));
	if (process_look(getppid(), &parent, NULL) == 0)
		assert_true(process_same(&ancestors[3], &parent));
	assert_int_equal(ancestors_of_grandchild(2, ancestors), 2);
	assert_int_equal(ancestors[2].pid, 0);
	assert_int_equal(process_ancestors(getpid(), ancestors, 1), 1);
	assert_true(process_same(&ancestors[0], &self));
	assert_int_equal(process_ancestors(getpid(), ancestors, 0), 0);
	assert_int_equal(process_ancestors(0, ancestors, 8), -ESRCH);
}

/* Lives on when the child that starts it has ended, until it is killed, and not for ever. */
static pid_t start_orphan(struct process *ret_child)
{
	int tube[2];
	pid_t orphan = 0;

	assert_int_equal(pipe(tube), 0);
	pid_t child = fork();
	if (child == 0) {
		orphan = fork();
		if (orphan == 0) {
			alarm(60);
			for (;;)
				pause();
		}
		if (write(tube[1], &orphan, sizeof(orphan)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(tube[0], &orphan, sizeof(orphan)), sizeof(orphan));
	assert_int_equal(process_look(child, ret_child, NULL), 0);
	close(tube[0]);
	close(tube[1]);
	return orphan;
}

static bool has(const struct process *processes, int n, const struct process *wanted)
{
	for (int i = 0; i < n; i++)
		if (process_same(&processes[i], wanted))
			return true;
	return false;
}

/* Whose parent ended has another one: the login that it came from is no ancestor any more. */
static void an_orphan_has_left_the_line(void **state)
{
	struct process self, child, ancestors[64];
	pid_t orphan = start_orphan(&child);
	int before = process_ancestors(orphan, ancestors, 64);

	(void)state;
	assert_int_equal(process_look(getpid(), &self, NULL), 0);
	assert_true(has(ancestors, before, &child) && has(ancestors, before, &self));
	kill(child.pid, SIGKILL);
	reap(child.pid);
	int after = process_ancestors(orphan, ancestors, 64);
	kill(orphan, SIGKILL);
	assert_true(after >= 1);
	assert_int_equal(ancestors[0].pid, orphan);
	assert_false(has(ancestors, after, &child));
	assert_false(has(ancestors, after, &self));
}

/* The number of a parent that ended meanwhile does not make an ancestor of who has it now. */
static void a_number_that_is_used_again_is_no_ancestor(void **state)
{
	struct process child, ancestors[64];
	pid_t orphan = start_orphan(&child);

	(void)state;
	reuse.ends = child.pid;
	reuse.other = getpid();
	int n = process_ancestors(orphan, ancestors, 64);
	kill(orphan, SIGKILL);
	assert_int_equal(reuse.ends, 0);
	assert_int_equal(n, 1);
	assert_int_equal(ancestors[0].pid, orphan);
}

static void a_signal_reaches_that_very_process(void **state)
{
	pid_t pid = start_child("x");
	struct process process;

	(void)state;
	assert_int_equal(process_look(pid, &process, NULL), 0);
	/* the number is right, and somebody else's now */
	struct process earlier = {.pid = pid, .started = process.started - 1};
	assert_int_equal(process_signal(&earlier, SIGKILL), -ESRCH);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_int_equal(process_signal(&process, SIGTERM), 0);
	int status = reap(pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_int_equal(process_signal(&process, SIGKILL), -ESRCH);
	assert_int_equal(process_signal(&(struct process){0}, SIGKILL), -ESRCH);
	assert_int_equal(process_signal(&(struct process){.pid = -1}, SIGKILL), -ESRCH);
}

static void nothing_stays_open(void **state)
{
	struct process process, ancestors[8];
	int before = dup(0);

	(void)state;
	close(before);
	process_look(getpid(), &process, NULL);
	process_ancestors(getpid(), ancestors, 8);
	process_signal(&process, 0);
	process_signal(&(struct process){.pid = getpid(), .started = 1}, SIGKILL);
	int after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_does_not_lead_astray),
		cmocka_unit_test(who_ended_is_none),
		cmocka_unit_test(the_same_is_both_numbers),
		cmocka_unit_test(text_and_back),
		cmocka_unit_test(the_line_goes_up_from_oneself),
		cmocka_unit_test(an_orphan_has_left_the_line),
		cmocka_unit_test(a_number_that_is_used_again_is_no_ancestor),
		cmocka_unit_test(a_signal_reaches_that_very_process),
		cmocka_unit_test(nothing_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
