/*
 * sandbox_probe: enters the worker's sandbox, tries what it refuses and what it must allow, and
 * prints one line each: `name=ok`, or the name of the error.
 *
 *	sandbox_probe CA_FILE OTHER_FILE WRITABLE_DIRECTORY
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

static const char *ca_file, *other_file, *directory;

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

static long socket_and_close(int family, int type)
{
	int fd = socket(family, type, 0);

	return fd < 0 ? -1 : close(fd);
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

static long try_bind(void)
{
	struct sockaddr_in here = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	long r = bind(fd, (struct sockaddr *)&here, sizeof(here));
	int error = errno;

	close(fd);
	errno = error;
	return r;
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
	{"other", try_other},
	{"passwd", try_passwd},
	{"proc", try_proc},
	{"listing", try_listing},
	{"bind", try_bind},
	{"writing", try_writing},
	{"old-open", try_old_open},
	{"truncating", try_truncating},
	{"creating", try_creating},
	{"openat2", try_openat2},
	{"unlink", try_unlink},
	{"chmod", try_chmod},
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
	{"packet", try_packet},
	{"vsock", try_vsock},
	{"listen", try_listen},
};

int main(int argc, char **argv)
{
	struct sandbox sandbox = {""};

	if (argc != 4)
		return 2;
	ca_file = argv[1];
	other_file = argv[2];
	directory = argv[3];
	struct sandbox_files files = {.ca_file = ca_file};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || sandbox_enter(&files, &sandbox) < 0)
		return 1;
	printf("sandbox=%s\n", sandbox.text);
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		errno = 0;
		long r = probes[i].try();
		printf("%s=%s\n", probes[i].name, r < 0 ? strerrorname_np(errno) : "ok");
	}
	/* The handlers of a sanitizer would want what is refused now. */
	fflush(stdout);
	_exit(0);
}
