#include "dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

enum { FILE_MODE = 0600 };

/* What every file here is opened with: neither a link nor a FIFO nor a terminal gets its way. */
#define OPEN_FLAGS (O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static bool is_ours(const struct stat *st, mode_t type, mode_t mode)
{
	return (st->st_mode & S_IFMT) == type && st->st_uid == geteuid() &&
	       (st->st_mode & 07777 & ~mode) == 0;
}

/* Rule 1, of the descriptor in hand. */
static int check_dir(int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return is_ours(&st, S_IFDIR, mode) ? 0 : -EPERM;
}

/* Rule 3. A file that was replaced or removed since it was opened has no link left. */
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

static int open_in(int dir, const char *name, mode_t mode, bool made)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* The umask, and a set-group-id bit above, do not decide. */
	if (made && fchmod(fd, mode) < 0)
		return close_with(fd, -errno);
	int r = check_dir(fd, mode);
	return r < 0 ? close_with(fd, r) : fd;
}

int dir_make_in(int dir, const char *name, mode_t mode)
{
	bool made = mkdirat(dir, name, mode) == 0;

	if (!made && errno != EEXIST)
		return -errno;
	return open_in(dir, name, mode, made);
}

/* A slash at the end would make open(2) follow a link. */
static bool is_path(const char *path)
{
	return *path == '/' && path[strlen(path) - 1] != '/';
}

/* Rule 2, of one that PATH goes through; HOLDS: its last component is in there. */
static int check_above(int fd, bool holds)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return -EPERM;
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	return !holds && (st.st_mode & S_ISVTX) ? 0 : -EPERM;
}

/* From DIR, which is closed, to the directory NAME of LEN bytes in it. */
static int step_down(int dir, const char *name, size_t len)
{
	char part[NAME_MAX + 1] = "";

	if (len > NAME_MAX)
		return close_with(dir, -ENAMETOOLONG);
	memcpy(part, name, len);
	int below = openat(dir, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return close_with(dir, below < 0 ? -errno : below);
}

/* Opens the directory that PATH's last component is in, and sets *ret_name to that. */
static int open_above(const char *path, const char **ret_name)
{
	int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return -errno;
	while (dir >= 0) {
		path += strspn(path, "/");
		size_t len = strcspn(path, "/");
		bool holds = path[len] == '\0';
		int r = check_above(dir, holds);

		if (r < 0)
			return close_with(dir, r);
		if (holds)
			break;
		dir = step_down(dir, path, len);
		path += len;
	}
	*ret_name = path;
	return dir;
}

int dir_open(const char *path, mode_t mode)
{
	const char *name = path;
	int above = is_path(path) ? open_above(path, &name) : -EINVAL;

	return above < 0 ? above : close_with(above, open_in(above, name, mode, false));
}

int dir_make(const char *path, mode_t mode)
{
	const char *name = path;
	int above = is_path(path) ? open_above(path, &name) : -EINVAL;

	return above < 0 ? above : close_with(above, dir_make_in(above, name, mode));
}

static int open_checked(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | OPEN_FLAGS, FILE_MODE);

	if (fd < 0)
		return -errno;
	int r = check_file(fd);
	return r < 0 ? close_with(fd, r) : fd;
}

int dir_open_file(int dir, const char *name)
{
	return open_checked(dir, name, O_RDONLY);
}

/* An umask makes the mode narrower at most, which is none of root's concern. */
int dir_open_shared(int dir, const char *name)
{
	return open_checked(dir, name, O_RDWR | O_CREAT);
}

int dir_open_to_change(int dir, const char *name)
{
	return open_checked(dir, name, O_RDWR);
}

int dir_new_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | OPEN_FLAGS, FILE_MODE);

	if (fd < 0)
		return -errno;
	if (fchmod(fd, FILE_MODE) < 0) {
		int r = close_with(fd, -errno);

		unlinkat(dir, name, 0);
		return r;
	}
	return fd;
}

int dir_read(int dir, const char *name, struct buf *out)
{
	int fd = dir_open_file(dir, name);

	return fd < 0 ? fd : close_with(fd, file_read_fd(fd, out));
}

int dir_draft_name(const char *name, char ret[DIR_DRAFT])
{
	struct process self;
	char writer[PROCESS_TEXT];
	int r = process_look(getpid(), &self, NULL);

	if (r < 0)
		return r;
	process_format(&self, writer);
	return snprintf(ret, DIR_DRAFT, "%s.%s", name, writer) < DIR_DRAFT ? 0 : -ENAMETOOLONG;
}

/* Past the limit the kernel would send SIGXFSZ. */
static int check_limit(size_t end)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		return -errno;
	return limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < end ? -EFBIG : 0;
}

int dir_write_all(int fd, const struct buf *bytes)
{
	int r = check_limit(bytes->len);

	for (size_t at = 0; r == 0 && at < bytes->len;) {
		ssize_t put = write(fd, bytes->data + at, bytes->len - at);

		if (put >= 0)
			at += (size_t)put;
		else if (errno != EINTR)
			r = -errno;
	}
	return r;
}

int dir_write_at(int fd, const void *bytes, size_t len, size_t offset)
{
	int r = check_limit(offset + len);

	for (size_t at = 0; r == 0 && at < len;) {
		ssize_t put = pwrite(fd, (const char *)bytes + at, len - at, (off_t)(offset + at));

		if (put >= 0)
			at += (size_t)put;
		else if (errno != EINTR)
			r = -errno;
	}
	return r;
}

int dir_clear(int fd, size_t size)
{
	int r = check_limit(size);

	if (r == 0 && (ftruncate(fd, 0) < 0 || ftruncate(fd, (off_t)size) < 0))
		r = -errno;
	return r;
}

static int write_and_sync(int fd, const struct buf *bytes)
{
	int r = dir_write_all(fd, bytes);

	return r == 0 && fsync(fd) < 0 ? -errno : r;
}

/* FLAGS are renameat2(2)'s. */
static int put(int dir, const char *name, const struct buf *bytes, unsigned int flags)
{
	char draft[DIR_DRAFT];
	int r = dir_draft_name(name, draft);
	int fd = r < 0 ? r : dir_new_file(dir, draft);

	if (fd < 0)
		return fd;
	r = close_with(fd, write_and_sync(fd, bytes));
	if (r == 0 && renameat2(dir, draft, dir, name, flags) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(dir, draft, 0);
		return r;
	}
	return fsync(dir) < 0 ? -errno : 0;
}

int dir_replace(int dir, const char *name, const struct buf *bytes)
{
	return put(dir, name, bytes, 0);
}

int dir_add(int dir, const char *name, const struct buf *bytes)
{
	return put(dir, name, bytes, RENAME_NOREPLACE);
}

int dir_remove(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(dir) < 0 ? -errno : 0;
}

static int add_names(DIR *entries, struct strlist *names)
{
	const struct dirent *entry;
	int r = 0;

	while (r == 0) {
		errno = 0;
		entry = readdir(entries);
		if (!entry)
			return -errno;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = strlist_add(names, entry->d_name);
	}
	return r;
}

int dir_list(int dir, struct strlist *ret)
{
	STRLIST_AUTO(names);
	/* A descriptor of its own: the position in a directory belongs to the open file. */
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	DIR *entries = fdopendir(fd);
	if (!entries)
		return close_with(fd, -errno);
	int r = add_names(entries, &names);
	closedir(entries);
	if (r < 0)
		return r;
	*ret = names;
	names = (struct strlist){0};
	return 0;
}

void dir_sweep_draft(int dir, const char *name)
{
	const char *dot = strchr(name, '.');
	struct process writer, now;

	if (!dot || process_parse(dot + 1, &writer) < 0)
		return;
	int r = process_look(writer.pid, &now, NULL);
	if (r == -ESRCH || (r == 0 && !process_same(&writer, &now)))
		unlinkat(dir, name, 0);
}
