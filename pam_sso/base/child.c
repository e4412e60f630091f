#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "count.h"
#include "wire.h"

/* Where user ids once had 16 bits, the calls for 32 have names of their own. */
#ifdef SYS_setresuid32
#define RAW_SETGROUPS SYS_setgroups32
#define RAW_SETRESGID SYS_setresgid32
#define RAW_SETRESUID SYS_setresuid32
#else
#define RAW_SETGROUPS SYS_setgroups
#define RAW_SETRESGID SYS_setresgid
#define RAW_SETRESUID SYS_setresuid
#endif

enum {
	SYNC_FD = WIRE_FD + 1,
	MEBIBYTE = 1024 * 1024,
	EXIT_NO_PROGRAM = 127, /* as a shell has it; the parent learns the errno by the socket */
	EXIT_NOT_TOLD = 126,   /* the parent is gone */
};

/*
 * RLIMIT_CORE: 1 byte is too small for a core file, and unlike 0 it also keeps the kernel from
 * handing the memory to a program that collects cores.
 *
 * Two are not among them. RLIMIT_NPROC counts all processes of the user, so many sign-ins at once
 * would keep the resolver of each from starting its thread. RLIMIT_AS is the program's own to set:
 * the copy of a host that has more mapped already could not grow its stack on the way to exec.
 */
static const struct {
	int resource;
	rlim_t value;
} limits[] = {
	{RLIMIT_CORE, 1},
	{RLIMIT_CPU, 60},
	{RLIMIT_FSIZE, 0},
	{RLIMIT_MEMLOCK, 0},
	{RLIMIT_NOFILE, 64},
	{RLIMIT_STACK, 8 * MEBIBYTE},
};

/* Takes the places that the program and the parent know. All else is closed before the first wait,
 * so that no child holds the descriptors of another one for longer than a moment. */
static int take_descriptors(const struct child_plan *plan)
{
	if (dup2(plan->wire, WIRE_FD) < 0 || close_range(SYNC_FD + 1, ~0U, 0) < 0)
		return -errno;
	int null = open("/dev/null", O_RDWR);
	if (null < 0)
		return -errno;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	if (null > STDERR_FILENO)
		close(null);
	return 0;
}

/* Until the parent has its pidfd: so the number of this process cannot be another's by then. */
static int await_parent(const struct child_plan *plan)
{
	char byte;
	ssize_t got;

	(void)plan;
	do
		got = read(SYNC_FD, &byte, 1);
	while (got < 0 && errno == EINTR);
	return got == 1 ? 0 : -EPIPE;
}

/* The kernel is asked directly: the C library's sigaction() takes a lock for SIGABRT (glibc 2.41),
 * which stays taken for ever in here where another thread of the host forked at the same moment. */
static int reset_signals(const struct child_plan *plan)
{
	/* The kernel's own struct, which is not the C library's: zeros are SIG_DFL and no flags. */
	const unsigned long default_action[8] = {0};
	sigset_t none;

	(void)plan;
	/* It fails for SIGKILL and SIGSTOP, which are at their default anyway. */
	for (long signal = 1; signal < _NSIG; signal++)
		syscall(SYS_rt_sigaction, signal, default_action, NULL, (_NSIG - 1) / 8L);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

static int leave_surroundings(const struct child_plan *plan)
{
	(void)plan;
	umask(077);
	if (setsid() < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

/* Who may not raise a limit takes as much as there is. */
static int set_limit(int resource, rlim_t value)
{
	struct rlimit limit = {.rlim_cur = value, .rlim_max = value};

	if (setrlimit(resource, &limit) == 0)
		return 0;
	if (errno != EPERM || getrlimit(resource, &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit) < 0 ? -errno : 0;
}

static int set_limits(const struct child_plan *plan)
{
	(void)plan;
	for (size_t i = 0; i < COUNT(limits); i++) {
		int r = set_limit(limits[i].resource, limits[i].value);

		if (r < 0)
			return r;
	}
	return 0;
}

static int take_identity(const struct child_plan *plan)
{
	const struct spawn_identity *identity = plan->identity;

	if (!identity->change)
		return 0;
	if (syscall(RAW_SETGROUPS, 0L, NULL) < 0 ||
		syscall(RAW_SETRESGID, identity->gid, identity->gid, identity->gid) < 0 ||
		syscall(RAW_SETRESUID, identity->uid, identity->uid, identity->uid) < 0)
		return -errno;
	return 0;
}

/* Ambient capabilities are the ones that outlive an exec by themselves. */
static int drop_privileges(const struct child_plan *plan)
{
	(void)plan;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

static int become_program(const struct child_plan *plan)
{
	char path[] = "PATH=/usr/bin:/bin";
	char lang[] = "LANG=C.UTF-8";
	/* libcurl brings libgnutls along, for LDAP. Its set-up takes 110 kB, for nothing. */
	char gnutls[] = "GNUTLS_NO_IMPLICIT_INIT=1";
	/* What malloc() keeps at hand for speed stays with a process that only waits: 30 kB. */
	char malloc_cache[] = "GLIBC_TUNABLES=glibc.malloc.tcache_count=0";

	execve(plan->path, (char *[]){(char *)plan->path, NULL},
		(char *[]){path, lang, gnutls, malloc_cache, NULL});
	return -errno;
}

_Noreturn void child_run(const struct child_plan *plan)
{
	static int (*const steps[])(const struct child_plan *) = {
		take_descriptors,
		await_parent,
		reset_signals,
		leave_surroundings,
		set_limits,
		take_identity,
		drop_privileges,
		become_program,
	};
	int sync = dup3(plan->sync, SYNC_FD, O_CLOEXEC);
	int r = sync < 0 ? -errno : 0;

	for (size_t i = 0; r == 0 && i < COUNT(steps); i++)
		r = steps[i](plan);
	if (write(sync < 0 ? plan->sync : sync, &r, sizeof(r)) < 0)
		_exit(EXIT_NOT_TOLD);
	_exit(EXIT_NO_PROGRAM);
}
