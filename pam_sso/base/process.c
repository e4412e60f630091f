#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* A line of /proc/PID/stat: 52 numbers of at most 20 digits, and a name of at most 64 bytes. */
enum { STAT_MAX = 2048 };

/* Reads /proc/PID/stat as a string. */
static int read_stat(pid_t pid, char text[STAT_MAX])
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	/* One read gives the whole line, or the process ended between open and read. */
	ssize_t got = read(fd, text, STAT_MAX - 1);
	int r = got < 0 ? -errno : 0;
	close(fd);
	if (r == 0)
		text[got] = '\0';
	return r;
}

/* The process chose its own name, blanks and parentheses included: its last `)` ends it. */
static int parse_stat(const char *text, char *ret_state, pid_t *ret_parent, uint64_t *ret_started)
{
	const char *behind = strrchr(text, ')');

	if (!behind ||
		sscanf(behind,
			") %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
			"%*d %" SCNu64,
			ret_state, ret_parent, ret_started) != 3)
		return -EIO;
	return 0;
}

int process_look(pid_t pid, struct process *ret, pid_t *ret_parent)
{
	char text[STAT_MAX];
	char state = 'X';
	pid_t parent = 0;
	uint64_t started = 0;

	if (pid <= 0)
		return -ESRCH;
	int r = read_stat(pid, text);
	if (r == 0)
		r = parse_stat(text, &state, &parent, &started);
	if (r < 0)
		return r;
	if (state == 'Z' || state == 'X')
		return -ESRCH;
	*ret = (struct process){.pid = pid, .started = started};
	if (ret_parent)
		*ret_parent = parent;
	return 0;
}

bool process_same(const struct process *a, const struct process *b)
{
	return a->pid > 0 && a->pid == b->pid && a->started == b->started;
}

void process_format(const struct process *process, char text[PROCESS_TEXT])
{
	snprintf(text, PROCESS_TEXT, "%d:%" PRIu64, process->pid, process->started);
}

int process_parse(const char *text, struct process *ret)
{
	struct process process = {0};
	char again[PROCESS_TEXT];

	/* What is written again the same had no sign, blank, leading zero or overflow. */
	if (strspn(text, "0123456789:") != strlen(text))
		return -EINVAL;
	const char *colon = strchr(text, ':');
	if (!colon)
		return -EINVAL;
	long pid = strtol(text, NULL, 10);
	if (pid <= 0 || pid > INT_MAX)
		return -EINVAL;
	process.pid = (pid_t)pid;
	process.started = strtoumax(colon + 1, NULL, 10);
	process_format(&process, again);
	if (strcmp(text, again) != 0)
		return -EINVAL;
	*ret = process;
	return 0;
}

/*
 * The parent of CHILD, whose number was PARENT when it was looked at. As long as the child still
 * has that parent afterwards, the process that was looked at in between is it.
 */
static int look_up(
	const struct process *child, pid_t parent, struct process *ret, pid_t *ret_parent)
{
	struct process again;
	pid_t parent_again;
	int r = process_look(parent, ret, ret_parent);

	if (r == 0)
		r = process_look(child->pid, &again, &parent_again);
	if (r < 0)
		return r;
	return process_same(child, &again) && parent == parent_again ? 0 : -ESRCH;
}

int process_ancestors(pid_t pid, struct process *ret, unsigned int room)
{
	pid_t parent;
	unsigned int n = 0;

	if (room == 0)
		return 0;
	int r = process_look(pid, &ret[n], &parent);
	if (r < 0)
		return r;
	for (n = 1; n < room && look_up(&ret[n - 1], parent, &ret[n], &parent) == 0;)
		n++;
	return (int)n;
}

int process_signal(const struct process *process, int signal)
{
	struct process now;

	if (process->pid <= 0)
		return -ESRCH;
	int fd = pidfd_open(process->pid, 0);
	if (fd < 0)
		return -errno;
	/* Looked at behind the opening: where it is there now, it was there then. */
	int r = process_look(process->pid, &now, NULL);
	if (r == 0 && !process_same(process, &now))
		r = -ESRCH;
	if (r == 0 && pidfd_send_signal(fd, signal, NULL, 0) < 0)
		r = -errno;
	close(fd);
	return r;
}
