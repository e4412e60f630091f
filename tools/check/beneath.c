#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"

static int open_in(int folder, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	long fd = syscall(SYS_openat2, folder, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

int beneath_open(const char *root, const char *path, int flags)
{
	if (!*root) {
		int fd = open(path, flags | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	int fd = open_in(folder, path, flags);
	close(folder);
	return fd;
}

static int read_regular(int fd, struct buf *out)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? file_read_fd(fd, out) : -EINVAL;
}

int beneath_read(const char *root, const char *path, struct buf *out)
{
	int fd = beneath_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fd;
	int r = read_regular(fd, out);
	close(fd);
	return r;
}

int beneath_list(const char *root, const char *folder, int (*takes)(const struct dirent *entry),
	struct dirent ***ret)
{
	int fd = beneath_open(root, folder, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return fd;
	int n = scandirat(fd, ".", ret, takes, alphasort);
	if (n < 0)
		n = -errno;
	close(fd);
	return n;
}

struct match {
	const char *root;
	void (*found)(void *context, const char *path);
	void *context;
	bool any;
};

static void match_from(struct match *match, const char *folder, const char *pattern);

/* PATH is the part that is settled; REST what is still to be matched below it, or "". */
static void match_path(struct match *match, const char *path, const char *rest)
{
	if (*rest) {
		match_from(match, path, rest);
		return;
	}
	int fd = beneath_open(match->root, path, O_PATH);
	if (fd < 0)
		return;
	close(fd);
	match->any = true;
	if (match->found)
		match->found(match->context, path);
}

static bool is_named(const char *name, const char *part)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       fnmatch(part, name, FNM_PERIOD) == 0;
}

static void match_names(struct match *match, const char *folder, const char *part, const char *rest)
{
	struct dirent **names = NULL;
	char path[PATH_MAX];
	int n = beneath_list(match->root, *folder ? folder : "/", NULL, &names);

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (is_named(name, part) &&
			snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path))
			match_path(match, path, rest);
		free(names[i]);
	}
	free(names);
}

/* PATTERN begins with a slash. */
static void match_from(struct match *match, const char *folder, const char *pattern)
{
	const char *begin = pattern + strspn(pattern, "/");
	size_t len = strcspn(begin, "/");
	char part[NAME_MAX + 1], path[PATH_MAX];

	if (len >= sizeof(part))
		return;
	snprintf(part, sizeof(part), "%.*s", (int)len, begin);
	if (strpbrk(part, "*?[\\"))
		match_names(match, folder, part, begin + len);
	else if (snprintf(path, sizeof(path), "%s/%s", folder, part) < (int)sizeof(path))
		match_path(match, path, begin + len);
}

bool beneath_match(const char *root, const char *pattern,
	void (*found)(void *context, const char *path), void *context)
{
	struct match match = {.root = root, .found = found, .context = context};

	match_from(&match, "", pattern);
	return match.any;
}
