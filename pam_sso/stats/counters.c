#include "counters.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "dir.h"
#include "strlist.h"

/* Rule 3. */
static int check_place(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == TMPFS_MAGIC ? 0 : -ENOTSUP;
}

/* Rule 3. Returns -EINVAL for a file that cannot be a tally, by its size. */
static int check_file(int fd)
{
	struct stat st;
	int r = check_place(fd);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	bool whole = st.st_size == (off_t)sizeof(struct tally) && st.st_blocks * 512 >= st.st_size;
	return whole ? 0 : -EINVAL;
}

/* Closes the descriptor. */
static int map(int fd, int protection, struct tally **ret)
{
	int r = check_file(fd);
	void *at = r < 0 ? MAP_FAILED
			 : mmap(NULL, sizeof(struct tally), protection, MAP_SHARED, fd, 0);

	if (r == 0 && at == MAP_FAILED)
		r = -errno;
	close(fd);
	if (r < 0)
		return r;
	if (!tally_is_ours(at)) {
		munmap(at, sizeof(struct tally));
		return -EINVAL;
	}
	*ret = at;
	return 0;
}

static int open_and_map(int dir, struct tally **ret)
{
	int fd = dir_open_to_change(dir, COUNTERS_NAME);

	return fd < 0 ? fd : map(fd, PROT_READ | PROT_WRITE, ret);
}

/* Who was killed while making the file left a draft. */
static void sweep(int dir)
{
	STRLIST_AUTO(names);

	if (dir_list(dir, &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		dir_sweep_draft(dir, names.items[i]);
}

/* Where it is missing, the first one stands: others may count in it already. */
static int make(int dir, bool missing)
{
	BUF_AUTO(bytes, sizeof(struct tally));
	struct tally tally;
	int r = check_place(dir);

	if (r < 0)
		return r;
	sweep(dir);
	tally_begin(&tally);
	r = buf_add(&bytes, &tally, sizeof(tally));
	if (r == 0)
		r = missing ? dir_add(dir, COUNTERS_NAME, &bytes)
			    : dir_replace(dir, COUNTERS_NAME, &bytes);
	return r == -EEXIST ? 0 : r;
}

/* Rule 2: not root's plain file, or not of this size or shape. */
static bool is_foreign(int r)
{
	return r == -EPERM || r == -EINVAL || r == -ELOOP || r == -ENXIO;
}

int counters_open(const char *directory, struct tally **ret)
{
	int dir = dir_make(directory, DIR_MODE);

	if (dir < 0)
		return dir;
	int r = open_and_map(dir, ret);
	if (r == -ENOENT || is_foreign(r)) {
		r = make(dir, r == -ENOENT);
		if (r == 0)
			r = open_and_map(dir, ret);
	}
	close(dir);
	return r;
}

int counters_read(const char *directory, struct tally *ret)
{
	struct tally *tally = NULL;
	int dir = dir_open(directory, DIR_MODE);

	if (dir < 0)
		return dir;
	int fd = dir_open_file(dir, COUNTERS_NAME);
	close(dir);
	int r = fd < 0 ? fd : map(fd, PROT_READ, &tally);
	if (r < 0)
		return fd < 0 && is_foreign(r) ? -EINVAL : r;
	tally_copy(tally, ret);
	counters_close(tally);
	return 0;
}

void counters_close(struct tally *tally)
{
	if (tally)
		munmap(tally, sizeof(*tally));
}

const char *counters_error_text(int r)
{
	switch (r) {
	case -EPERM: return "it, or one above it, is another user's, or has a wider mode";
	case -ENOTSUP: return "it is not on tmpfs";
	case -EINVAL: return "what stands there is not of this version's making";
	default: return strerrordesc_np(-r);
	}
}
