#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "scratch.h"
#include "spawn.h"

enum {
	PLENTY_MS = 60 * 1000, /* nothing that is meant to come in time takes so long */
	NOBODY = 65534,
	REPORT_MAX = 16 * 1024,
};

static const struct spawn_identity as_caller = {.change = false};

static int begin(void **state)
{
	static struct scratch scratch;

	scratch_begin(&scratch);
	*state = &scratch;
	return 0;
}

static int end(void **state)
{
	scratch_end(*state);
	return 0;
}

/* Reads all that the child says up to its end. Returns whether it could be read. */
static bool hear(const struct spawned *child, struct buf *out)
{
	char chunk[1024];
	ssize_t got;

	while ((got = read(child->fd, chunk, sizeof(chunk))) > 0)
		buf_add(out, chunk, (size_t)got);
	return got == 0 && buf_error(out) == 0;
}

/* A host in a state that no program expects, and what it was before. */
struct host_before {
	mode_t umask;
	sigset_t mask;
	struct rlimit nofile;
	int leak;
};

static void be_strange(struct host_before *before, const char *directory)
{
	struct rlimit low = {.rlim_cur = 40};
	sigset_t some;

	before->umask = umask(0);
	assert_int_equal(chdir(directory), 0);
	sigemptyset(&some);
	sigaddset(&some, SIGTERM);
	sigaddset(&some, SIGUSR1);
	sigaddset(&some, SIGCHLD);
	assert_int_equal(sigprocmask(SIG_SETMASK, &some, &before->mask), 0);
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	assert_true(signal(SIGINT, SIG_IGN) != SIG_ERR);
	assert_true(signal(SIGRTMIN, SIG_IGN) != SIG_ERR);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before->nofile), 0);
	low.rlim_max = before->nofile.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(setenv("LD_PRELOAD", "/nowhere/evil.so", 1), 0);
	assert_int_equal(setenv("SSLKEYLOGFILE", "/tmp/keys", 1), 0);
	assert_int_equal(setenv("https_proxy", "http://evil.example", 1), 0);
	before->leak = open("/dev/zero", O_RDONLY);
	assert_true(before->leak >= 0);
}

static void be_yourself(const struct host_before *before)
{
	close(before->leak);
	umask(before->umask);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before->mask, NULL), 0);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGRTMIN, SIG_DFL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before->nofile), 0);
	unsetenv("LD_PRELOAD");
	unsetenv("SSLKEYLOGFILE");
	unsetenv("https_proxy");
}

/* What the child looks at, in words of a shell, and what it sees. The shell that is the child
 * is $$, and has its script open at 10; a subshell does the looking, so that $$ stays as it was. */
struct sight {
	const char *look;
	const char *seen;
};

static const struct sight sights[] = {
	{"tr '\\0' '\\n' </proc/$$/environ",
		"PATH=/usr/bin:/bin\nLANG=C.UTF-8\nGNUTLS_NO_IMPLICIT_INIT=1\n"
		"GLIBC_TUNABLES=glibc.malloc.tcache_count=0\n"},
	{"ls /proc/$$/fd", "0\n1\n10\n2\n3\n"},
	{"readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2", "/dev/null\n/dev/null\n/dev/null\n"},
	{"readlink /proc/$$/cwd", "/\n"},
	{"grep -E '^(Umask|SigBlk|SigIgn|NoNewPrivs|CapAmb):' /proc/$$/status",
		"Umask:\t0077\n"
		"SigBlk:\t0000000000000000\n"
		"SigIgn:\t0000000000000000\n"
		"CapAmb:\t0000000000000000\n"
		"NoNewPrivs:\t1\n"},
	/* its own session, its own group, no terminal */
	{"read -r pid name state parent group session tty rest </proc/$$/stat\n"
	 "echo $((group - pid)) $((session - pid)) $tty",
		"0 0 0\n"},
	{"grep -E '^Max (cpu|core|open|file size|locked mem|stack)' /proc/$$/limits | tr -s ' '",
		"Max cpu time 60 60 seconds \n"
		"Max file size 0 0 bytes \n"
		"Max stack size 8388608 8388608 bytes \n"
		"Max core file size 1 1 bytes \n"
		"Max open files 64 64 files \n"
		"Max locked memory 0 0 bytes \n"},
	{"echo $#; tr '\\0' '\\n' </proc/$$/cmdline | wc -l", "0\n2\n"},
};

static void a_child_sees_nothing_of_the_host(void **state)
{
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(sights) / sizeof(*sights); i++) {
		struct host_before before;
		struct spawned child;
		BUF_AUTO(out, REPORT_MAX);

		char script[512];
		snprintf(script, sizeof(script), "(%s) >&3\nexit 0", sights[i].look);
		const char *path = scratch_script(scratch, "child", script);
		be_strange(&before, scratch->path);
		int r = spawn_start(path, &as_caller, &child);
		be_yourself(&before);
		assert_int_equal(r, 0);
		assert_true(hear(&child, &out));
		assert_int_equal(spawn_end(&child, PLENTY_MS), 0);
		assert_string_equal(buf_str(&out), sights[i].seen);
	}
}

static void a_child_has_the_identity_it_is_given(void **state)
{
	const struct spawn_identity nobody = {.change = true, .uid = NOBODY, .gid = NOBODY};
	const gid_t groups[] = {1, 2, 3};
	const char *path = scratch_script(
		*state, "child", "grep -E '^(Uid|Gid|Groups|CapPrm|CapEff):' /proc/$$/status >&3");
	struct spawned child;
	BUF_AUTO(out, REPORT_MAX);

	if (geteuid() != 0)
		skip();
	assert_int_equal(setgroups(3, groups), 0);
	assert_int_equal(spawn_start(path, &nobody, &child), 0);
	assert_true(hear(&child, &out));
	assert_int_equal(spawn_end(&child, PLENTY_MS), 0);
	assert_string_equal(buf_str(&out), "Uid:\t65534\t65534\t65534\t65534\n"
					   "Gid:\t65534\t65534\t65534\t65534\n"
					   "Groups:\t \n"
					   "CapPrm:\t0000000000000000\n"
					   "CapEff:\t0000000000000000\n");
}

/* Who may not change its identity gets no child at all, and not one with the wrong identity. */
static void an_identity_that_cannot_be_had_is_an_error(void **state)
{
	const struct spawn_identity root = {.change = true, .uid = 0, .gid = 0};
	const char *path = scratch_script(*state, "child", "exit 42");
	struct spawned child = {.pid = -7};

	if (geteuid() == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	int r = spawn_start(path, &root, &child);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(r, -EPERM);
	assert_int_equal(child.pid, -7);
}

static int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

struct start_row {
	const char *name; /* in the scratch directory, or absolute */
	int result;
};

static const struct start_row starts[] = {
	{"missing", -ENOENT},
	{"child/below", -ENOTDIR},
	{"not-executable", -EACCES},
	{"directory", -EACCES},
	{"no-interpreter", -ENOENT},
	{"no-format", -ENOEXEC},
	{"empty", -ENOEXEC},
	{"loop", -ELOOP},
};

static void a_failed_start_leaves_nothing_behind(void **state)
{
	struct scratch *scratch = *state;
	struct spawned child = {.pid = -7};

	scratch_script(scratch, "child", "exit 42");
	scratch_write(scratch, "not-executable", 0644, "#!/bin/sh\nexit 42\n");
	scratch_write(scratch, "no-interpreter", 0755, "#!/nowhere/sh\nexit 42\n");
	scratch_write(scratch, "no-format", 0755, "exit 42\n");
	scratch_write(scratch, "empty", 0755, "");
	assert_int_equal(mkdir(scratch_path(scratch, "directory"), 0755), 0);
	assert_int_equal(symlink("loop", scratch_path(scratch, "loop")), 0);
	int descriptors = count_descriptors();
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		const char *path = scratch_path(scratch, starts[i].name);

		assert_int_equal(spawn_start(path, &as_caller, &child), starts[i].result);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		assert_int_equal(errno, ECHILD);
	}
	assert_int_equal(spawn_start("", &as_caller, &child), -EINVAL);
	assert_int_equal(spawn_start("child", &as_caller, &child), -EINVAL);
	assert_int_equal(spawn_start("bin/sh", &as_caller, &child), -EINVAL);
	assert_int_equal(count_descriptors(), descriptors);
	assert_int_equal(child.pid, -7);
}

/* How a child ends, and what is told of it. LISTEN waits until the socket is closed. */
#define LISTEN "cat <&3 >/dev/null\n"

struct end_row {
	const char *script;
	int grace_ms;
	int result;
};

static const struct end_row ends[] = {
	{"exit 0", PLENTY_MS, 0},
	{"exit 1", PLENTY_MS, 1},
	{"exit 42", PLENTY_MS, 42},
	{"exit 255", PLENTY_MS, 255},
	{LISTEN "exit 42", PLENTY_MS, 42},
	{"kill -TERM $$", PLENTY_MS, -EINTR},
	{"kill -KILL $$", PLENTY_MS, -EINTR},
	{"exec sleep 1000", 0, -ETIMEDOUT},
	{"exec sleep 1000", 50, -ETIMEDOUT},
	{"trap '' TERM HUP INT PIPE; while :; do sleep 1; done", 50, -ETIMEDOUT},
	{"kill -STOP $$", 50, -ETIMEDOUT},
};

static void the_end_of_a_child_is_told(void **state)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const char *path = scratch_script(*state, "child", ends[i].script);
		struct spawned child;

		assert_int_equal(spawn_start(path, &as_caller, &child), 0);
		pid_t pid = child.pid;
		int r = spawn_end(&child, ends[i].grace_ms);
		if (r != ends[i].result)
			fail_msg("%d instead of %d: %s", r, ends[i].result, ends[i].script);
		/* gone, and not only dead */
		assert_int_equal(kill(pid, 0), -1);
		assert_int_equal(errno, ESRCH);
		assert_int_equal(child.fd, -1);
		assert_int_equal(child.pidfd, -1);
	}
}

/* The socket goes both ways, and is the child's alone once the caller's end is closed. */
static void they_can_talk(void **state)
{
	const char *path = scratch_script(
		*state, "child", "read -r line <&3; echo \"you said $line\" >&3; " LISTEN "exit 7");
	struct spawned child;
	char line[64] = {0};

	assert_int_equal(spawn_start(path, &as_caller, &child), 0);
	assert_true(child.fd > STDERR_FILENO);
	assert_int_equal(fcntl(child.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(child.fd, "hello\n", 6), 6);
	assert_int_equal(read(child.fd, line, sizeof(line) - 1), 15);
	assert_string_equal(line, "you said hello\n");
	assert_int_equal(spawn_end(&child, PLENTY_MS), 7);
}

static void a_host_that_ignores_its_children_learns_that_nothing_is_known(void **state)
{
	const char *path = scratch_script(*state, "child", "exit 42");
	const char *missing = "/nowhere/child";
	struct spawned child;

	assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	assert_int_equal(spawn_start(missing, &as_caller, &child), -ENOENT);
	assert_int_equal(spawn_start(path, &as_caller, &child), 0);
	int ended = spawn_end(&child, PLENTY_MS);
	path = scratch_script(*state, "child", "exec sleep 1000");
	assert_int_equal(spawn_start(path, &as_caller, &child), 0);
	int killed = spawn_end(&child, 0);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(ended, -ECHILD);
	assert_int_equal(killed, -ETIMEDOUT);
}

static void reap_everything(int number)
{
	int error = errno;

	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = error;
}

/* Either side may get the status first; what is never told is a status that was not there. */
static void a_host_that_reaps_everything_makes_no_status_up(void **state)
{
	const struct sigaction reap = {.sa_handler = reap_everything};
	const char *path = scratch_script(*state, "child", "exit 42");

	assert_int_equal(sigaction(SIGCHLD, &reap, NULL), 0);
	for (int i = 0; i < 50; i++) {
		struct spawned child;

		assert_int_equal(spawn_start(path, &as_caller, &child), 0);
		int r = spawn_end(&child, PLENTY_MS);
		assert_true(r == 42 || r == -ECHILD);
		assert_int_equal(spawn_start("/nowhere/child", &as_caller, &child), -ENOENT);
	}
	signal(SIGCHLD, SIG_DFL);
}

struct runner {
	const char *path;
	int number;
	int wrong;
};

/* Each asks its child to end with a status of its own. */
static void *run(void *context)
{
	struct runner *runner = context;

	for (int i = 0; i < 5; i++) {
		struct spawned child;
		int status = 10 * runner->number + i;
		char line[16];

		int len = snprintf(line, sizeof(line), "%d\n", status);
		if (spawn_start(runner->path, &as_caller, &child) < 0) {
			runner->wrong++;
			continue;
		}
		if (write(child.fd, line, (size_t)len) != len)
			runner->wrong++;
		if (spawn_end(&child, PLENTY_MS) != status)
			runner->wrong++;
	}
	return NULL;
}

static void twenty_threads_get_each_its_own(void **state)
{
	enum { THREADS = 20 };
	const char *path = scratch_script(*state, "child", "read -r n <&3\n" LISTEN "exit $n");
	struct runner runners[THREADS];
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		runners[i] = (struct runner){.path = path, .number = i};
		assert_int_equal(pthread_create(&threads[i], NULL, run, &runners[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(runners[i].wrong, 0);
}

/* The numbers 0 to 2 are closed, and put back before anything is asserted. */
static void a_host_without_standard_descriptors_gets_none(void **state)
{
	const char *path = scratch_script(*state, "child",
		"(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2) >&3\nexit 42");
	struct spawned child;
	int saved[3];
	BUF_AUTO(out, REPORT_MAX);

	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
		close(fd);
	}
	int r = spawn_start(path, &as_caller, &child);
	bool taken = false;
	for (int fd = 0; fd < 3; fd++)
		taken = taken || fcntl(fd, F_GETFD) >= 0;
	bool heard = r == 0 && hear(&child, &out);
	int lowest = r == 0 && child.pidfd >= 0 && child.pidfd < child.fd ? child.pidfd : child.fd;
	int status = r == 0 ? spawn_end(&child, PLENTY_MS) : -1;
	for (int fd = 0; fd < 3; fd++) {
		dup2(saved[fd], fd);
		close(saved[fd]);
	}
	assert_int_equal(r, 0);
	assert_false(taken);
	assert_true(heard);
	assert_true(lowest > STDERR_FILENO);
	assert_int_equal(status, 42);
	assert_string_equal(buf_str(&out), "/dev/null\n/dev/null\n/dev/null\n");
}

/* With more and more descriptors allowed, it fails at each place that needs one, and then works. */
static void too_few_descriptors_are_an_error(void **state)
{
	const char *path = scratch_script(*state, "child", "exit 42");
	int descriptors = count_descriptors();
	struct rlimit before;
	bool failed = false;
	int r = -EMFILE;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	for (rlim_t allowed = 0; r < 0 && allowed < 64; allowed++) {
		struct rlimit low = {.rlim_cur = allowed, .rlim_max = before.rlim_max};
		struct spawned child;

		assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
		r = spawn_start(path, &as_caller, &child);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		if (r == 0)
			assert_int_equal(spawn_end(&child, PLENTY_MS), 42);
		else
			failed = true;
		assert_int_equal(count_descriptors(), descriptors);
	}
	assert_int_equal(r, 0);
	assert_true(failed);
}

/* All that a host can have and a library could change. */
struct snapshot {
	struct {
		void (*handler)(int);
		int flags;
		bool blocked;
	} signals[NSIG];
	struct rlimit limits[RLIMIT_NLIMITS];
	mode_t umask;
	char directory[256];
	int descriptors;
	char *environment;
};

static void take_snapshot(struct snapshot *snapshot)
{
	BUF_AUTO(environment, 1024 * 1024);
	sigset_t mask;

	memset(snapshot, 0, sizeof(*snapshot));
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
	for (int signal = 1; signal < NSIG; signal++) {
		struct sigaction action = {0};

		sigaction(signal, NULL, &action);
		snapshot->signals[signal].handler = action.sa_handler;
		snapshot->signals[signal].flags = action.sa_flags;
		snapshot->signals[signal].blocked = sigismember(&mask, signal) == 1;
	}
	for (int limit = 0; limit < RLIMIT_NLIMITS; limit++)
		assert_int_equal(getrlimit(limit, &snapshot->limits[limit]), 0);
	snapshot->umask = umask(0);
	umask(snapshot->umask);
	assert_non_null(getcwd(snapshot->directory, sizeof(snapshot->directory)));
	snapshot->descriptors = count_descriptors();
	for (char **variable = environ; *variable; variable++)
		assert_int_equal(buf_printf(&environment, "%s\n", *variable), 0);
	snapshot->environment = buf_steal(&environment);
}

static void compare_snapshots(const struct snapshot *before, const struct snapshot *after)
{
	assert_memory_equal(before->signals, after->signals, sizeof(before->signals));
	assert_memory_equal(before->limits, after->limits, sizeof(before->limits));
	assert_int_equal(before->umask, after->umask);
	assert_string_equal(before->directory, after->directory);
	assert_int_equal(before->descriptors, after->descriptors);
	assert_string_equal(before->environment, after->environment);
}

static void the_host_is_after_a_hundred_as_it_was_before(void **state)
{
	const char *path = scratch_script(*state, "child", LISTEN "exit 42");
	struct host_before strange;
	struct snapshot before;
	struct snapshot after;

	be_strange(&strange, ((struct scratch *)*state)->path);
	take_snapshot(&before);
	for (int i = 0; i < 100; i++) {
		struct spawned child;

		assert_int_equal(spawn_start(path, &as_caller, &child), 0);
		assert_int_equal(spawn_end(&child, PLENTY_MS), 42);
		assert_int_equal(spawn_start("/nowhere/child", &as_caller, &child), -ENOENT);
	}
	take_snapshot(&after);
	be_yourself(&strange);
	compare_snapshots(&before, &after);
	free(before.environment);
	free(after.environment);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_child_sees_nothing_of_the_host, begin, end),
		cmocka_unit_test_setup_teardown(a_child_has_the_identity_it_is_given, begin, end),
		cmocka_unit_test_setup_teardown(
			an_identity_that_cannot_be_had_is_an_error, begin, end),
		cmocka_unit_test_setup_teardown(a_failed_start_leaves_nothing_behind, begin, end),
		cmocka_unit_test_setup_teardown(the_end_of_a_child_is_told, begin, end),
		cmocka_unit_test_setup_teardown(they_can_talk, begin, end),
		cmocka_unit_test_setup_teardown(
			a_host_that_ignores_its_children_learns_that_nothing_is_known, begin, end),
		cmocka_unit_test_setup_teardown(
			a_host_that_reaps_everything_makes_no_status_up, begin, end),
		cmocka_unit_test_setup_teardown(twenty_threads_get_each_its_own, begin, end),
		cmocka_unit_test_setup_teardown(
			a_host_without_standard_descriptors_gets_none, begin, end),
		cmocka_unit_test_setup_teardown(too_few_descriptors_are_an_error, begin, end),
		cmocka_unit_test_setup_teardown(
			the_host_is_after_a_hundred_as_it_was_before, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
