#include "spawn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "fd.h"

enum { LOOK_EVERY_MS = 10 };

#define FD_AUTO(name) __attribute__((cleanup(close_fd))) int name = -1

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* False with errno. The caller closes what was set, also where it failed. */
static bool make_pair(int *ret_ours, int *ret_theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return false;
	*ret_ours = fd_lift(pair[0], CHILD_FD_MIN);
	*ret_theirs = fd_lift(pair[1], CHILD_FD_MIN);
	return *ret_ours >= 0 && *ret_theirs >= 0;
}

/* No handler of the host may run in the child, so none can come in between: they all wait until the
 * child has put them back to the default. _Fork() does not run the host's atfork handlers. */
static pid_t fork_quietly(const struct child_plan *plan)
{
	sigset_t all, before;

	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return -EINVAL;
	pid_t pid = _Fork();
	if (pid == 0)
		child_run(plan);
	int error = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -error : pid;
}

/* Tells the child to go on, and hears how far it came: 0 once its program is running. */
static int hear_start(int sync)
{
	int64_t deadline = clock_monotonic_ms() + SPAWN_START_MS;
	struct pollfd said = {.fd = sync, .events = POLLIN};
	int error = 0;
	int timeout;

	if (send(sync, "", 1, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		return -errno;
	do
		timeout = clock_poll_timeout(deadline);
	while (poll(&said, 1, timeout) <= 0 && timeout > 0);
	ssize_t got = recv(sync, &error, sizeof(error), MSG_DONTWAIT);
	if (got == 0)
		return 0;
	if (got == sizeof(error) && error < 0)
		return error;
	return got < 0 && errno == EAGAIN ? -ETIMEDOUT : -EIO;
}

/* The child by its pidfd, which cannot become another process, or else by its number. */
static int wait_child(const struct spawned *child, siginfo_t *info, int options)
{
	idtype_t type = child->pidfd >= 0 ? P_PIDFD : P_PID;
	id_t id = child->pidfd >= 0 ? (id_t)child->pidfd : (id_t)child->pid;
	int r;

	*info = (siginfo_t){0};
	do
		r = waitid(type, id, info, WEXITED | options);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

static bool has_ended(const struct spawned *child)
{
	siginfo_t info;

	return wait_child(child, &info, WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

/* poll() looks past a descriptor of -1, and only sleeps then. */
static bool ends_within(const struct spawned *child, int grace_ms)
{
	int64_t deadline = clock_monotonic_ms() + grace_ms;
	struct pollfd end = {.fd = child->pidfd, .events = POLLIN};

	while (!has_ended(child)) {
		int timeout = clock_poll_timeout(deadline);

		if (timeout == 0)
			return false;
		if (child->pidfd < 0 && timeout > LOOK_EVERY_MS)
			timeout = LOOK_EVERY_MS;
		poll(&end, 1, timeout);
	}
	return true;
}

/* A filter or a checker may know pidfd_open() and not this call; the wait behind it would then
 * never end. */
static void kill_child(const struct spawned *child)
{
	if (child->pidfd >= 0 &&
		(syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL, 0) == 0 ||
			errno == ESRCH))
		return;
	kill(child->pid, SIGKILL);
}

int spawn_end(struct spawned *spawned, int grace_ms)
{
	siginfo_t info;

	close_fd(&spawned->fd);
	bool in_time = ends_within(spawned, grace_ms);
	if (!in_time)
		kill_child(spawned);
	int r = wait_child(spawned, &info, 0);
	close_fd(&spawned->pidfd);
	if (!in_time)
		return -ETIMEDOUT;
	if (r < 0)
		return r;
	return info.si_code == CLD_EXITED ? info.si_status : -EINTR;
}

static int open_pidfd(pid_t pid)
{
	return fd_lift((int)syscall(SYS_pidfd_open, pid, 0), CHILD_FD_MIN);
}

int spawn_start(const char *path, const struct spawn_identity *identity, struct spawned *ret)
{
	FD_AUTO(wire);
	FD_AUTO(child_wire);
	FD_AUTO(sync);
	FD_AUTO(child_sync);

	if (*path != '/')
		return -EINVAL;
	if (!make_pair(&wire, &child_wire) || !make_pair(&sync, &child_sync))
		return -errno;
	const struct child_plan plan = {
		.path = path, .identity = identity, .wire = child_wire, .sync = child_sync};
	struct spawned child = {.pid = fork_quietly(&plan), .pidfd = -1, .fd = -1};
	if (child.pid < 0)
		return child.pid;
	/* The child's ends are the child's alone now, so that end of file can be seen. */
	close_fd(&child_wire);
	close_fd(&child_sync);
	child.pidfd = open_pidfd(child.pid);
	int r = hear_start(sync);
	if (r < 0) {
		spawn_end(&child, 0);
		return r;
	}
	child.fd = take_fd(&wire);
	*ret = child;
	return 0;
}
