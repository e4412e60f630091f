#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dir.h"

/* Opens the directory that PATH is in, and sets *ret_name to what it is called there. */
static int open_directory(const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX] = ".";

	*ret_name = slash ? slash + 1 : path;
	if (slash && snprintf(directory, sizeof(directory), "%.*s/", (int)(slash - path), path) >=
			     (int)sizeof(directory))
		return -ENAMETOOLONG;
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int fill(int fd, mode_t mode, const struct buf *bytes)
{
	int r = dir_write_all(fd, bytes);

	if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

static int replace(int dir, const char *name, mode_t mode, const struct buf *bytes)
{
	char draft[DIR_DRAFT];
	int r = dir_draft_name(name, draft);
	int fd = r < 0 ? r : dir_new_file(dir, draft);

	if (fd < 0)
		return fd;
	r = fill(fd, mode, bytes);
	if (r == 0 && renameat(dir, draft, dir, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dir, draft, 0);
	return r;
}

int whole_file_write(const char *path, mode_t mode, const struct buf *bytes)
{
	const char *name = path;
	int dir = open_directory(path, &name);

	if (dir < 0)
		return dir;
	int r = replace(dir, name, mode, bytes);
	close(dir);
	return r;
}
