#include "hangup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
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

#define PROCESSES_AUTO(name) __attribute__((cleanup(processes_free))) struct processes name = {0}

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

static bool has(const struct processes *processes, const struct process *process)
{
	for (int i = 0; i < processes->n; i++)
		if (process_same(&processes->items[i], process))
			return true;
	return false;
}

/* Adds PID if it belongs to a login: to its leader, or to a member, whose own parent may have died
 * since and left it to another. */
static int add_member(const struct processes *leaders, pid_t pid, struct processes *members)
{
	struct process line[DEPTH_MAX];
	int n = process_ancestors(pid, line, DEPTH_MAX);

	if (n < 1 || has(members, &line[0]))
		return 0; /* also for one that ended meanwhile */
	for (int i = 0; i < n; i++)
		if (has(leaders, &line[i]) || has(members, &line[i]))
			return add(members, &line[0]);
	return 0;
}

/* Adds those that are not there yet. */
static int find_members(const struct processes *leaders, struct processes *members)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int r = 0;

	if (!proc)
		return -errno;
	while (r == 0 && (entry = readdir(proc))) {
		pid_t pid = isdigit((unsigned char)*entry->d_name) ? atoi(entry->d_name) : 0;

		if (pid > 0 && pid != getpid())
			r = add_member(leaders, pid, members);
	}
	closedir(proc);
	return r;
}

static int find_leaders(
	const struct binding_list *bindings, const char *id, struct processes *leaders)
{
	int r = 0;

	for (size_t i = 0; i < bindings->n && r == 0; i++) {
		const struct binding *binding = &bindings->items[i];

		if (binding_is_login(binding) && strcmp(binding->session, id) == 0)
			r = add(leaders, &binding->process);
	}
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

int hangup_logins(const struct binding_list *bindings, const char *id)
{
	PROCESSES_AUTO(leaders);
	PROCESSES_AUTO(members);
	int64_t end = clock_monotonic_ms() + HANGUP_GRACE_MS;
	int r = find_leaders(bindings, id, &leaders);

	if (r == 0 && leaders.n > 0)
		r = find_members(&leaders, &members);
	if (r < 0 || members.n == 0)
		return r;
	(void)signal_all(&members, SIGHUP);
	while (signal_all(&members, 0) > 0 && clock_monotonic_ms() < end)
		(void)poll(NULL, 0, POLL_MS);
	/* Also where this fails: what was found before is to end. */
	r = find_members(&leaders, &members);
	(void)signal_all(&members, SIGKILL);
	return r < 0 ? r : members.n;
}
