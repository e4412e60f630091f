#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"

enum {
	DIR_MODE = 0700,
	FILE_MODE = 0600,
	LOCK_POLL_MS = 20, /* flock(2) waits for ever or not at all */
};

#define LOCK_SUFFIX ".lock"

/* What every file here is opened with: neither a link nor a FIFO nor a terminal gets its way. */
#define OPEN_FLAGS (O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* Room for the longest name: an id, a dot and the writer. */
#define NAME_SIZE (SESSION_ID + 1 + PROCESS_TEXT)

static bool is_ours(const struct stat *st, mode_t type, mode_t mode)
{
	return (st->st_mode & S_IFMT) == type && st->st_uid == geteuid() &&
	       (st->st_mode & 07777 & ~mode) == 0;
}

/* Rule 1, of the descriptor in hand. */
static int check_dir(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return is_ours(&st, S_IFDIR, DIR_MODE) ? 0 : -EPERM;
}

/* Rule 2. A file that was replaced or removed since it was opened has no link left. */
static int check_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return is_ours(&st, S_IFREG, FILE_MODE) && st.st_nlink <= 1 ? 0 : -EPERM;
}

static int close_with(int fd, int r)
{
	close(fd);
	return r;
}

static int open_dir(const char *path, bool made)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* The umask, and a set-group-id bit above, do not decide. */
	if (made && fchmod(fd, DIR_MODE) < 0)
		return close_with(fd, -errno);
	int r = check_dir(fd);
	return r < 0 ? close_with(fd, r) : fd;
}

int store_open(const char *path, struct store *ret)
{
	size_t len = strlen(path);

	/* A slash at the end would make open(2) follow a link. */
	if (*path != '/' || path[len - 1] == '/')
		return -EINVAL;
	bool made = mkdir(path, DIR_MODE) == 0;
	if (!made && errno != EEXIST)
		return -errno;
	int fd = open_dir(path, made);
	if (fd < 0)
		return fd;
	ret->dir = fd;
	return 0;
}

void store_close(struct store *store)
{
	if (store->dir >= 0)
		close(store->dir);
	store->dir = -1;
}

/* Opens a file that is there, for reading. */
static int open_there(const struct store *store, const char *name)
{
	int fd = openat(store->dir, name, O_RDONLY | OPEN_FLAGS);

	if (fd < 0)
		return -errno;
	int r = check_file(fd);
	return r < 0 ? close_with(fd, r) : fd;
}

/* Makes a file that is not there, for writing. */
static int open_new(const struct store *store, const char *name)
{
	int fd = openat(store->dir, name, O_WRONLY | O_CREAT | O_EXCL | OPEN_FLAGS, FILE_MODE);

	if (fd < 0)
		return -errno;
	if (fchmod(fd, FILE_MODE) < 0) {
		int r = close_with(fd, -errno);

		unlinkat(store->dir, name, 0);
		return r;
	}
	return fd;
}

/* Past the limit the kernel would send SIGXFSZ, which ends the host. */
static int check_limit(size_t len)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		return -errno;
	return limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < len ? -EFBIG : 0;
}

static int write_all(int fd, const struct buf *bytes)
{
	size_t at = 0;
	int r = check_limit(bytes->len);

	while (r == 0 && at < bytes->len) {
		ssize_t put = write(fd, bytes->data + at, bytes->len - at);

		if (put >= 0)
			at += (size_t)put;
		else if (errno != EINTR)
			r = -errno;
	}
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

/* The writer's file is named for the session and the writer, so that two never share one, and
 * anyone can tell that its writer is gone. */
static int writer_name(const char *id, char name[NAME_SIZE])
{
	struct process self;
	char text[PROCESS_TEXT];
	int r = process_look(getpid(), &self, NULL);

	if (r < 0)
		return r;
	process_format(&self, text);
	snprintf(name, NAME_SIZE, "%s.%s", id, text);
	return 0;
}

/* Rule 3. */
static int replace(
	const struct store *store, const char *id, const char *name, const struct buf *bytes)
{
	int fd = open_new(store, name);

	if (fd < 0)
		return fd;
	int r = close_with(fd, write_all(fd, bytes));
	if (r == 0 && renameat(store->dir, name, store->dir, id) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(store->dir, name, 0);
		return r;
	}
	return fsync(store->dir) < 0 ? -errno : 0;
}

int store_put(const struct store *store, const struct session *session)
{
	BUF_AUTO(bytes, RECORD_MAX);
	char name[NAME_SIZE];
	int r = session_format(session, &bytes);

	if (r < 0)
		return r;
	r = writer_name(session->id, name);
	return r < 0 ? r : replace(store, session->id, name, &bytes);
}

/* A file that was given another's name is not the other's session. */
static int read_session(const struct store *store, const char *id, struct session *ret)
{
	BUF_AUTO(bytes, RECORD_MAX);
	SESSION_AUTO(session);
	int fd = open_there(store, id);

	if (fd < 0)
		return fd;
	int r = close_with(fd, file_read_fd(fd, &bytes));
	if (r == 0)
		r = session_parse(buf_str(&bytes), bytes.len, &session);
	if (r == 0 && strcmp(session.id, id) != 0)
		r = -EBADMSG;
	if (r < 0)
		return r;
	*ret = session;
	session = (struct session){0};
	return 0;
}

int store_get(const struct store *store, const char *id, int64_t now, struct session *ret)
{
	SESSION_AUTO(session);

	if (now < 0)
		return -EINVAL;
	if (!session_id_valid(id))
		return -ENOENT;
	int r = read_session(store, id, &session);
	if (r < 0)
		return r;
	if (session.ends <= now) {
		store_remove(store, id);
		return -ENOENT;
	}
	*ret = session;
	session = (struct session){0};
	return 0;
}

int store_remove(const struct store *store, const char *id)
{
	if (!session_id_valid(id))
		return -EINVAL;
	if (unlinkat(store->dir, id, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(store->dir) < 0 ? -errno : 0;
}

/* Whether NAME still is the file in hand. */
static bool is_named(const struct store *store, int fd, const char *name)
{
	struct stat st, named;

	return fstat(fd, &st) == 0 && fstatat(store->dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == named.st_dev && st.st_ino == named.st_ino;
}

static int open_lock(const struct store *store, const char *name)
{
	int fd = open_there(store, name);

	if (fd == -ENOENT)
		fd = open_new(store, name);
	return fd;
}

/* -EAGAIN: somebody has it, or it is one that was just removed or made by somebody. */
static int try_lock(const struct store *store, const char *name)
{
	int fd = open_lock(store, name);

	if (fd < 0)
		return fd == -EEXIST ? -EAGAIN : fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return close_with(fd, errno == EINTR ? -EAGAIN : -errno);
	return is_named(store, fd, name) ? fd : close_with(fd, -EAGAIN);
}

int store_lock(const struct store *store, const char *id, int64_t deadline)
{
	char name[NAME_SIZE];

	if (!session_id_valid(id))
		return -EINVAL;
	snprintf(name, sizeof(name), "%s" LOCK_SUFFIX, id);
	for (;;) {
		int lock = try_lock(store, name);
		int left = clock_poll_timeout(deadline);

		if (lock != -EAGAIN)
			return lock;
		if (left == 0)
			return -ETIMEDOUT;
		poll(NULL, 0, left < LOCK_POLL_MS ? left : LOCK_POLL_MS);
	}
}

void store_unlock(int lock)
{
	close(lock);
}

static bool exists(const struct store *store, const char *name)
{
	struct stat st;

	return fstatat(store->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

/* Held while it is removed, so nobody has it; and who opened it before finds out in try_lock() that
 * it has no name any more. */
static void sweep_lock(const struct store *store, const char *id, const char *name)
{
	if (exists(store, id))
		return;
	int lock = try_lock(store, name);
	if (lock < 0)
		return;
	unlinkat(store->dir, name, 0);
	store_unlock(lock);
}

static void sweep_writer(const struct store *store, const char *writer, const char *name)
{
	struct process process, now;

	if (process_parse(writer, &process) < 0)
		return;
	int r = process_look(process.pid, &now, NULL);
	if (r == -ESRCH || (r == 0 && !process_same(&process, &now)))
		unlinkat(store->dir, name, 0);
}

/* Rule 6. NAME is an id and something behind it, or nothing of ours. */
static void sweep(const struct store *store, const char *name)
{
	char id[SESSION_ID + 1] = "";

	if (strlen(name) <= SESSION_ID || name[SESSION_ID] != '.')
		return;
	memcpy(id, name, SESSION_ID);
	if (!session_id_valid(id))
		return;
	if (strcmp(name + SESSION_ID, LOCK_SUFFIX) == 0)
		sweep_lock(store, id, name);
	else
		sweep_writer(store, name + SESSION_ID + 1, name);
}

static int list(const struct store *store, DIR *entries, struct strlist *ids)
{
	const struct dirent *entry;
	int r = 0;

	while (r == 0) {
		errno = 0;
		entry = readdir(entries);
		if (!entry)
			return -errno;
		if (session_id_valid(entry->d_name))
			r = strlist_add(ids, entry->d_name);
		else
			sweep(store, entry->d_name);
	}
	return r;
}

int store_list(const struct store *store, struct strlist *ret_ids)
{
	STRLIST_AUTO(ids);
	/* A descriptor of its own: the position in a directory belongs to the open file. */
	int fd = openat(store->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	DIR *entries = fdopendir(fd);
	if (!entries)
		return close_with(fd, -errno);
	int r = list(store, entries, &ids);
	closedir(entries);
	if (r < 0)
		return r;
	*ret_ids = ids;
	ids = (struct strlist){0};
	return 0;
}
