#include "wait.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include "count.h"
#include "fd.h"

enum { SLOT_SIGNAL, SLOT_CLIENT };

static sigset_t watched_signals(void)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
	sigset_t set;

	sigemptyset(&set);
	for (unsigned int i = 0; i < COUNT(signals); i++)
		sigaddset(&set, signals[i]);
	return set;
}

enum reason wait_resume(struct wait *wait)
{
	sigset_t signals = watched_signals();

	if (pthread_sigmask(SIG_BLOCK, &signals, &wait->mask) != 0)
		return REASON_INTERNAL;
	wait->blocked = true;
	return REASON_OK;
}

void wait_pause(struct wait *wait)
{
	if (wait->blocked)
		(void)pthread_sigmask(SIG_SETMASK, &wait->mask, NULL);
	wait->blocked = false;
}

enum reason wait_begin(struct wait *wait, int client_fd)
{
	sigset_t signals = watched_signals();

	*wait = (struct wait){
		.fds = {[SLOT_SIGNAL] = {.fd = -1, .events = POLLIN},
			[SLOT_CLIENT] = {.fd = client_fd, .events = POLLRDHUP}},
		.n = client_fd < 0 ? SLOT_CLIENT : SLOT_CLIENT + 1,
	};
	/* A conversation that read from it would take the host's signals. */
	int fd = fd_lift(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK), STDERR_FILENO + 1);
	if (fd < 0)
		return REASON_INTERNAL;
	wait->fds[SLOT_SIGNAL].fd = fd;
	return wait_resume(wait);
}

enum reason wait_reason(const struct wait *wait)
{
	if (wait->fds[SLOT_SIGNAL].revents)
		return REASON_CANCELLED;
	if (wait->n > SLOT_CLIENT && wait->fds[SLOT_CLIENT].revents)
		return REASON_CLIENT_GONE;
	return REASON_INTERNAL;
}

void wait_end(struct wait *wait)
{
	if (wait->fds[SLOT_SIGNAL].fd >= 0)
		close(wait->fds[SLOT_SIGNAL].fd);
	wait->fds[SLOT_SIGNAL].fd = -1;
	wait_pause(wait);
}
