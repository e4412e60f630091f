#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "dir.h"
#include "fd.h"
#include "origin.h"
#include "siphash.h"

enum {
	LOCK_POLL_MS = 5, /* fcntl(2) waits for ever or not at all */
	BLOCK = 32,       /* places that are looked at in one go */
	WHO_MAX = 1024,   /* bytes of what a number stands for */
};

/* The bytes of the file that are locked: one for the table, one for each place. */
enum { BYTE_TABLE, BYTE_PLACES };

static const char magic[8] = "sso-lim1";

struct file {
	char magic[sizeof(magic)];
	unsigned char key[SIPHASH_KEY]; /* of the numbers, so that nobody can choose one */
	struct admit_table table;
};

static struct flock bytes(short type, size_t first, size_t n)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)first, .l_len = (off_t)n};
}

static int lock_byte(int fd, size_t byte)
{
	struct flock lock = bytes(F_WRLCK, byte, 1);

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	return errno == EACCES || errno == EINTR ? -EAGAIN : -errno;
}

static void unlock_table(int fd)
{
	struct flock lock = bytes(F_UNLCK, BYTE_TABLE, 1);

	(void)fcntl(fd, F_OFD_SETLK, &lock);
}

static int lock_table(int fd)
{
	int64_t deadline = clock_monotonic_ms() + PLACE_LOCK_MS;

	for (;;) {
		int r = lock_byte(fd, BYTE_TABLE);
		int left = clock_poll_timeout(deadline);

		if (r != -EAGAIN)
			return r;
		if (left == 0)
			return -ETIMEDOUT;
		poll(NULL, 0, left < LOCK_POLL_MS ? left : LOCK_POLL_MS);
	}
}

/* Whether somebody else holds one of N places. Returns 1, 0 or a negative errno. */
static int is_held(int fd, size_t first, size_t n)
{
	struct flock lock = bytes(F_WRLCK, BYTE_PLACES + first, n);

	if (fcntl(fd, F_OFD_GETLK, &lock) < 0)
		return -errno;
	return lock.l_type != F_UNLCK;
}

/* Where nobody is in a block, one question tells. HELD is false throughout before. */
static int look_at_block(int fd, size_t first, bool held[ADMIT_PLACES])
{
	int r = is_held(fd, first, BLOCK);

	for (size_t i = first; i < first + BLOCK && r > 0; i++) {
		int one = is_held(fd, i, 1);

		if (one < 0)
			return one;
		held[i] = one > 0;
	}
	return r < 0 ? r : 0;
}

static int look_who_holds(int fd, bool held[ADMIT_PLACES])
{
	int r = 0;

	for (size_t first = 0; first < ADMIT_PLACES && r == 0; first += BLOCK)
		r = look_at_block(fd, first, held);
	return r;
}

/* A new table, by rule 4. The magic is written last: before that, it is none. */
static int make(int fd, struct file *file)
{
	memset(file, 0, sizeof(*file));
	if (getrandom(file->key, sizeof(file->key), 0) != (ssize_t)sizeof(file->key))
		return errno ? -errno : -EIO;
	int r = dir_clear(fd, sizeof(*file));
	if (r == 0)
		r = dir_write_at(fd, file, sizeof(*file), 0);
	if (r == 0)
		r = dir_write_at(fd, magic, sizeof(magic), offsetof(struct file, magic));
	return r;
}

/* Reads the table, or makes it anew. */
static int load(int fd, struct file *file, bool *ret_anew)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == (off_t)sizeof(*file)) {
		ssize_t got = pread(fd, file, sizeof(*file), 0);

		if (got != (ssize_t)sizeof(*file))
			return got < 0 ? -errno : -EIO;
		if (memcmp(file->magic, magic, sizeof(magic)) == 0)
			return 0;
	}
	*ret_anew = st.st_size != 0;
	return make(fd, file);
}

static int store(int fd, const struct file *file, const struct admission *admission)
{
	const struct admit_who *place = &file->table.places[admission->place];
	int r = dir_write_at(
		fd, place, sizeof(*place), (size_t)((const char *)place - (const char *)file));

	for (size_t i = 0; i < admission->n_buckets && r == 0; i++) {
		const struct admit_bucket *bucket = &file->table.buckets[admission->buckets[i]];

		r = dir_write_at(fd, bucket, sizeof(*bucket),
			(size_t)((const char *)bucket - (const char *)file));
	}
	return r;
}

/* The number that stands for these bytes; never 0. */
static int number_of(const struct file *file, const struct buf *what, uint64_t *ret)
{
	int r = buf_error(what);

	if (r < 0)
		return r;
	*ret = siphash(file->key, what->data, what->len);
	if (*ret == 0)
		*ret = 1;
	return 0;
}

static int look_who(
	const struct file *file, const struct place_request *request, struct admit_who *ret)
{
	unsigned char origin[ORIGIN_MAX];
	BUF_AUTO(user, WHO_MAX);
	BUF_AUTO(address, WHO_MAX);
	BUF_AUTO(pair, 2 * WHO_MAX);

	*ret = (struct admit_who){0};
	(void)buf_printf(&user, "user %s", request->user);
	int r = number_of(file, &user, &ret->by[ADMIT_BY_USER]);
	if (r < 0 || !request->rhost)
		return r;
	size_t len = origin_read(request->rhost, origin);
	(void)buf_puts(&address, "address ");
	(void)buf_add(&address, origin, len);
	(void)buf_printf(&pair, "pair %s ", request->user);
	(void)buf_add(&pair, address.data, address.len);
	r = number_of(file, &address, &ret->by[ADMIT_BY_ADDRESS]);
	return r < 0 ? r : number_of(file, &pair, &ret->by[ADMIT_BY_PAIR]);
}

static int decide(int fd, struct file *file, bool held[ADMIT_PLACES],
	const struct place_request *request, struct place_answer *answer)
{
	struct admit_who who;
	int64_t now = clock_monotonic_ms();
	int r = now < 0 ? -EIO : load(fd, file, &answer->anew);

	if (r == 0)
		r = look_who(file, request, &who);
	if (r == 0)
		r = look_who_holds(fd, held);
	if (r < 0)
		return r;
	answer->admission = admit(&file->table, held, request->rules, &who, now * 1000);
	if (answer->admission.verdict != ADMIT_YES)
		return 0;
	r = store(fd, file, &answer->admission);
	return r < 0 ? r : lock_byte(fd, BYTE_PLACES + answer->admission.place);
}

/* Rule 1. What a terminal sends does not stop who holds the table. */
static int decide_locked(int fd, struct file *file, bool held[ADMIT_PLACES],
	const struct place_request *request, struct place_answer *answer)
{
	sigset_t all, before;

	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return -EINVAL;
	int r = lock_table(fd);
	if (r == 0) {
		r = decide(fd, file, held, request, answer);
		unlock_table(fd);
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int open_table(const struct place_request *request)
{
	int dir = dir_make(request->directory, DIR_MODE);

	if (dir < 0)
		return dir;
	int fd = dir_open_shared(dir, request->table);
	close(dir);
	if (fd < 0)
		return fd;
	fd = fd_lift(fd, STDERR_FILENO + 1);
	return fd < 0 ? -errno : fd;
}

int place_take(
	const struct place_request *request, struct place *ret, struct place_answer *ret_answer)
{
	*ret_answer = (struct place_answer){0};
	int fd = open_table(request);
	if (fd < 0)
		return fd;
	struct file *file = malloc(sizeof(*file));
	bool *held = calloc(ADMIT_PLACES, sizeof(*held));
	int r = file && held ? decide_locked(fd, file, held, request, ret_answer) : -ENOMEM;
	free(held);
	free(file);
	if (r < 0 || ret_answer->admission.verdict != ADMIT_YES)
		close(fd);
	else
		ret->fd = fd;
	return r;
}

void place_leave(struct place *place)
{
	if (place->fd >= 0)
		close(place->fd);
	place->fd = -1;
}
