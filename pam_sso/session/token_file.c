#include "token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "local_user.h"
#include "process.h"
#include "record.h"

enum {
	DIR_MODE = 0711,
	FILE_MODE = 0400,
};

/* Room for the longest name: an id, a dot and the writer. */
#define NAME_SIZE (SESSION_ID + 1 + PROCESS_TEXT)

static int close_with(int fd, int r)
{
	close(fd);
	return r;
}

/* Rule 1, of the descriptor in hand. */
static int check_dir(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? 0 : -EPERM;
}

/* Opens the directory; -ENOENT where there is none. */
static int dir_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int r = check_dir(fd);
	return r < 0 ? close_with(fd, r) : fd;
}

/* The same, made where it is missing: the umask, and a set-group-id bit above, do not decide. */
static int dir_make(const char *path)
{
	bool made = mkdir(path, DIR_MODE) == 0;

	if (!made && errno != EEXIST)
		return -errno;
	int fd = dir_open(path);
	if (fd >= 0 && made && fchmod(fd, DIR_MODE) < 0)
		return close_with(fd, -errno);
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

/* What a file is, beside its bytes. */
struct nature {
	uid_t uid;
	gid_t gid;
	int64_t expires;
};

/* The person has it last, when there is nothing left to do to it. */
static int fill(int fd, const struct buf *bytes, const struct nature *nature)
{
	const struct timespec times[] = {
		{.tv_nsec = UTIME_OMIT},
		{.tv_sec = (time_t)(nature->expires > 0 ? nature->expires : 0)},
	};
	int r = write_all(fd, bytes);

	if (r < 0)
		return r;
	if (futimens(fd, times) < 0 || fchmod(fd, FILE_MODE) < 0 ||
		fchown(fd, nature->uid, nature->gid) < 0)
		return -errno;
	return 0;
}

/* The writer's file is named for the session and the writer, so that two never share one. */
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

/* Rule 2. Without a token, there is none to read. RENAME_EXCHANGE finds the earlier file there, or
 * fails: so a renewal never brings back what a logout has just removed. */
static int replace(int dir, const char *id, const struct buf *bytes, const struct nature *nature,
	unsigned int rename_flags)
{
	char name[NAME_SIZE];
	int r = writer_name(id, name);

	if (r < 0)
		return r;
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = close_with(fd, fill(fd, bytes, nature));
	if (r == 0 && renameat2(dir, name, dir, id, rename_flags) < 0)
		r = -errno;
	if (r == 0 && !rename_flags)
		return 0;
	return unlinkat(dir, name, 0) < 0 && r == 0 ? -errno : r;
}

static int nature_of(const struct session *session, struct nature *ret)
{
	LOCAL_USER_AUTO(entry);
	int r = local_user_find(session->user, &entry);

	if (r < 0)
		return r;
	if (!entry.user.exists)
		return -ESRCH;
	*ret = (struct nature){
		.uid = entry.user.uid, .gid = entry.gid, .expires = session->access_ends};
	return 0;
}

static int put(int dir, const struct session *session, unsigned int rename_flags)
{
	BUF_AUTO(bytes, RECORD_MAX);
	struct nature nature;
	int r = nature_of(session, &nature);

	if (r < 0)
		return r;
	buf_puts(&bytes, secret_reveal(&session->access_token));
	buf_puts(&bytes, "\n");
	r = buf_error(&bytes);
	return r < 0 ? r : replace(dir, session->id, &bytes, &nature, rename_flags);
}

int token_file_write(const struct config *config, const struct session *session)
{
	if (!config->session.access_token_file)
		return 0;
	if (!session_id_valid(session->id))
		return -EINVAL;
	if (!secret_present(&session->access_token))
		return token_file_remove(config, session->id);
	int dir = dir_make(config->session.token_directory);
	return dir < 0 ? dir : close_with(dir, put(dir, session, 0));
}

int token_file_renew(const struct config *config, const struct session *session)
{
	if (!config->session.access_token_file)
		return 0;
	if (!session_id_valid(session->id))
		return -EINVAL;
	if (!secret_present(&session->access_token))
		return token_file_remove(config, session->id);
	int dir = dir_open(config->session.token_directory);
	int r = dir < 0 ? dir : close_with(dir, put(dir, session, RENAME_EXCHANGE));
	return r == -ENOENT ? 0 : r;
}

char *token_file_path(const struct config *config, const char *id)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", config->session.token_directory, id) < 0 ? NULL : path;
}

int token_file_remove(const struct config *config, const char *id)
{
	if (!session_id_valid(id))
		return -EINVAL;
	int dir = dir_open(config->session.token_directory);
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	int r = unlinkat(dir, id, 0) < 0 && errno != ENOENT ? -errno : 0;
	return close_with(dir, r);
}
