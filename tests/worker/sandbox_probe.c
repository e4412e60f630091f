/*
 * sandbox_probe: enters the worker's sandbox, tries what it refuses and what it must allow, and
 * prints one line each: `name=ok`, or the name of the error.
 *
 *	sandbox_probe CA_FILE OTHER_FILE WRITABLE_DIRECTORY
 *
 * With one more argument, `foreign`, it only makes a call of another architecture's table, which ends
 * it. With a number instead, that is the one port that it may connect to, and it tries ports. With
 * `accepts` it is a program that listens already.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

/* Calls that are younger than the headers of Debian 12. */
enum { CALL_FCHMODAT2 = 452, CALL_SETXATTRAT = 463, CALL_OF_TOMORROW = 511 };

static const uint64_t upper_half = (uint64_t)1 << 32; /* of a register that has an int */

static const char *ca_file, *other_file, *directory;
static int listener; /* since before the sandbox; somebody is connected to it */

static long open_and_close(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	return fd < 0 ? -1 : close(fd);
}

static long try_ca(void)
{
	return open_and_close(ca_file, O_RDONLY);
}

static long try_other(void)
{
	return open_and_close(other_file, O_RDONLY);
}

static long try_listing(void)
{
	return open_and_close(directory, O_RDONLY | O_DIRECTORY);
}

static long try_resolver(void)
{
	return open_and_close("/etc/resolv.conf", O_RDONLY);
}

static long try_passwd(void)
{
	return open_and_close("/etc/passwd", O_RDONLY);
}

static long try_proc(void)
{
	return open_and_close("/proc/self/environ", O_RDONLY);
}

static long try_writing(void)
{
	return open_and_close(other_file, O_WRONLY);
}

static long try_truncating(void)
{
	return open_and_close(ca_file, O_RDONLY | O_TRUNC);
}

static long try_creating(void)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/new", directory);
	return open_and_close(path, O_RDONLY | O_CREAT);
}

static long try_old_open(void)
{
#ifdef SYS_open
	return syscall(SYS_open, other_file, O_RDWR);
#else
	errno = EPERM;
	return -1;
#endif
}

static long try_openat2(void)
{
	return syscall(SYS_openat2, AT_FDCWD, ca_file, NULL, 0);
}

static long try_unlink(void)
{
	return unlink(other_file);
}

static long try_chmod(void)
{
	return chmod(other_file, 0777);
}

static long try_fchmodat2(void)
{
	return syscall(CALL_FCHMODAT2, AT_FDCWD, other_file, 0777, 0);
}

static long try_setxattrat(void)
{
	return syscall(CALL_SETXATTRAT, AT_FDCWD, other_file, 0, "user.x", NULL, 0);
}

static long try_tomorrow(void)
{
	return syscall(CALL_OF_TOMORROW, 0, 0, 0);
}

static long try_exec(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static long try_exec_by_fd(void)
{
	return syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL, 0);
}

static long try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : waitpid(pid, NULL, 0);
}

static long try_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static long try_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0);
}

static long try_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long try_mount(void)
{
	return mount("none", directory, "tmpfs", 0, NULL);
}

static long try_keyctl(void)
{
	return syscall(SYS_keyctl, 0, -3, 0);
}

static long try_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0);
}

static long try_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}

static long try_setuid(void)
{
	return setuid(getuid());
}

static long try_kill_parent(void)
{
	return kill(getppid(), 0);
}

static long try_kill_all(void)
{
	return kill(-1, 0);
}

static long try_kill_self(void)
{
	return kill(getpid(), 0);
}

static long try_limit_self(void)
{
	const struct rlimit limit = {.rlim_cur = 1, .rlim_max = 1};

	return setrlimit(RLIMIT_CORE, &limit);
}

static long try_limit_parent(void)
{
	return prlimit(getppid(), RLIMIT_CORE, &(struct rlimit){1, 1}, NULL);
}

static long try_nice_parent(void)
{
	return setpriority(PRIO_PROCESS, (id_t)getppid(), 0);
}

static long try_owner(void)
{
	return fcntl(STDIN_FILENO, F_SETOWN, getppid());
}

static long try_owner_upper(void)
{
	return syscall(SYS_fcntl, STDIN_FILENO, upper_half | F_SETOWN, getppid());
}

static long try_owner_ioctl(void)
{
	int owner = getppid();

	return ioctl(STDIN_FILENO, FIOSETOWN, &owner);
}

static long try_type(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static long try_type_upper(void)
{
	return syscall(SYS_ioctl, STDIN_FILENO, upper_half | TIOCSTI, "x");
}

static long try_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long try_sem(void)
{
	return syscall(SYS_semctl, 1, 0, 0, 0);
}

static long protocol_and_close(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);

	return fd < 0 ? -1 : close(fd);
}

static long socket_and_close(int family, int type)
{
	return protocol_and_close(family, type, 0);
}

static long try_tcp(void)
{
	return protocol_and_close(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
}

static long try_udp(void)
{
	return protocol_and_close(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_UDP);
}

static long try_unix(void)
{
	return socket_and_close(AF_UNIX, SOCK_STREAM);
}

static long try_route(void)
{
	return protocol_and_close(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static long try_sock_diag(void)
{
	return protocol_and_close(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
}

static long try_sctp(void)
{
	return protocol_and_close(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
}

static long try_sctp_by_type(void)
{
	return socket_and_close(AF_INET, SOCK_SEQPACKET);
}

static long try_icmp(void)
{
	return protocol_and_close(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}

static long try_vsock_upper(void)
{
	return syscall(SYS_socket, upper_half | AF_VSOCK, SOCK_STREAM, 0);
}

static long try_tipc_pair(void)
{
	int pair[2];

	return socketpair(AF_TIPC, SOCK_STREAM, 0, pair);
}

static long try_inet(void)
{
	return socket_and_close(AF_INET6, SOCK_STREAM);
}

static long try_packet(void)
{
	return socket_and_close(AF_PACKET, SOCK_RAW);
}

static long try_vsock(void)
{
	return socket_and_close(AF_VSOCK, SOCK_STREAM);
}

static long try_listen(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	long r = listen(fd, 1);
	int error = errno;

	close(fd);
	errno = error;
	return r;
}

static long try_listen_again(void)
{
	return listen(listener, 1);
}

static long try_accept(void)
{
	return accept4(listener, NULL, NULL, 0);
}

static long try_old_accept(void)
{
#ifdef SYS_accept
	return syscall(SYS_accept, listener, NULL, NULL);
#else
	errno = EPERM;
	return -1;
#endif
}

static long bind_here(int family, int type, uint64_t size)
{
	struct sockaddr_in6 here6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	struct sockaddr_in here = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(family, type, 0);
	long r = syscall(SYS_bind, fd, family == AF_INET6 ? (void *)&here6 : (void *)&here, size);
	int error = errno;

	close(fd);
	errno = error;
	return r;
}

static long try_bind(void)
{
	return bind_here(AF_INET, SOCK_STREAM, sizeof(struct sockaddr_in));
}

static long try_bind_ipv6(void)
{
	return bind_here(AF_INET6, SOCK_STREAM, sizeof(struct sockaddr_in6));
}

static long try_bind_udp(void)
{
	return bind_here(AF_INET, SOCK_DGRAM, sizeof(struct sockaddr_in));
}

static long try_bind_upper(void)
{
	return bind_here(AF_INET, SOCK_STREAM, upper_half | sizeof(struct sockaddr_nl));
}

/* The filter takes it for the resolver's; the kernel does not. */
static long try_bind_short(void)
{
	return bind_here(AF_INET, SOCK_DGRAM, sizeof(struct sockaddr_nl));
}

static void *thread(void *nothing)
{
	return nothing;
}

static long try_thread(void)
{
	pthread_t id;

	errno = pthread_create(&id, NULL, thread, NULL);
	return errno ? -1 : pthread_join(id, NULL);
}

static long try_lookup(void)
{
	struct addrinfo *found = NULL;
	int r = getaddrinfo("localhost", "443", NULL, &found);

	errno = ENOENT;
	if (r != 0)
		return -1;
	freeaddrinfo(found);
	return 0;
}

static const struct {
	const char *name;
	long (*try)(void);
} probes[] = {
	{"ca", try_ca},
	{"resolver", try_resolver},
	{"inet", try_inet},
	{"thread", try_thread},
	{"lookup", try_lookup},
	{"kill-self", try_kill_self},
	{"limit-self", try_limit_self},
	{"tcp", try_tcp},
	{"udp", try_udp},
	{"unix", try_unix},
	{"route", try_route},
	{"other", try_other},
	{"passwd", try_passwd},
	{"proc", try_proc},
	{"listing", try_listing},
	{"bind", try_bind},
	{"bind-ipv6", try_bind_ipv6},
	{"bind-udp", try_bind_udp},
	{"bind-upper", try_bind_upper},
	{"bind-short", try_bind_short},
	{"accept", try_accept},
	{"old-accept", try_old_accept},
	{"listen-again", try_listen_again},
	{"writing", try_writing},
	{"old-open", try_old_open},
	{"truncating", try_truncating},
	{"creating", try_creating},
	{"openat2", try_openat2},
	{"unlink", try_unlink},
	{"chmod", try_chmod},
	{"fchmodat2", try_fchmodat2},
	{"setxattrat", try_setxattrat},
	{"tomorrow", try_tomorrow},
	{"exec", try_exec},
	{"exec-by-fd", try_exec_by_fd},
	{"fork", try_fork},
	{"namespace", try_namespace},
	{"clone3", try_clone3},
	{"ptrace", try_ptrace},
	{"mount", try_mount},
	{"keyctl", try_keyctl},
	{"bpf", try_bpf},
	{"io-uring", try_io_uring},
	{"setuid", try_setuid},
	{"kill-parent", try_kill_parent},
	{"kill-all", try_kill_all},
	{"limit-parent", try_limit_parent},
	{"nice-parent", try_nice_parent},
	{"owner", try_owner},
	{"owner-upper", try_owner_upper},
	{"owner-ioctl", try_owner_ioctl},
	{"type", try_type},
	{"type-upper", try_type_upper},
	{"dumpable", try_dumpable},
	{"sem", try_sem},
	{"sock-diag", try_sock_diag},
	{"sctp", try_sctp},
	{"sctp-by-type", try_sctp_by_type},
	{"icmp", try_icmp},
	{"vsock-upper", try_vsock_upper},
	{"tipc-pair", try_tipc_pair},
	{"packet", try_packet},
	{"vsock", try_vsock},
	{"listen", try_listen},
};

static long foreign_call(void)
{
#ifdef __x86_64__
	const long x32 = 0x40000000;

	return syscall(x32 | SYS_getpid);
#else
	return 0;
#endif
}

static void print(const char *name, long r)
{
	printf("%s=%s\n", name, r < 0 ? strerrorname_np(errno) : "ok");
}

static long connect_and_close(int port)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	long r = connect(fd, (struct sockaddr *)&here, sizeof(here));
	int error = errno;

	close(fd);
	errno = error;
	return r;
}

static void try_ports(int port)
{
	print("port", connect_and_close(port));
	print("name-server", connect_and_close(53));
	print("other-port", connect_and_close(port == 443 ? 80 : 443));
}

static int begin_listening(void)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(here);
	int visitor = socket(AF_INET, SOCK_STREAM, 0);

	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&here, len) < 0 || listen(listener, 8) < 0 ||
		getsockname(listener, (struct sockaddr *)&here, &len) < 0)
		return -1;
	return connect(visitor, (struct sockaddr *)&here, len);
}

int main(int argc, char **argv)
{
	struct sandbox sandbox = {""};
	const char *mode = argc == 5 ? argv[4] : "";
	int port = atoi(mode);

	if (argc != 4 && argc != 5)
		return 2;
	ca_file = argv[1];
	other_file = argv[2];
	directory = argv[3];
	struct sandbox_needs needs = {.ca_file = ca_file,
		.port = (uint16_t)port,
		.accepts = strcmp(mode, "accepts") == 0};
	if (begin_listening() < 0)
		return 2;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || sandbox_enter(&needs, &sandbox) < 0)
		return 1;
	printf("sandbox=%s\n", sandbox.text);
	if (strcmp(mode, "foreign") == 0) {
		fflush(stdout);
		return (int)foreign_call();
	}
	for (size_t i = 0; !port && i < sizeof(probes) / sizeof(probes[0]); i++) {
		errno = 0;
		print(probes[i].name, probes[i].try());
	}
	if (port)
		try_ports(port);
	/* The handlers of a sanitizer would want what is refused now. */
	fflush(stdout);
	_exit(0);
}
