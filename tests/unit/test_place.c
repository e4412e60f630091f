/* Places where processes agree: real ones, that come, go, die and are stopped. */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "place.h"
#include "scratch.h"

enum { TABLE_BYTES = 57368 };

/* At 1, the process ends instead of writing, or has the disk full. 0: never. */
static int die_at, full_at;

static ssize_t (*real_pwrite(void))(int, const void *, size_t, off_t)
{
	return (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	if (die_at > 0 && --die_at == 0)
		_exit(0);
	if (full_at > 0 && --full_at == 0) {
		errno = ENOSPC;
		return -1;
	}
	return real_pwrite()(fd, bytes, size, offset);
}

static int setup(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	assert_non_null(scratch);
	scratch_begin(scratch);
	*state = scratch;
	return 0;
}

static int teardown(void **state)
{
	scratch_end(*state);
	free(*state);
	return 0;
}

static const struct admit_rules three = {.pending = {[ADMIT_BY_USER] = 3}, .window_us = 1};

/* Takes a place in DIRECTORY's table. */
static int take_in(const char *directory, const char *user, const char *rhost, struct place *ret,
	bool *ret_anew)
{
	struct place_answer answer;
	const struct place_request request = {.directory = directory,
		.table = "network",
		.rules = &three,
		.user = user,
		.rhost = rhost};
	int r = place_take(&request, ret, &answer);

	if (ret_anew)
		*ret_anew = answer.anew;
	assert_int_equal(ret->fd >= 0, r == 0 && answer.admission.verdict == ADMIT_YES);
	return r;
}

/* Returns whether there was a place for USER. */
static bool take(struct scratch *scratch, const char *user, struct place *ret)
{
	char directory[128];

	snprintf(directory, sizeof(directory), "%s/limits", scratch->path);
	assert_int_equal(take_in(directory, user, NULL, ret, NULL), 0);
	return ret->fd >= 0;
}

static bool has_room(struct scratch *scratch, const char *user)
{
	PLACE_AUTO(place);

	return take(scratch, user, &place);
}

/* How many have a place at most, and what else they tell each other. */
struct shared {
	int taken, refused;
};

static struct shared *share(void)
{
	void *memory = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	return memory;
}

/* A process that takes a place for alice, and waits to be killed. */
static pid_t start_holder(struct scratch *scratch, struct shared *shared)
{
	pid_t pid = fork();

	if (pid == 0) {
		PLACE_AUTO(place);

		alarm(120);
		__atomic_add_fetch(
			take(scratch, "alice", &place) ? &shared->taken : &shared->refused, 1,
			__ATOMIC_SEQ_CST);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	return pid;
}

static void end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void taken_and_given_back(void **state)
{
	PLACE_AUTO(one);
	PLACE_AUTO(two);
	PLACE_AUTO(other);

	for (int round = 0; round < 50; round++) {
		PLACE_AUTO(three_at_most);

		assert_true(take(*state, "alice", &one));
		assert_true(take(*state, "alice", &two));
		assert_true(take(*state, "alice", &three_at_most));
		assert_false(has_room(*state, "alice"));
		assert_true(take(*state, "bob", &other));
		place_leave(&two);
		assert_true(take(*state, "alice", &two));
		assert_false(has_room(*state, "alice"));
		place_leave(&one);
		place_leave(&two);
		place_leave(&other);
	}
}

/* Forty at once: as many as the limit says, and each that is killed makes room for one. */
static void processes_agree(void **state)
{
	enum { MANY = 40 };
	struct shared *shared = share();
	pid_t pids[MANY];

	for (int i = 0; i < MANY; i++)
		pids[i] = start_holder(*state, shared);
	while (__atomic_load_n(&shared->taken, __ATOMIC_SEQ_CST) +
			__atomic_load_n(&shared->refused, __ATOMIC_SEQ_CST) <
		MANY)
		usleep(1000);
	assert_int_equal(shared->taken, 3);
	assert_false(has_room(*state, "alice"));
	for (int i = 0; i < MANY; i++)
		end(pids[i]);
	assert_true(has_room(*state, "alice"));
	munmap(shared, sizeof(*shared));
}

static void *take_in_thread(void *state)
{
	static __thread struct place place;

	place.fd = -1;
	bool taken = take(state, "alice", &place);
	usleep(200 * 1000);
	place_leave(&place);
	return taken ? state : NULL;
}

/* Threads of one process are as many sign-ins. */
static void threads_are_counted_each(void **state)
{
	pthread_t threads[10];
	int taken = 0;
	PLACE_AUTO(place);
	PLACE_AUTO(other);
	PLACE_AUTO(last);

	assert_true(take(*state, "alice", &place));
	assert_true(take(*state, "alice", &other));
	assert_true(take(*state, "alice", &last));
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_in_thread, *state), 0);
	for (size_t i = 0; i < 10; i++) {
		void *had = NULL;

		assert_int_equal(pthread_join(threads[i], &had), 0);
		taken += had != NULL;
	}
	assert_int_equal(taken, 0);
}

/* The program that is started meanwhile does not hold the place on. */
static void a_child_does_not_inherit_it(void **state)
{
	PLACE_AUTO(place);

	assert_true(take(*state, "alice", &place));
	assert_true(fcntl(place.fd, F_GETFD) & FD_CLOEXEC);
	assert_true(place.fd > STDERR_FILENO);
}

/* Who was stopped with the table in hand keeps the others out, for a moment each, and no longer than
 * that. */
static void a_holder_that_is_stopped(void **state)
{
	char directory[128], path[160];
	int tube[2];
	char byte;
	PLACE_AUTO(place);

	snprintf(directory, sizeof(directory), "%s/limits", ((struct scratch *)*state)->path);
	snprintf(path, sizeof(path), "%s/network", directory);
	assert_true(has_room(*state, "alice"));
	assert_int_equal(pipe(tube), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct flock lock = {.l_type = F_WRLCK, .l_len = 1};
		int fd = open(path, O_RDWR | O_CLOEXEC);

		alarm(120);
		if (fcntl(fd, F_OFD_SETLK, &lock) < 0 || write(tube[1], "", 1) != 1)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(read(tube[0], &byte, 1), 1);
	close(tube[0]);
	close(tube[1]);
	assert_int_equal(take_in(directory, "alice", NULL, &place, NULL), -ETIMEDOUT);
	end(pid);
	assert_int_equal(take_in(directory, "alice", NULL, &place, NULL), 0);
	assert_true(place.fd >= 0);
}

/* Dying at any write leaves a table that is good, and no place taken. */
static void dying_at_any_write(void **state)
{
	for (int first = 1; first >= 0; first--) {
		int n = 1;

		for (;; n++) {
			PLACE_AUTO(place);
			pid_t pid = fork();
			int status;

			if (pid == 0) {
				if (first)
					(void)unlink(scratch_path(*state, "limits/network"));
				die_at = n;
				_exit(take(*state, "alice", &place) ? 1 : 2);
			}
			assert_int_equal(waitpid(pid, &status, 0), pid);
			assert_true(WIFEXITED(status));
			assert_true(take(*state, "alice", &place));
			assert_true(has_room(*state, "alice"));
			if (WEXITSTATUS(status) == 1)
				break;
		}
		assert_int_equal(n, first ? 4 : 2); /* key, magic, place */
	}
}

/* A disk that is full, whichever write finds it so. */
static void a_full_disk(void **state)
{
	char directory[128];

	snprintf(directory, sizeof(directory), "%s/limits", ((struct scratch *)*state)->path);
	for (int n = 1; n <= 3; n++) {
		PLACE_AUTO(place);

		full_at = n;
		assert_int_equal(take_in(directory, "alice", NULL, &place, NULL), -ENOSPC);
		assert_int_equal(full_at, 0);
		(void)unlink(scratch_path(*state, "limits/network"));
	}
	assert_true(has_room(*state, "alice"));
}

/* What fills the disk later takes nothing from a table that is there. */
static void a_table_has_its_room(void **state)
{
	struct stat st;

	assert_true(has_room(*state, "alice"));
	assert_int_equal(stat(scratch_path(*state, "limits/network"), &st), 0);
	assert_int_equal(st.st_size, TABLE_BYTES);
	assert_true(st.st_blocks * 512 >= TABLE_BYTES);
}

/* The host is not sent SIGXFSZ. */
static void a_limit_of_the_process(void **state)
{
	const struct rlimit low = {100, RLIM_INFINITY};
	struct rlimit before;
	char directory[128];
	PLACE_AUTO(place);

	snprintf(directory, sizeof(directory), "%s/limits", ((struct scratch *)*state)->path);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	int r = take_in(directory, "alice", NULL, &place, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(r, -EFBIG);
}

static void fill(const char *path, size_t size, int byte)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		fputc(byte < 0 ? rand() : byte, file);
	assert_int_equal(fclose(file), 0);
}

/* What is no table is made anew, and told; one of the right size is made of what was there. */
static void what_is_no_table(void **state)
{
	static const struct {
		size_t size;
		int byte; /* -1: any */
	} rows[] = {{1, 'x'}, {TABLE_BYTES, 0}, {TABLE_BYTES, 0xff}, {TABLE_BYTES, -1},
		{TABLE_BYTES - 1, -1}, {TABLE_BYTES + 1, -1}, {1 << 20, 'x'}};
	char directory[128];
	struct stat st;
	bool anew;

	snprintf(directory, sizeof(directory), "%s/limits", ((struct scratch *)*state)->path);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		PLACE_AUTO(place);
		PLACE_AUTO(next);

		assert_true(has_room(*state, "alice"));
		fill(scratch_path(*state, "limits/network"), rows[i].size, rows[i].byte);
		assert_int_equal(take_in(directory, "alice", "::1", &place, &anew), 0);
		if (!anew || place.fd < 0)
			fail_msg("row %zu", i);
		assert_int_equal(stat(scratch_path(*state, "limits/network"), &st), 0);
		assert_int_equal(st.st_size, TABLE_BYTES);
		assert_int_equal(take_in(directory, "alice", "::1", &next, &anew), 0);
		assert_false(anew);
	}
}

static void plant_link(struct scratch *scratch, const char *path)
{
	scratch_write(scratch, "target", 0600, "precious");
	assert_int_equal(symlink(scratch_path(scratch, "target"), path), 0);
}

static void plant_hard_link(struct scratch *scratch, const char *path)
{
	const char *target = scratch_write(scratch, "target", 0600, "precious");

	assert_int_equal(link(target, path), 0);
}

static void plant_dangling_link(struct scratch *scratch, const char *path)
{
	assert_int_equal(symlink(scratch_path(scratch, "nowhere"), path), 0);
}

static void plant_fifo(struct scratch *scratch, const char *path)
{
	(void)scratch;
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void plant_directory(struct scratch *scratch, const char *path)
{
	(void)scratch;
	assert_int_equal(mkdir(path, 0700), 0);
}

static void plant_readable(struct scratch *scratch, const char *path)
{
	(void)scratch;
	fill(path, 1, 'x');
	assert_int_equal(chmod(path, 0604), 0);
}

static void plant_anothers(struct scratch *scratch, const char *path)
{
	(void)scratch;
	fill(path, 1, 'x');
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chown(path, 65534, 0), geteuid() == 0 ? 0 : -1);
	if (geteuid() != 0)
		assert_int_equal(chmod(path, 0640), 0);
}

/* Not followed, not waited for, not written to. */
static void what_is_planted(void **state)
{
	static void (*const plants[])(struct scratch *scratch, const char *path) = {plant_link,
		plant_hard_link, plant_dangling_link, plant_fifo, plant_directory, plant_readable,
		plant_anothers};
	struct scratch *scratch = *state;
	char directory[128], path[160], target[160];

	snprintf(directory, sizeof(directory), "%s/limits", scratch->path);
	snprintf(path, sizeof(path), "%s/network", directory);
	snprintf(target, sizeof(target), "%s/target", scratch->path);
	assert_int_equal(mkdir(directory, 0700), 0);
	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
		PLACE_AUTO(place);
		char text[16] = "";

		plants[i](scratch, path);
		if (take_in(directory, "alice", NULL, &place, NULL) >= 0)
			fail_msg("row %zu", i);
		FILE *file = fopen(target, "re");
		if (file && (!fgets(text, sizeof(text), file) || strcmp(text, "precious") != 0))
			fail_msg("row %zu writes through it", i);
		if (file)
			fclose(file);
		assert_int_equal(remove(path), 0);
		(void)remove(target);
	}
	assert_int_equal(access(scratch_path(scratch, "nowhere"), F_OK), -1);
}

/* The directory is its owner's alone, or nothing is counted in it. */
static void where_it_is(void **state)
{
	struct scratch *scratch = *state;
	char directory[128];
	PLACE_AUTO(place);

	snprintf(directory, sizeof(directory), "%s/wide", scratch->path);
	assert_int_equal(mkdir(directory, 0700), 0);
	assert_int_equal(chmod(directory, 0711), 0);
	assert_int_equal(take_in(directory, "alice", NULL, &place, NULL), -EPERM);
	snprintf(directory, sizeof(directory), "%s/link", scratch->path);
	assert_int_equal(symlink(scratch->path, directory), 0);
	assert_int_equal(take_in(directory, "alice", NULL, &place, NULL), -ENOTDIR);
	snprintf(directory, sizeof(directory), "%s/missing/limits", scratch->path);
	assert_int_equal(take_in(directory, "alice", NULL, &place, NULL), -ENOENT);
	assert_int_equal(take_in("limits", "alice", NULL, &place, NULL), -EINVAL);
}

static void nothing_stays_open(void **state)
{
	int before = dup(0);

	close(before);
	what_is_planted(state);
	taken_and_given_back(state);
	int after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(taken_and_given_back),
		TEST(processes_agree),
		TEST(threads_are_counted_each),
		TEST(a_child_does_not_inherit_it),
		TEST(a_holder_that_is_stopped),
		TEST(dying_at_any_write),
		TEST(a_full_disk),
		TEST(a_table_has_its_room),
		TEST(a_limit_of_the_process),
		TEST(what_is_no_table),
		TEST(what_is_planted),
		TEST(where_it_is),
		TEST(nothing_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
