/*
 * A file is two records (record.h): its version, and the session. `ID.lock` beside it is the lock.
 */
#include "store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "dir.h"

enum { LOCK_POLL_MS = 20 }; /* flock(2) waits for ever or not at all */

#define LOCK_SUFFIX ".lock"

static const struct record_key head_vocabulary[] = {{"version", false}, {NULL, false}};

/* Returns how many bytes the first record takes, or a negative errno. */
static int parse_head(const struct buf *bytes, int64_t *ret_version)
{
	RECORD_AUTO(head);
	int size = record_parse(buf_str(bytes), bytes->len, head_vocabulary, &head);

	if (size < 0)
		return size;
	if (size == 0 || record_get_int(head, "version", 1, INT64_MAX, ret_version) < 0)
		return -EBADMSG;
	return size;
}

int store_file_get(int dir, const char *id, struct session *ret)
{
	BUF_AUTO(bytes, RECORD_MAX);
	int64_t version = 0;
	int r = dir_read(dir, id, &bytes);

	if (r < 0)
		return r;
	int size = parse_head(&bytes, &version);
	if (size < 0)
		return size;
	r = session_parse(buf_str(&bytes) + size, bytes.len - (size_t)size, ret);
	if (r == 0)
		ret->version = version;
	return r;
}

/* What is no session has no version. */
static int stored_version(int dir, const char *id, int64_t *ret)
{
	SESSION_AUTO(session);
	int r = store_file_get(dir, id, &session);

	if (r == -ENOMEM)
		return r;
	*ret = r < 0 ? 0 : session.version;
	return 0;
}

int store_file_put(int dir, struct session *session)
{
	BUF_AUTO(bytes, RECORD_MAX);
	int64_t stands = 0;
	int r = stored_version(dir, session->id, &stands);

	if (r < 0)
		return r;
	if (stands != session->version || stands == INT64_MAX)
		return -ESTALE;
	(void)buf_printf(&bytes, "version=%" PRId64 "\n\n", stands + 1);
	r = session_format(session, &bytes);
	if (r == 0)
		r = dir_replace(dir, session->id, &bytes);
	if (r == 0)
		session->version = stands + 1;
	return r;
}

int store_file_remove(int dir, const char *id)
{
	return dir_remove(dir, id);
}

/* Whether NAME still is the file in hand. */
static bool is_named(int dir, int fd, const char *name)
{
	struct stat st, named;

	return fstat(fd, &st) == 0 && fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == named.st_dev && st.st_ino == named.st_ino;
}

static int open_lock(int dir, const char *name)
{
	int fd = dir_open_file(dir, name);

	return fd == -ENOENT ? dir_new_file(dir, name) : fd;
}

static int close_with(int fd, int r)
{
	close(fd);
	return r;
}

/* -EAGAIN: somebody has it, or it is one that was just removed or made by somebody. */
static int try_lock(int dir, const char *name)
{
	int fd = open_lock(dir, name);

	if (fd < 0)
		return fd == -EEXIST ? -EAGAIN : fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return close_with(fd, errno == EINTR ? -EAGAIN : -errno);
	return is_named(dir, fd, name) ? fd : close_with(fd, -EAGAIN);
}

int store_file_lock(int dir, const char *id, int64_t deadline)
{
	char name[DIR_NAME];

	snprintf(name, sizeof(name), "%s" LOCK_SUFFIX, id);
	for (;;) {
		int lock = try_lock(dir, name);
		int left = clock_poll_timeout(deadline);

		if (lock != -EAGAIN)
			return lock;
		if (left == 0)
			return -ETIMEDOUT;
		poll(NULL, 0, left < LOCK_POLL_MS ? left : LOCK_POLL_MS);
	}
}

void store_file_unlock(int lock)
{
	close(lock);
}

static bool exists(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

/* Held while it is removed, so nobody has it; and who opened it before finds out in try_lock() that
 * it has no name any more. */
static void sweep_lock(int dir, const char *id, const char *name)
{
	if (exists(dir, id))
		return;
	int lock = try_lock(dir, name);
	if (lock < 0)
		return;
	unlinkat(dir, name, 0);
	store_file_unlock(lock);
}

/* Rule 6. NAME is an id and something behind it, or nothing of ours. */
static void sweep(int dir, const char *name)
{
	char id[SESSION_ID + 1] = "";

	if (strlen(name) <= SESSION_ID || name[SESSION_ID] != '.')
		return;
	memcpy(id, name, SESSION_ID);
	if (!session_id_valid(id))
		return;
	if (strcmp(name + SESSION_ID, LOCK_SUFFIX) == 0)
		sweep_lock(dir, id, name);
	else
		dir_sweep_draft(dir, name);
}

int store_file_list(int dir, struct strlist *ret_ids)
{
	STRLIST_AUTO(names);
	STRLIST_AUTO(ids);
	int r = dir_list(dir, &names);

	for (size_t i = 0; i < names.n && r == 0; i++)
		if (session_id_valid(names.items[i]))
			r = strlist_add(&ids, names.items[i]);
		else
			sweep(dir, names.items[i]);
	if (r < 0)
		return r;
	*ret_ids = ids;
	ids = (struct strlist){0};
	return 0;
}
