/*
 * The system calls of the program (seccomp(2)).
 *
 * A list of what is refused, so that a new libc or OpenSSL that asks for something else still
 * works. Refused MUST be:
 * 1. becoming another program or user, and a child process: what `refused` names, clone() of
 *    anything but a thread;
 * 2. changing any file: opening for more than reading, and what `refused` names;
 * 3. reaching into another process: signals, also by way of a descriptor's owner, tracing, its
 *    memory, descriptors, limits and priority, System V's shared objects, a terminal's input;
 * 4. kernel interfaces that a client of the network does not need, sockets of other families and
 *    protocols among them;
 * 5. taking back what confine_process() gave up;
 * 6. listening: where it listens already, it can accept4(), and that is all; a socket is bound to
 *    nothing but what the resolver binds, an address of netlink;
 * 7. calls that are younger than this list.
 *
 * Refused calls fail with EPERM, as for lack of a right. Those in `hidden` and the young ones fail
 * with ENOSYS, and libc falls back to the older call. A call of another architecture's table ends
 * the process.
 *
 * The kernel reads an int of a call from the lower half of a register, where the filter sees all of
 * it: each comparison below MUST refuse, or mask, what the upper half may hold.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "count.h"
#include "sandbox.h"

static const char *const refused[] = {
	/* other programs and users */
	"execve", "execveat", "fork", "vfork", "setuid", "setgid", "setreuid", "setregid",
	"setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid", "capset", "setns", "unshare",
	"chroot", "pivot_root", "personality",
	/* files */
	"creat", "truncate", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link",
	"linkat", "symlink", "symlinkat", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat", "chmod",
	"fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "utime", "utimes",
	"futimesat", "utimensat", "setxattr", "lsetxattr", "fsetxattr", "removexattr",
	"lremovexattr", "fremovexattr", "memfd_create", "memfd_secret", "open_by_handle_at",
	"name_to_handle_at", "fanotify_init", "quotactl", "acct", "swapon", "swapoff", "mount",
	"umount", "umount2", "move_mount", "open_tree", "fsopen", "fspick", "fsconfig", "fsmount",
	"mount_setattr",
	/* other processes */
	"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_open",
	"pidfd_getfd", "pidfd_send_signal", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
	"shmget", "shmat", "shmctl", "semget", "semop", "semtimedop", "semctl", "msgget", "msgsnd",
	"msgrcv", "msgctl", "mq_open", "mq_unlink", "setpriority", "ioprio_set", "sched_setparam",
	"sched_setscheduler", "sched_setattr", "sched_setaffinity", "migrate_pages", "move_pages",
	/* being asked by others */
	"listen", "accept",
	/* the kernel */
	"keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd",
	"io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "vmsplice", "splice",
	"tee", "syslog", "init_module", "finit_module", "delete_module", "kexec_load",
	"kexec_file_load", "reboot", "sethostname", "setdomainname", "settimeofday",
	"clock_settime", "adjtimex", "clock_adjtime", "iopl", "ioperm", "modify_ldt", "vhangup",
	"lookup_dcookie"};

/* Their arguments lie in memory, where a filter cannot look. */
static const char *const hidden[] = {"clone3", "openat2"};

/* fchmodat2() and others of their kind, that change files as the older ones do, have come and will
 * come. The numbers are one list for all architectures since 5.1, up to where x32 has its own. */
enum { YOUNG_FIRST = SYS_futex_waitv + 1, YOUNG_COUNT = 512 - 450 };

/* Values of one argument, an int. */
static const struct {
	const char *call;
	unsigned int arg;
	unsigned int value;
} refused_values[] = {
	{"ioctl", 1, TIOCSTI},
	{"ioctl", 1, TIOCLINUX},
	{"ioctl", 1, TIOCSCTTY},
	{"ioctl", 1, FIOSETOWN},
	{"ioctl", 1, SIOCSPGRP},
	{"fcntl", 1, F_SETOWN},
	{"fcntl", 1, F_SETOWN_EX},
	{"fcntl", 1, F_SETSIG},
	{"prctl", 0, PR_SET_DUMPABLE},
	{"prctl", 0, PR_SET_PTRACER},
};

/* The resolver speaks to its daemons over AF_UNIX, and asks for addresses over AF_NETLINK. */
static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
enum { FAMILY_LAST = AF_NETLINK };

static const int refused_types[] = {SOCK_RDM, SOCK_SEQPACKET, SOCK_DCCP, SOCK_PACKET};
enum { TYPE_MASK = 0xf }; /* without SOCK_CLOEXEC and the like */

/* Others, such as SCTP, would make the kernel load a module for a stranger. */
static const int protocols[] = {0, IPPROTO_TCP, IPPROTO_UDP};
enum { PROTOCOL_LAST = IPPROTO_UDP };

static const unsigned int writing[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC};

static const unsigned int namespaces[] = {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
	CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET};

/* Which argument of clone() has the flags: clone(2), "C library/kernel differences". */
#if defined(__s390x__) || defined(__s390__)
enum { CLONE_FLAGS = 1 };
#else
enum { CLONE_FLAGS = 0 };
#endif

static int refuse(scmp_filter_ctx filter, int error, const char *call)
{
	return seccomp_rule_add(
		filter, SCMP_ACT_ERRNO(error), seccomp_syscall_resolve_name(call), 0);
}

static int refuse_if(scmp_filter_ctx filter, const char *call, struct scmp_arg_cmp when)
{
	return seccomp_rule_add_array(
		filter, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(call), 1, &when);
}

/* Where an argument compares so with VALUE. */
static int refuse_if_arg(scmp_filter_ctx filter, const char *call, unsigned int arg,
	enum scmp_compare op, scmp_datum_t value)
{
	return refuse_if(
		filter, call, (struct scmp_arg_cmp){.arg = arg, .op = op, .datum_a = value});
}

/* Where the bits of MASK in an argument are just BITS. */
static int refuse_if_bits(scmp_filter_ctx filter, const char *call, unsigned int arg,
	scmp_datum_t mask, scmp_datum_t bits)
{
	return refuse_if(filter, call,
		(struct scmp_arg_cmp){
			.arg = arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = bits});
}

static int add_refused(scmp_filter_ctx filter)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < COUNT(refused); i++)
		r = refuse(filter, EPERM, refused[i]);
	for (size_t i = 0; r == 0 && i < COUNT(hidden); i++)
		r = refuse(filter, ENOSYS, hidden[i]);
	for (int i = 0; r == 0 && i < YOUNG_COUNT; i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), YOUNG_FIRST + i, 0);
	return r;
}

static int add_writing(scmp_filter_ctx filter)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < COUNT(writing); i++) {
		r = refuse_if_bits(filter, "open", 1, writing[i], writing[i]);
		if (r == 0)
			r = refuse_if_bits(filter, "openat", 2, writing[i], writing[i]);
	}
	return r;
}

static int add_children(scmp_filter_ctx filter)
{
	int r = refuse_if_bits(filter, "clone", CLONE_FLAGS, CLONE_THREAD, 0);

	for (size_t i = 0; r == 0 && i < COUNT(namespaces); i++)
		r = refuse_if_bits(filter, "clone", CLONE_FLAGS, namespaces[i], namespaces[i]);
	return r;
}

static bool is_among(int value, const int *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

/* All values of an argument of socket() but those of a list, whose greatest is LAST. */
static int refuse_others(
	scmp_filter_ctx filter, unsigned int arg, const int *list, size_t n, int last)
{
	int r = refuse_if_arg(filter, "socket", arg, SCMP_CMP_GT, (scmp_datum_t)last);

	for (int value = 0; r == 0 && value < last; value++)
		if (!is_among(value, list, n))
			r = refuse_if_arg(filter, "socket", arg, SCMP_CMP_EQ, (scmp_datum_t)value);
	return r;
}

/* Of netlink: asking for addresses and routes. */
static int add_netlink(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp other[] = {
		{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_NETLINK},
		{.arg = 2, .op = SCMP_CMP_NE, .datum_a = NETLINK_ROUTE},
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM),
		seccomp_syscall_resolve_name("socket"), COUNT(other), other);
}

static int add_sockets(scmp_filter_ctx filter)
{
	int r = refuse_others(filter, 0, families, COUNT(families), FAMILY_LAST);

	for (size_t i = 0; r == 0 && i < COUNT(refused_types); i++)
		r = refuse_if_bits(filter, "socket", 1, TYPE_MASK, (scmp_datum_t)refused_types[i]);
	if (r == 0)
		r = refuse_others(filter, 2, protocols, COUNT(protocols), PROTOCOL_LAST);
	if (r == 0)
		r = add_netlink(filter);
	return r < 0 ? r : refuse_if_arg(filter, "socketpair", 0, SCMP_CMP_NE, AF_UNIX);
}

static int add_values(scmp_filter_ctx filter)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < COUNT(refused_values); i++)
		r = refuse_if_bits(filter, refused_values[i].call, refused_values[i].arg,
			UINT32_MAX, refused_values[i].value);
	return r;
}

/* An address lies in memory; its size is an argument, and no family's of the internet is as short as
 * netlink's: a kernel takes nothing below 16 bytes for those. */
static int add_listening(scmp_filter_ctx filter, const struct sandbox_needs *needs)
{
	int r = refuse_if_arg(
		filter, "bind", 2, SCMP_CMP_NE, (scmp_datum_t)sizeof(struct sockaddr_nl));

	return r < 0 || needs->accepts ? r : refuse(filter, EPERM, "accept4");
}

/* abort() and the threads signal the process itself; its limits are those of process 0. */
static int add_processes(scmp_filter_ctx filter)
{
	scmp_datum_t self = (scmp_datum_t)getpid();
	int r = refuse_if_arg(filter, "kill", 0, SCMP_CMP_NE, self);

	if (r == 0)
		r = refuse_if_arg(filter, "tgkill", 0, SCMP_CMP_NE, self);
	return r < 0 ? r : refuse_if_arg(filter, "prlimit64", 0, SCMP_CMP_NE, 0);
}

static int filter_load(scmp_filter_ctx filter, const struct sandbox_needs *needs)
{
	int (*const parts[])(scmp_filter_ctx) = {
		add_refused, add_writing, add_children, add_sockets, add_values, add_processes};
	int r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	for (size_t i = 0; r == 0 && i < COUNT(parts); i++)
		r = parts[i](filter);
	if (r == 0)
		r = add_listening(filter, needs);
	return r < 0 ? r : seccomp_load(filter);
}

static bool kernel_has_filters(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 ||
	       (errno != ENOSYS && errno != EINVAL);
}

int seccomp_enter(const struct sandbox_needs *needs)
{
	if (!kernel_has_filters())
		return 0;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter)
		return -ENOMEM;
	int r = filter_load(filter, needs);
	seccomp_release(filter);
	return r < 0 ? r : 1;
}
