/*
 * faults: preloaded into a program, it makes one call of it fail.
 *
 * FAULTS names a file, mapped as a struct plan, which outlives the sandbox and the process: which kind
 * of call fails, and the how manyth; and what came of it. Calls are counted from main() on. With n 0
 * they are only counted; with one below 0, the call never returns.
 *
 * Where skip is set, a wait for the caller alone (one descriptor, the wire's) takes no time: the clock
 * jumps to its end. Where trace is set, the call that fails tells on standard error who made it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* In the order of faults.py. */
enum fault {
	FAULT_MEMORY, /* that the program itself asks for, or a library that decides for it */
	FAULT_OTHER_MEMORY,
	FAULT_OPEN,
	FAULT_READ,
	FAULT_WRITE,
	FAULT_SEND,
	FAULT_RECEIVE,
	FAULT_SOCKET,
	FAULT_CONNECT,
	FAULT_SOCKET_OPTION,
	FAULT_POLL,
	FAULT_FCNTL,
	FAULT_STAT,
	FAULT_CLOCK, /* that the program itself reads */
	FAULT_OTHER_CLOCK,
	FAULT_RANDOM,
	FAULT_THREAD,
	FAULT_LIMIT, /* what the process gives up: prctl(), setrlimit() */
	FAULT_SYSCALL,
	FAULT_FORK,
	FAULT_RENAME,
	FAULT_SYNC,
	FAULT_COUNT
};

static const int errors[FAULT_COUNT] = {[FAULT_MEMORY] = ENOMEM,
	[FAULT_OTHER_MEMORY] = ENOMEM,
	[FAULT_OPEN] = EMFILE,
	[FAULT_READ] = EIO,
	[FAULT_WRITE] = ENOSPC,
	[FAULT_SEND] = ENOBUFS,
	[FAULT_RECEIVE] = EIO,
	[FAULT_SOCKET] = EMFILE,
	[FAULT_CONNECT] = ENETUNREACH,
	[FAULT_SOCKET_OPTION] = ENOBUFS,
	[FAULT_POLL] = ENOMEM,
	[FAULT_FCNTL] = EIO,
	[FAULT_STAT] = EIO,
	[FAULT_CLOCK] = EINVAL,
	[FAULT_OTHER_CLOCK] = EINVAL,
	[FAULT_RANDOM] = EIO,
	[FAULT_THREAD] = EAGAIN,
	[FAULT_LIMIT] = EINVAL,
	[FAULT_SYSCALL] = EIO,
	[FAULT_FORK] = EAGAIN,
	[FAULT_RENAME] = EIO,
	[FAULT_SYNC] = EIO};

struct plan {
	int32_t kind, n, skip, trace;
	_Atomic int32_t met[FAULT_COUNT];
};

/* The libraries that read what the provider says. */
static const char *const deciding[] = {"libcjson", "libjwt", "libjansson", "libhiredis"};
enum { WIRE_FD = 3, DECIDING = sizeof(deciding) / sizeof(deciding[0]) };

static struct plan *plan; /* NULL before main() */
static pid_t planned_in;
static _Atomic int64_t skipped_ms;
static struct range {
	uintptr_t begin, end;
} ours[1 + DECIDING];
static size_t n_ours;

static bool is_ours(const void *caller)
{
	for (size_t i = 0; i < n_ours; i++)
		if ((uintptr_t)caller >= ours[i].begin && (uintptr_t)caller < ours[i].end)
			return true;
	return false;
}

/* Who called, on standard error. */
static void tell(void)
{
	void *callers[40];
	struct plan *own = plan;

	plan = NULL; /* this is not counted */
	backtrace_symbols_fd(callers, backtrace(callers, 40), STDERR_FILENO);
	plan = own;
}

static bool fails(enum fault fault)
{
	if (!plan || getpid() != planned_in)
		return false;
	int32_t met = atomic_fetch_add(&plan->met[fault], 1) + 1;
	if (plan->kind != (int32_t)fault || abs(plan->n) != met)
		return false;
	while (plan->n < 0)
		pause();
	if (plan->trace)
		tell();
	errno = errors[fault];
	return true;
}

static bool memory_fails(const void *caller)
{
	return plan && fails(is_ours(caller) ? FAULT_MEMORY : FAULT_OTHER_MEMORY);
}

/* The program and the libraries that decide. */
static int note_range(struct dl_phdr_info *info, size_t size, void *context)
{
	const char *slash = strrchr(info->dlpi_name, '/');
	bool wanted = !*info->dlpi_name;

	(void)size;
	(void)context;
	for (size_t i = 0; slash && i < DECIDING; i++)
		wanted |= strncmp(slash + 1, deciding[i], strlen(deciding[i])) == 0;
	for (size_t i = 0; wanted && i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type == PT_LOAD && header->p_flags & PF_X && n_ours < 1 + DECIDING) {
			ours[n_ours].begin = info->dlpi_addr + header->p_vaddr;
			ours[n_ours].end = ours[n_ours].begin + header->p_memsz;
			n_ours++;
		}
	}
	return 0;
}

static void begin(void)
{
	const char *path = getenv("FAULTS");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

	if (fd < 0)
		abort();
	(void)dl_iterate_phdr(note_range, NULL);
	void *mapped = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		abort();
	close(fd);
	planned_in = getpid();
	plan = mapped;
}

#define REAL(NAME)                                                                                 \
	static __typeof__(&NAME) real;                                                             \
	if (!real)                                                                                 \
	real = (__typeof__(&NAME))dlsym(RTLD_NEXT, #NAME)

/* The constructors of all libraries are over when this is called. */
typedef int main_function(int argc, char **argv, char **environment);
int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
	void (*fini)(void), void (*rtld_fini)(void), void *stack_end);
int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
	void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	REAL(__libc_start_main);

	begin();
	return real(main, argc, argv, init, fini, rtld_fini, stack_end);
}

/* Memory */

void *malloc(size_t size)
{
	REAL(malloc);

	return memory_fails(__builtin_return_address(0)) ? NULL : real(size);
}

void *calloc(size_t n, size_t size)
{
	REAL(calloc);

	return memory_fails(__builtin_return_address(0)) ? NULL : real(n, size);
}

void *realloc(void *memory, size_t size)
{
	REAL(realloc);

	return memory_fails(__builtin_return_address(0)) ? NULL : real(memory, size);
}

void *reallocarray(void *memory, size_t n, size_t size)
{
	REAL(reallocarray);

	return memory_fails(__builtin_return_address(0)) ? NULL : real(memory, n, size);
}

/* The C library asks for the memory of these: who called it is what counts. */

#undef strdup
char *strdup(const char *text)
{
	REAL(strdup);

	return memory_fails(__builtin_return_address(0)) ? NULL : real(text);
}

#undef strndup
char *strndup(const char *text, size_t size)
{
	REAL(strndup);

	return memory_fails(__builtin_return_address(0)) ? NULL : real(text, size);
}

int __vasprintf_chk(char **ret, int flag, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));
int __vasprintf_chk(char **ret, int flag, const char *format, va_list args)
{
	REAL(__vasprintf_chk);

	return memory_fails(__builtin_return_address(0)) ? -1 : real(ret, flag, format, args);
}

/* Everything else: RETURNED where it fails. */

#define FAIL(KIND, RETURNED, TYPE, NAME, PARAMETERS, ARGUMENTS)                                    \
	TYPE NAME PARAMETERS;                                                                      \
	TYPE NAME PARAMETERS                                                                       \
	{                                                                                          \
		REAL(NAME);                                                                        \
		return fails(FAULT_##KIND) ? RETURNED : real ARGUMENTS;                            \
	}

/* Those with a list of arguments, which are words. */
#define FAIL_OPEN_ENDED(KIND, TYPE, NAME, PARAMETERS, LAST, ...)                                   \
	TYPE NAME PARAMETERS                                                                       \
	{                                                                                          \
		REAL(NAME);                                                                        \
		va_list args;                                                                      \
		long more[5];                                                                      \
                                                                                                   \
		va_start(args, LAST);                                                              \
		for (size_t i = 0; i < 5; i++)                                                     \
			more[i] = va_arg(args, long);                                              \
		va_end(args);                                                                      \
		return fails(FAULT_##KIND)                                                         \
			       ? -1                                                                \
			       : real(__VA_ARGS__, more[0], more[1], more[2], more[3], more[4]);   \
	}

FAIL_OPEN_ENDED(OPEN, int, open, (const char *path, int flags, ...), flags, path, flags)
FAIL_OPEN_ENDED(OPEN, int, open64, (const char *path, int flags, ...), flags, path, flags)
FAIL_OPEN_ENDED(OPEN, int, openat, (int folder, const char *path, int flags, ...), flags, folder,
	path, flags)
FAIL_OPEN_ENDED(OPEN, int, openat64, (int folder, const char *path, int flags, ...), flags, folder,
	path, flags)
FAIL(OPEN, NULL, FILE *, fopen, (const char *path, const char *mode), (path, mode))
FAIL(OPEN, NULL, FILE *, fopen64, (const char *path, const char *mode), (path, mode))

FAIL(READ, -1, ssize_t, read, (int fd, void *bytes, size_t size), (fd, bytes, size))
FAIL(READ, -1, ssize_t, __read_chk, (int fd, void *bytes, size_t size, size_t room),
	(fd, bytes, size, room))
FAIL(WRITE, -1, ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size))
FAIL(WRITE, -1, ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at),
	(fd, bytes, size, at))

FAIL(SEND, -1, ssize_t, send, (int fd, const void *bytes, size_t size, int flags),
	(fd, bytes, size, flags))
FAIL(SEND, -1, ssize_t, sendto,
	(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to,
		socklen_t len),
	(fd, bytes, size, flags, to, len))
FAIL(RECEIVE, -1, ssize_t, recv, (int fd, void *bytes, size_t size, int flags),
	(fd, bytes, size, flags))
FAIL(RECEIVE, -1, ssize_t, __recv_chk, (int fd, void *bytes, size_t size, size_t room, int flags),
	(fd, bytes, size, room, flags))

FAIL(SOCKET, -1, int, socket, (int domain, int type, int protocol), (domain, type, protocol))
FAIL(SOCKET, -1, int, socketpair, (int domain, int type, int protocol, int pair[2]),
	(domain, type, protocol, pair))
FAIL(SOCKET, -1, int, pipe, (int pair[2]), (pair))
FAIL(SOCKET, -1, int, pipe2, (int pair[2], int flags), (pair, flags))
FAIL(SOCKET, -1, int, bind, (int fd, const struct sockaddr *address, socklen_t len),
	(fd, address, len))
FAIL(SOCKET, -1, int, listen, (int fd, int backlog), (fd, backlog))
FAIL(CONNECT, -1, int, connect, (int fd, const struct sockaddr *address, socklen_t len),
	(fd, address, len))
FAIL(SOCKET_OPTION, -1, int, setsockopt,
	(int fd, int level, int name, const void *value, socklen_t len),
	(fd, level, name, value, len))
FAIL(SOCKET_OPTION, -1, int, getsockopt, (int fd, int level, int name, void *value, socklen_t *len),
	(fd, level, name, value, len))
FAIL(SOCKET_OPTION, -1, int, getsockname, (int fd, struct sockaddr *address, socklen_t *len),
	(fd, address, len))
FAIL(SOCKET_OPTION, -1, int, getpeername, (int fd, struct sockaddr *address, socklen_t *len),
	(fd, address, len))
FAIL_OPEN_ENDED(FCNTL, int, fcntl, (int fd, int command, ...), command, fd, command)
FAIL_OPEN_ENDED(FCNTL, int, fcntl64, (int fd, int command, ...), command, fd, command)
FAIL_OPEN_ENDED(FCNTL, int, ioctl, (int fd, unsigned long command, ...), command, fd, command)

FAIL(STAT, -1, int, fstat, (int fd, struct stat *ret), (fd, ret))
FAIL(STAT, -1, int, stat, (const char *path, struct stat *ret), (path, ret))
FAIL(STAT, -1, int, fstatat, (int folder, const char *path, struct stat *ret, int flags),
	(folder, path, ret, flags))

FAIL(RANDOM, 0, int, RAND_bytes, (unsigned char *bytes, int size), (bytes, size))
FAIL(RANDOM, -1, ssize_t, getrandom, (void *bytes, size_t size, unsigned int flags),
	(bytes, size, flags))

/* What looks a name up does so in a thread of its own, or of the C library. */
typedef void *thread_function(void *argument);
FAIL(THREAD, EAGAIN, int, pthread_create,
	(pthread_t * ret, const pthread_attr_t *how, thread_function *run, void *argument),
	(ret, how, run, argument))
struct addrinfo;
FAIL(THREAD, -11 /* EAI_SYSTEM */, int, getaddrinfo,
	(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **ret),
	(name, service, hints, ret))

FAIL_OPEN_ENDED(LIMIT, int, prctl, (int option, ...), option, option)
FAIL_OPEN_ENDED(SYSCALL, long, syscall, (long number, ...), number, number)
FAIL(LIMIT, -1, int, setrlimit, (__rlimit_resource_t resource, const struct rlimit *limits),
	(resource, limits))

FAIL(FORK, -1, pid_t, _Fork, (void), ())
FAIL(RENAME, -1, int, renameat, (int from, const char *old, int to, const char *new),
	(from, old, to, new))
FAIL(RENAME, -1, int, renameat2,
	(int from, const char *old, int to, const char *new, unsigned int flags),
	(from, old, to, new, flags))
FAIL(RENAME, -1, int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
FAIL(RENAME, -1, int, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode))
FAIL(SYNC, -1, int, fsync, (int fd), (fd))
FAIL(SYNC, -1, int, ftruncate, (int fd, off_t size), (fd, size))
FAIL(SYNC, -1, int, flock, (int fd, int operation), (fd, operation))
FAIL(SYNC, -1, int, fchmod, (int fd, mode_t mode), (fd, mode))
FAIL(SYNC, -1, int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group))

/* Time */

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	if (fails(is_ours(__builtin_return_address(0)) ? FAULT_CLOCK : FAULT_OTHER_CLOCK))
		return -1;
	REAL(clock_gettime);
	int r = real(clock, ret);
	if (r == 0 && (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW))
		ret->tv_sec += (time_t)(atomic_load(&skipped_ms) / 1000);
	return r;
}

static int wait_or_skip(struct pollfd *fds, nfds_t n, int timeout)
{
	REAL(poll);
	bool is_waiting = n == 1 && fds->fd == WIRE_FD && fds->events & POLLRDHUP;

	if (!plan || !plan->skip || !is_waiting || timeout <= 0)
		return real(fds, n, timeout);
	int r = real(fds, n, 0);
	if (r == 0)
		atomic_fetch_add(&skipped_ms, (timeout + 999) / 1000 * 1000);
	return r;
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	return fails(FAULT_POLL) ? -1 : wait_or_skip(fds, n, timeout);
}

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room)
{
	(void)room;
	return fails(FAULT_POLL) ? -1 : wait_or_skip(fds, n, timeout);
}
