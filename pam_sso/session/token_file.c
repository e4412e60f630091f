#include "token_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "dir.h"
#include "local_user.h"
#include "record.h"

enum {
	TOKENS_MODE = 0711,
	FILE_MODE = 0400,
};

static int close_with(int fd, int r)
{
	close(fd);
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
	int r = dir_write_all(fd, bytes);

	if (r < 0)
		return r;
	if (futimens(fd, times) < 0 || fchmod(fd, FILE_MODE) < 0 ||
		fchown(fd, nature->uid, nature->gid) < 0)
		return -errno;
	return 0;
}

/* Rule 2. RENAME_EXCHANGE finds the earlier file there, or fails: so a renewal never brings back
 * what a logout has just removed. */
static int replace(int dir, const char *id, const struct buf *bytes, const struct nature *nature,
	unsigned int rename_flags)
{
	char draft[DIR_DRAFT];
	int r = dir_draft_name(id, draft);

	if (r < 0)
		return r;
	int fd = dir_new_file(dir, draft);
	if (fd < 0)
		return fd;
	r = close_with(fd, fill(fd, bytes, nature));
	if (r == 0 && renameat2(dir, draft, dir, id, rename_flags) < 0)
		r = -errno;
	if (r == 0 && !rename_flags)
		return 0;
	return unlinkat(dir, draft, 0) < 0 && r == 0 ? -errno : r;
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

static int write_file(
	const struct config *config, const struct session *session, unsigned int rename_flags)
{
	const char *directory = config->session.token_directory;

	if (!config->session.access_token_file)
		return 0;
	if (!session_id_valid(session->id))
		return -EINVAL;
	if (!secret_present(&session->access_token))
		return token_file_remove(config, session->id);
	int dir = rename_flags ? dir_open(directory, TOKENS_MODE)
			       : dir_make(directory, TOKENS_MODE);
	return dir < 0 ? dir : close_with(dir, put(dir, session, rename_flags));
}

int token_file_write(const struct config *config, const struct session *session)
{
	return write_file(config, session, 0);
}

int token_file_renew(const struct config *config, const struct session *session)
{
	int r = write_file(config, session, RENAME_EXCHANGE);

	return r == -ENOENT ? 0 : r;
}

char *token_file_path(const struct config *config, const char *id)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", config->session.token_directory, id) < 0 ? NULL : path;
}

/* What a writer that is gone left of that session. */
static void sweep(int dir, const char *id)
{
	STRLIST_AUTO(names);

	if (dir_list(dir, &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		if (strncmp(names.items[i], id, SESSION_ID) == 0)
			dir_sweep_draft(dir, names.items[i]);
}

/* Opens the directory with nothing of a dead writer of that session in it. -ENOENT: there is none. */
static int open_swept(const struct config *config, const char *id)
{
	if (!session_id_valid(id))
		return -EINVAL;
	int dir = dir_open(config->session.token_directory, TOKENS_MODE);
	if (dir >= 0)
		sweep(dir, id);
	/* Where others may put theirs, none of ours was written. */
	return dir == -EPERM && !config->session.access_token_file ? -ENOENT : dir;
}

int token_file_remove(const struct config *config, const char *id)
{
	int dir = open_swept(config, id);

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	return close_with(dir, dir_remove(dir, id));
}

/* Puts back what was set aside, unless there is another by now. */
static int put_back(int dir, const char *aside, const char *id)
{
	if (renameat2(dir, aside, dir, id, RENAME_NOREPLACE) == 0)
		return 0;
	return errno == EEXIST ? dir_remove(dir, aside) : -errno;
}

int token_file_remove_if(const struct config *config, const char *id,
	bool (*is_over)(const void *context), const void *context)
{
	char aside[DIR_DRAFT];
	int dir = open_swept(config, id);

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	int r = dir_draft_name(id, aside);
	if (r == 0 && renameat2(dir, id, dir, aside, RENAME_NOREPLACE) < 0)
		r = -errno;
	if (r == 0)
		r = is_over(context) ? dir_remove(dir, aside) : put_back(dir, aside, id);
	return close_with(dir, r == -ENOENT ? 0 : r);
}
