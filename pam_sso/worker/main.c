/*
 * sso-worker: one job for one caller, then the end of the process.
 *
 * In this order, and nothing of the network before the last:
 * 1. Descriptor WIRE_FD MUST be a socket; the worker is not a program for the command line.
 * 2. The process gives up what it must never use: root (it MUST NOT have it), core files, new
 *    privileges, its environment, every descriptor but its own.
 * 3. It reads one request, which MUST come in time and MUST be the only thing that is said to it.
 * 4. The sandbox closes (sandbox.h).
 * 5. The job runs, and its one result is sent.
 *
 * WIRE_EXIT_OK follows only where the result says `ok` and was sent.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "count.h"
#include "login.h"
#include "refresh.h"
#include "result.h"
#include "revoke.h"
#include "sandbox.h"
#include "task.h"
#include "wire.h"

enum {
	REQUEST_WAIT_MS = 10 * 1000,
	ADDRESS_SPACE = 512 * 1024 * 1024, /* ten times what the libraries and a login take */
};

struct job {
	const char *name;
	enum reason (*run)(struct task *task);
};

static const struct job jobs[] = {
	{WIRE_JOB_LOGIN, login_run},
	{WIRE_JOB_REFRESH, refresh_run},
	{WIRE_JOB_REVOKE, revoke_run},
};

static const struct job *job_find(const char *name)
{
	for (size_t i = 0; name && i < COUNT(jobs); i++)
		if (strcmp(jobs[i].name, name) == 0)
			return &jobs[i];
	return NULL;
}

static bool is_socket(int fd)
{
	int type;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
}

/* A free descriptor below WIRE_FD would be given to the IdP's connection, and what a library says
 * on standard error would go there. */
static int fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return -errno;
	} while (fd < WIRE_FD);
	return close(fd) < 0 ? -errno : 0;
}

/* gcc says it by a macro, clang by a feature. */
#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER
#endif
#endif

/* Not for who started us to set: a host that has more mapped could not even exec. */
static int limit_memory(void)
{
#ifdef ADDRESS_SANITIZER /* whose shadow takes terabytes of it */
	return 0;
#else
	const struct rlimit limit = {.rlim_cur = ADDRESS_SPACE, .rlim_max = ADDRESS_SPACE};

	return setrlimit(RLIMIT_AS, &limit) < 0 && errno != EPERM ? -errno : 0;
#endif
}

/* Rule 2. The other limits, identity and directory are set by who started us (spawn.h). */
static int process_confine(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || clearenv() != 0)
		return -EINVAL;
	int r = fill_standard_descriptors();
	if (r < 0)
		return r;
	closefrom(WIRE_FD + 1);
	r = limit_memory();
	if (r < 0)
		return r;
	/* The resolver's thread would bring a heap of its own; where this fails, it does. */
	mallopt(M_ARENA_MAX, 1);
	return 0;
}

static void job_run(struct channel *channel, const struct record *request, struct result *result)
{
	const struct job *job = job_find(record_get(request, "job"));

	if (getuid() == 0 || geteuid() == 0) {
		result_set(result, REASON_SANDBOX, "the worker was started as root");
		return;
	}
	if (!job) {
		result_set(result, REASON_INTERNAL, "the request names no job of this worker");
		return;
	}
	struct sandbox_files files = {
		record_get(request, "ca_file"), record_get(request, "ca_dir")};
	int r = sandbox_enter(&files, &result->sandbox);
	if (r < 0) {
		result_set(result, REASON_SANDBOX, strerror(-r));
		return;
	}
	task_run(job->run, channel, request, result);
}

static int serve(struct channel *channel)
{
	RECORD_AUTO(request);
	RESULT_AUTO(result);

	int r = channel_receive(channel, clock_monotonic_ms() + REQUEST_WAIT_MS, NULL, 0, &request);
	if (r < 0 || channel->in.len) {
		fprintf(stderr, "sso-worker: no request: %s\n", strerror(r < 0 ? -r : EBADMSG));
		return WIRE_EXIT_BROKEN;
	}
	job_run(channel, request, &result);
	if (result_send(channel, &result) < 0)
		return WIRE_EXIT_BROKEN;
	return result.reason == REASON_OK ? WIRE_EXIT_OK : WIRE_EXIT_REFUSED;
}

int main(void)
{
	struct channel channel;

	if (!is_socket(WIRE_FD)) {
		fprintf(stderr,
			"sso-worker: descriptor %d is not a socket: pam_sso starts this program, "
			"it does not run by hand\n",
			WIRE_FD);
		return WIRE_EXIT_BROKEN;
	}
	int r = process_confine();
	if (r < 0) {
		fprintf(stderr, "sso-worker: cannot confine the process: %s\n", strerror(-r));
		return WIRE_EXIT_BROKEN;
	}
	channel_begin(&channel, WIRE_FD, wire_request);
	int status = serve(&channel);
	channel_end(&channel);
	/* A resolver thread may still wait for a name server: exit handlers would pull OpenSSL from
	 * under it. */
	_exit(status);
}
