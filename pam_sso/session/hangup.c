#include "hangup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"

enum {
	DEPTH_MAX = 128, /* of a process below its login */
	POLL_MS = 20,
};

struct processes {
	struct process *items;
	int n;
};

static void processes_free(struct processes *processes)
{
	free(processes->items);
}

static int add(struct processes *processes, const struct process *process)
{
	struct process *items = reallocarray(
		processes->items, (size_t)processes->n + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	processes->items = items;
	items[processes->n++] = *process;
	return 0;
}

/* Adds PID if it belongs to a login of SESSION. */
static int add_member(const struct session *session, pid_t pid, struct processes *members)
{
	struct process line[DEPTH_MAX];
	int n = process_ancestors(pid, line, DEPTH_MAX);

	for (int i = 0; i < n; i++)
		if (session_has_login(session, &line[i]))
			return add(members, &line[0]);
	return 0; /* also for one that ended meanwhile */
}

static int find_members(const struct session *session, struct processes *members)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int r = 0;

	if (!proc)
		return -errno;
	while (r == 0 && (entry = readdir(proc))) {
		pid_t pid = isdigit((unsigned char)*entry->d_name) ? atoi(entry->d_name) : 0;

		if (pid > 0 && pid != getpid())
			r = add_member(session, pid, members);
	}
	closedir(proc);
	return r;
}

/* Sends SIGNAL (0: none) to all that live, and returns how many did. */
static int signal_all(const struct processes *processes, int signal)
{
	int lived = 0;

	for (int i = 0; i < processes->n; i++)
		lived += process_signal(&processes->items[i], signal) == 0;
	return lived;
}

int hangup_logins(const struct session *session)
{
	__attribute__((cleanup(processes_free))) struct processes members = {0};
	int64_t end = clock_monotonic_ms() + HANGUP_GRACE_MS;
	int r = find_members(session, &members);

	if (r < 0)
		return r;
	(void)signal_all(&members, SIGHUP);
	while (signal_all(&members, 0) > 0 && clock_monotonic_ms() < end)
		(void)poll(NULL, 0, POLL_MS);
	(void)signal_all(&members, SIGKILL);
	return members.n;
}
