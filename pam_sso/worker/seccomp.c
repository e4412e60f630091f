/*
 * The system calls of the worker (seccomp(2)).
 *
 * A list of what is refused, so that a new libc or OpenSSL that asks for something else still
 * works. Refused MUST be:
 * 1. becoming another program or user, and a child process: what `refused` names, clone() of
 *    anything but a thread;
 * 2. changing any file: opening for more than reading, and what `refused` names;
 * 3. reaching into another process: signals, tracing, its memory and descriptors;
 * 4. kernel interfaces that a client of the network does not need, sockets of other families among
 *    them.
 *
 * Refused calls fail with EPERM, as for lack of a right. Those in `hidden` fail with ENOSYS, and
 * libc falls back to the older call. A call of another architecture's table ends the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

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
	"shmget", "shmat", "semget", "msgget", "mq_open",
	/* being asked by others */
	"listen", "accept", "accept4",
	/* the kernel */
	"keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd",
	"io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "vmsplice", "splice",
	"tee", "syslog", "init_module", "finit_module", "delete_module", "kexec_load",
	"kexec_file_load", "reboot", "sethostname", "setdomainname", "settimeofday",
	"clock_settime", "adjtimex", "clock_adjtime", "iopl", "ioperm", "modify_ldt", "vhangup",
	"lookup_dcookie"};

/* Their arguments lie in memory, where a filter cannot look. */
static const char *const hidden[] = {"clone3", "openat2"};

/* The resolver speaks to its daemons over AF_UNIX, and asks for addresses over AF_NETLINK. */
static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
enum { FAMILY_LAST = AF_NETLINK };

static const unsigned int writing[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC};

static const unsigned int namespaces[] = {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
	CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET};

/* Which argument of clone() has the flags: clone(2), "C library/kernel differences". */
#if defined(__s390x__) || defined(__s390__)
enum { CLONE_FLAGS = 1 };
#else
enum { CLONE_FLAGS = 0 };
#endif

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

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

/* Where the first argument compares so with VALUE. */
static int refuse_if_first(
	scmp_filter_ctx filter, const char *call, enum scmp_compare op, scmp_datum_t value)
{
	return refuse_if(filter, call, (struct scmp_arg_cmp){.arg = 0, .op = op, .datum_a = value});
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

static bool family_allowed(int family)
{
	for (size_t i = 0; i < COUNT(families); i++)
		if (families[i] == family)
			return true;
	return false;
}

static int add_families(scmp_filter_ctx filter)
{
	int r = refuse_if_first(filter, "socket", SCMP_CMP_GT, FAMILY_LAST);

	for (int family = 0; r == 0 && family < FAMILY_LAST; family++)
		if (!family_allowed(family))
			r = refuse_if_first(filter, "socket", SCMP_CMP_EQ, (scmp_datum_t)family);
	return r;
}

/* abort() and the threads signal the process itself. */
static int add_signals(scmp_filter_ctx filter)
{
	scmp_datum_t self = (scmp_datum_t)getpid();
	int r = refuse_if_first(filter, "kill", SCMP_CMP_NE, self);

	return r < 0 ? r : refuse_if_first(filter, "tgkill", SCMP_CMP_NE, self);
}

static int filter_load(scmp_filter_ctx filter)
{
	int (*const parts[])(scmp_filter_ctx) = {
		add_refused, add_writing, add_children, add_families, add_signals};
	int r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	for (size_t i = 0; r == 0 && i < COUNT(parts); i++)
		r = parts[i](filter);
	return r < 0 ? r : seccomp_load(filter);
}

static bool kernel_has_filters(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 ||
	       (errno != ENOSYS && errno != EINVAL);
}

int seccomp_enter(void)
{
	if (!kernel_has_filters())
		return 0;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter)
		return -ENOMEM;
	int r = filter_load(filter);
	seccomp_release(filter);
	return r < 0 ? r : 1;
}
