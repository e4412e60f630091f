/*
 * The files and ports of the program (landlock(7)).
 *
 * 1. Reading the files that `readable` and the request name, and what lies below them, MUST be all
 *    that can be done to any file. A name that does not exist is left out.
 * 2. TCP ports MUST NOT be bound, and sockets and processes outside MUST NOT be reached by abstract
 *    names or signals, where the kernel can keep that. Which host is connected to is the
 *    configuration's matter; where the request names its port, no other MUST be connected to
 *    but that of name servers.
 *
 * A rule stands on the file that its name led to. /etc/resolv.conf that is replaced during a login
 * is another file: the connection is there by then, and a new look-up fails as a name server would.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "count.h"
#include "sandbox.h"

/* linux/landlock.h of Debian 12 ends with ABI 2. */
#define FS_TRUNCATE         (1ULL << 14) /* ABI 3 */
#define NET_BIND_TCP        (1ULL << 0)  /* ABI 4 */
#define NET_CONNECT_TCP     (1ULL << 1)  /* ABI 4 */
#define RULE_NET_PORT       2            /* ABI 4 */
#define FS_IOCTL_DEV        (1ULL << 15) /* ABI 5 */
#define SCOPE_ABSTRACT_UNIX (1ULL << 0)  /* ABI 6 */
#define SCOPE_SIGNAL        (1ULL << 1)  /* ABI 6 */

/* As the kernel has it since ABI 6. An older one accepts the size, as long as what it lacks is
 * 0. */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

/* What each version of the ABI added to what can be restricted. */
static const struct ruleset added[] = {
	[1] = {.fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1}, /* everything up to there */
	[2] = {.fs = LANDLOCK_ACCESS_FS_REFER},
	[3] = {.fs = FS_TRUNCATE},
	[4] = {.net = NET_BIND_TCP | NET_CONNECT_TCP},
	[5] = {.fs = FS_IOCTL_DEV},
	[6] = {.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL},
};

/* As the kernel has it since ABI 4. */
struct port_rule {
	uint64_t allowed_access;
	uint64_t port;
};

enum { ABI_OF_PORTS = 4, NAME_SERVER = 53 };

static const char *const readable[] = {
	/* the resolver */
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/nsswitch.conf",
	"/etc/gai.conf",
	"/etc/host.conf",
	"/run/systemd/resolve",
	/* shared libraries: the resolver loads its own when first asked */
	"/etc/ld.so.cache",
	"/lib",
	"/lib64",
	"/usr/lib",
	"/usr/lib64",
	/* the machine's TLS policy */
	"/etc/ssl/openssl.cnf",
	/* what the links in a distribution's CA directory lead to */
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
};

static int abi_version(void)
{
	long version = syscall(
		SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (version >= 0)
		return (int)version;
	/* Not in this kernel, or not switched on at its start. */
	return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
}

static int ruleset_create(int abi, const struct sandbox_needs *needs)
{
	struct ruleset ruleset = {0};

	for (int i = 1; i <= abi && i < (int)COUNT(added); i++) {
		ruleset.fs |= added[i].fs;
		ruleset.net |= added[i].net;
		ruleset.scoped |= added[i].scoped;
	}
	if (!needs->port)
		ruleset.net &= ~NET_CONNECT_TCP;
	int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
	return fd < 0 ? -errno : fd;
}

static int allow_reading(int ruleset, const char *path)
{
	if (!path || path[0] != '/')
		return 0;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == EACCES || errno == ENOTDIR ? 0 : -errno;

	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
		.parent_fd = fd,
	};
	long r = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	int error = r < 0 ? -errno : 0;
	close(fd);
	return error;
}

static int allow_connecting(int ruleset, uint16_t port)
{
	struct port_rule rule = {.allowed_access = NET_CONNECT_TCP, .port = port};

	return syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) < 0 ? -errno : 0;
}

static int allow_ports(int ruleset, int abi, const struct sandbox_needs *needs)
{
	if (abi < ABI_OF_PORTS || !needs->port)
		return 0;
	int r = allow_connecting(ruleset, needs->port);
	return r < 0 ? r : allow_connecting(ruleset, NAME_SERVER);
}

static int allow_files(int ruleset, const struct sandbox_needs *needs)
{
	int r = allow_reading(ruleset, needs->ca_file);

	if (r == 0)
		r = allow_reading(ruleset, needs->ca_dir);
	for (size_t i = 0; r == 0 && i < COUNT(readable); i++)
		r = allow_reading(ruleset, readable[i]);
	return r;
}

int landlock_enter(const struct sandbox_needs *needs)
{
	int abi = abi_version();

	if (abi <= 0)
		return abi;
	int ruleset = ruleset_create(abi, needs);
	if (ruleset < 0)
		return ruleset;
	int r = allow_files(ruleset, needs);
	if (r == 0)
		r = allow_ports(ruleset, abi, needs);
	if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		r = -errno;
	close(ruleset);
	return r < 0 ? r : abi;
}
