#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "clock.h"

int fd_lift(int fd, int lowest)
{
	if (fd < 0 || fd >= lowest)
		return fd;
	int lifted = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
	int error = errno;
	close(fd);
	errno = error;
	return lifted;
}

int fd_wait_any(struct pollfd *fds, unsigned int n, int64_t deadline)
{
	for (;;) {
		int timeout = clock_poll_timeout(deadline);
		int r = poll(fds, n, timeout);

		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (timeout == 0)
			return -ETIMEDOUT;
	}
}

int fd_wait(int fd, short events, int64_t deadline)
{
	struct pollfd one = {.fd = fd, .events = events};

	return fd_wait_any(&one, 1, deadline);
}
