/*
 * The Nth allocation, open, read, fork and so on fails, for every N: never in as somebody else,
 * never ignored, and the host lives. This program's own functions stand before the C library's.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "stage.h"

enum fault {
	FAULT_MEMORY,
	FAULT_OPEN,
	FAULT_STAT,
	FAULT_READ,
	FAULT_FORK,
	FAULT_SOCKET,
	FAULT_SEND,
	FAULT_RECEIVE,
	FAULT_POLL,
	FAULT_SIGNALFD,
	FAULT_LIMITS, /* from here on of root's: what counts sign-ins */
	FAULT_PREAD = FAULT_LIMITS,
	FAULT_PWRITE,
	FAULT_FCNTL,
	FAULT_COUNT
};

static const int errors[FAULT_COUNT] = {ENOMEM, EMFILE, EIO, EIO, EAGAIN, EMFILE, ENOBUFS, EIO,
	ENOMEM, EMFILE, EIO, ENOSPC, ENOLCK};

/* While countdown is above 0, it is counted down by each call of that kind; at 1 the call fails. */
static enum fault armed;
static int countdown;
static pid_t armed_in; /* a child that was forked meanwhile is left alone */

/* Allocations that were not freed. */
static long live;

static bool fails(enum fault fault)
{
	if (countdown <= 0 || fault != armed || getpid() != armed_in || --countdown > 0)
		return false;
	errno = errors[fault];
	return true;
}

#define REAL(NAME) ((__typeof__(&NAME))dlsym(RTLD_NEXT, #NAME))

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#if !defined(__SANITIZE_ADDRESS__)
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static void *counted(void *memory)
{
	live += memory != NULL;
	return memory;
}

void *malloc(size_t size)
{
	return fails(FAULT_MEMORY) ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return fails(FAULT_MEMORY) ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *memory, size_t size)
{
	if (fails(FAULT_MEMORY))
		return NULL;
	return memory ? __libc_realloc(memory, size) : counted(__libc_realloc(NULL, size));
}

void free(void *memory)
{
	live -= memory != NULL;
	__libc_free(memory);
}
#endif

int open(const char *path, int flags, ...)
{
	va_list args;

	va_start(args, flags);
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	return fails(FAULT_OPEN) ? -1 : REAL(open)(stage_path(path), flags, mode);
}

int fstat(int fd, struct stat *ret)
{
	return fails(FAULT_STAT) ? -1 : REAL(fstat)(fd, ret);
}

ssize_t read(int fd, void *bytes, size_t size)
{
	return fails(FAULT_READ) ? -1 : REAL(read)(fd, bytes, size);
}

ssize_t __read_chk(int fd, void *bytes, size_t size, size_t room);
ssize_t __read_chk(int fd, void *bytes, size_t size, size_t room)
{
	return fails(FAULT_READ) ? -1 : REAL(__read_chk)(fd, bytes, size, room);
}

pid_t _Fork(void)
{
	return fails(FAULT_FORK) ? -1 : REAL(_Fork)();
}

int socketpair(int domain, int type, int protocol, int ret[2])
{
	return fails(FAULT_SOCKET) ? -1 : REAL(socketpair)(domain, type, protocol, ret);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
	return fails(FAULT_SEND) ? -1 : REAL(send)(fd, bytes, size, flags);
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
	return fails(FAULT_RECEIVE) ? -1 : REAL(recv)(fd, bytes, size, flags);
}

ssize_t __recv_chk(int fd, void *bytes, size_t size, size_t room, int flags);
ssize_t __recv_chk(int fd, void *bytes, size_t size, size_t room, int flags)
{
	return fails(FAULT_RECEIVE) ? -1 : REAL(__recv_chk)(fd, bytes, size, room, flags);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	return fails(FAULT_POLL) ? -1 : REAL(poll)(fds, n, timeout);
}

int signalfd(int fd, const sigset_t *mask, int flags)
{
	return fails(FAULT_SIGNALFD) ? -1 : REAL(signalfd)(fd, mask, flags);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
	return fails(FAULT_PREAD) ? -1 : REAL(pread)(fd, bytes, size, offset);
}

ssize_t __pread_chk(int fd, void *bytes, size_t size, off_t offset, size_t room);
ssize_t __pread_chk(int fd, void *bytes, size_t size, off_t offset, size_t room)
{
	return fails(FAULT_PREAD) ? -1 : REAL(__pread_chk)(fd, bytes, size, offset, room);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	return fails(FAULT_PWRITE) ? -1 : REAL(pwrite)(fd, bytes, size, offset);
}

int fcntl(int fd, int command, ...)
{
	va_list args;

	va_start(args, command);
	void *argument = va_arg(args, void *);
	va_end(args);
	return fails(FAULT_FCNTL) ? -1 : REAL(fcntl)(fd, command, argument);
}

/* Signs in with the Nth call of that kind failing. Returns whether there was an Nth call. */
static bool run_with(struct stage *stage, enum fault fault, int n)
{
	static const struct scene scene = {.service = "sshd",
		.tty = "ssh",
		.environment = {"SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22"},
		.talk = TALK_LINES,
		.lines = {"nonsense", "1/2:code=a", "2/2:&state=s"}};

	stage_start(stage, &scene);
	armed = fault;
	armed_in = getpid();
	countdown = n;
	stage->code = pam_authenticate(stage->pamh, 0);
	bool fired = countdown <= 0;
	countdown = 0;
	stage_end(stage);
	return fired;
}

/* The authorization code flow with a wrong answer and one in parts. */
static void play_code(struct stage *stage, const char *result)
{
	char transcript[4096];

	stage_configure(stage, "flow = code\nredirect_uri = https://login.example/\n");
	snprintf(transcript, sizeof(transcript),
		"request\nsay event=prompt\nsay flow=code\nsay authorization_uri=" STAGE_LINK
		"\nsay expires_in=300\nsay\n"
		"paste\nsay event=again\nsay reason=answer\nsay\n"
		"paste\nsay event=again\nsay part=2\nsay\n"
		"paste\n%s",
		result);
	stage_transcript(stage, transcript);
}

static void let_nobody_else_in(struct stage *stage)
{
	for (enum fault fault = 0; fault < FAULT_COUNT; fault++)
		for (int n = 1; run_with(stage, fault, n); n++)
			if (stage->code == PAM_SUCCESS || stage->code == STAGE_IGNORED)
				fail_msg("fault %d, call %d: code %d", fault, n, stage->code);
}

static void no_fault_lets_somebody_else_in(void **state)
{
	stage_transcript(*state, APPROVE_AS("bob"));
	let_nobody_else_in(*state);
	play_code(*state, SAY_OK("bob") "exit 42\n");
	let_nobody_else_in(*state);
}

/* The right person may still come in where nothing rests on what failed, such as a log line. */
static void no_fault_is_ignored(void **state)
{
	struct stage *stage = *state;

	for (enum fault fault = 0; fault < FAULT_COUNT; fault++)
		for (int n = 1; run_with(stage, fault, n); n++)
			if (stage->code == STAGE_IGNORED)
				fail_msg("fault %d, call %d: ignored", fault, n);
}

/* What the person's doubts have to go by is not left out. */
static void no_fault_shows_half_a_prompt(void **state)
{
	static const char *const parts[] = {
		"  User     alice\n", "  For      sshd on ", STAGE_LINK, STAGE_CODE};
	struct stage *stage = *state;

	for (int n = 1; run_with(stage, FAULT_MEMORY, n); n++)
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (stage->prompts > 0 && !strstr(stage->shown, parts[i]))
				fail_msg("allocation %d: no \"%s\" in\n%s", n, parts[i],
					stage->shown);
}

/* That each kind is counted at all: a call that has another name now would go unseen. */
static void every_kind_of_fault_is_met(void **state)
{
	struct stage *stage = *state;

	for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
		if (fault == FAULT_MEMORY && stage_memory_is_anothers())
			continue;
		if (fault >= FAULT_LIMITS && geteuid() != 0)
			continue;
		(void)run_with(stage, fault, INT_MAX); /* there is a table to be read then */
		if (!run_with(stage, fault, 1))
			fail_msg("no call of kind %d", fault);
	}
}

static void keep_no_memory(struct stage *stage)
{
	(void)run_with(stage, FAULT_MEMORY, INT_MAX);
	long before = live;
	for (int i = 0; i < 100; i++) {
		(void)run_with(stage, FAULT_MEMORY, INT_MAX);
		assert_int_equal(stage->code, PAM_SUCCESS);
	}
	assert_int_equal(live, before);
}

static void a_hundred_sign_ins_keep_no_memory(void **state)
{
	/* The checkers that have the allocator look for leaks themselves. */
	if (stage_memory_is_anothers())
		skip();
	keep_no_memory(*state);
	play_code(*state, SAY_OK("alice") "exit 42\n");
	keep_no_memory(*state);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_kind_of_fault_is_met),
		TEST(no_fault_lets_somebody_else_in),
		TEST(no_fault_is_ignored),
		TEST(no_fault_shows_half_a_prompt),
		TEST(a_hundred_sign_ins_keep_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
