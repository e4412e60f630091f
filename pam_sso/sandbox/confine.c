#include "confine.h"

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

#include "wire.h"

enum { ADDRESS_SPACE = 512 * 1024 * 1024 }; /* ten times what the libraries and a job take */

static bool is_socket(int fd)
{
	int type;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
}

/* A free descriptor below WIRE_FD would be given to a connection, and what a library says on
 * standard error would go there. */
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

/* Rule 2. */
static int give_up(void)
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

int confine_process(const char *program)
{
	if (!is_socket(WIRE_FD)) {
		fprintf(stderr,
			"%s: descriptor %d is not a socket: pam_sso starts this program, "
			"it does not run by hand\n",
			program, WIRE_FD);
		return -ENOTSOCK;
	}
	int r = give_up();
	if (r < 0)
		fprintf(stderr, "%s: cannot confine the process: %s\n", program, strerror(-r));
	return r;
}

bool confine_is_root(void)
{
	return getuid() == 0 || geteuid() == 0;
}
