#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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
