#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "count.h"

/* The descriptor in hand is checked, so what is read is what was checked. */
static int check(int fd, enum file_secrecy secrecy)
{
	mode_t refused = secrecy == FILE_PUBLIC ? S_IWGRP | S_IWOTH : S_IRWXG | S_IRWXO;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return -EPERM;
	return (st.st_mode & refused) ? -EPERM : 0;
}

int file_read_fd(int fd, struct buf *out)
{
	char chunk[4096];
	ssize_t got;
	int r = 0;

	do {
		got = read(fd, chunk, sizeof(chunk));
		if (got > 0)
			r = buf_add(out, chunk, (size_t)got);
		else if (got < 0 && errno != EINTR)
			r = -errno;
	} while (got != 0 && r == 0);
	explicit_bzero(chunk, sizeof(chunk));
	return r;
}

int file_read(const char *path, enum file_secrecy secrecy, struct buf *out)
{
	if (*path != '/')
		return -EINVAL;
	/* O_NONBLOCK: a FIFO opens at once, and is then refused. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = check(fd, secrecy);
	if (r == 0)
		r = file_read_fd(fd, out);
	close(fd);
	if (r < 0)
		buf_free(out);
	return r;
}

const char *file_error_text(int error)
{
	static const struct {
		int error;
		const char *text;
	} texts[] = {
		{-ENOENT, "does not exist"},
		{-EACCES, "may not be read by this process"},
		{-ELOOP, "is a symbolic link"},
		{-EPERM, "belongs to another user, or its mode is too wide"},
		{-EINVAL, "is not a regular file with an absolute path"},
		{-EMSGSIZE, "is too large"},
		{-ENOMEM, "does not fit into memory"},
	};

	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].error == error)
			return texts[i].text;
	return "cannot be read";
}

enum reason file_reason(int error)
{
	if (error == -ENOMEM)
		return REASON_NO_MEMORY;
	return error == -EACCES && geteuid() != 0 ? REASON_UNPRIVILEGED : REASON_CONFIG;
}
