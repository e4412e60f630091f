/* The file that many count in at once: real processes, that come, are stopped and are killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count.h"
#include "counters.h"
#include "process.h"

enum { PROCESSES = 8, COUNTS = 5000 };

/* A directory on tmpfs, and the one in it that counts. */
struct place {
	char folder[64], directory[96], file[128];
};

static bool on_disk;

int fstatfs(int fd, struct statfs *ret)
{
	int (*real)(int, struct statfs *) = (int (*)(int, struct statfs *))dlsym(
		RTLD_NEXT, "fstatfs");
	int r = real(fd, ret);

	if (on_disk)
		ret->f_type = 0xEF53;
	return r;
}

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	snprintf(place->folder, sizeof(place->folder), "/dev/shm/pam_sso-test-XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->directory, sizeof(place->directory), "%s/stats", place->folder);
	snprintf(place->file, sizeof(place->file), "%s/" COUNTERS_NAME, place->directory);
	on_disk = false;
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", place->folder);
	assert_int_equal(system(command), 0);
	free(place);
	return 0;
}

static void count(const struct place *place, const char *service)
{
	struct tally *tally = NULL;

	assert_int_equal(counters_open(place->directory, &tally), 0);
	tally_attempt(tally, service, REASON_OK);
	counters_close(tally);
}

/* All attempts of all services. */
static uint64_t counted(const struct place *place)
{
	struct tally tally;
	uint64_t n = 0;

	assert_int_equal(counters_read(place->directory, &tally), 0);
	for (size_t i = 0; i < TALLY_ROWS; i++)
		for (unsigned int reason = 0; reason < REASON_COUNT; reason++)
			n += tally.rows[i].attempts[reason];
	return n;
}

static void nothing_is_made_by_reading(void **state)
{
	struct place *place = *state;
	struct tally tally;

	assert_int_equal(counters_read(place->directory, &tally), -ENOENT);
	assert_int_equal(mkdir(place->directory, 0700), 0);
	assert_int_equal(counters_read(place->directory, &tally), -ENOENT);
	assert_int_equal(rmdir(place->directory), 0);
}

static void the_file_is_roots_alone(void **state)
{
	struct place *place = *state;
	struct stat st;

	mode_t before = umask(0);
	count(place, "sshd");
	umask(before);
	assert_int_equal(counted(place), 1);
	assert_int_equal(stat(place->directory, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(place->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, sizeof(struct tally));
}

/* Each opens the file for each count, as a login does, from before it is there. */
static void many_at_once_lose_nothing(void **state)
{
	static const char *const services[] = {"sshd", "sudo", "su", "login"};
	struct place *place = *state;
	pid_t pids[PROCESSES];

	for (size_t i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (int n = 0; n < COUNTS; n++)
				count(place, services[(i + (size_t)n) % COUNT(services)]);
			_exit(0);
		}
		assert_true(pids[i] > 0);
	}
	for (size_t i = 0; i < PROCESSES; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(counted(place), PROCESSES * COUNTS);
}

/* Counts for ever, and notes in NOTED what is done. */
static pid_t count_on(const struct place *place, volatile uint64_t *noted)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;) {
			count(place, "sshd");
			++*noted;
		}
	assert_true(pid > 0);
	return pid;
}

static volatile uint64_t *make_notes(void)
{
	void *notes = mmap(NULL, PROCESSES * sizeof(uint64_t), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(notes, MAP_FAILED);
	return notes;
}

/* Killed anywhere, each leaves what it noted, and at most the one it was at. */
static void a_kill_leaves_a_good_file(void **state)
{
	struct place *place = *state;
	volatile uint64_t *notes = make_notes();
	uint64_t done = 0, killed = 0;

	for (unsigned int round = 0; round < 30; round++) {
		pid_t pids[PROCESSES];

		if (round % 10 == 0)
			(void)unlink(place->file);
		if (round % 10 == 0)
			done = killed = 0;
		for (size_t i = 0; i < PROCESSES; i++) {
			notes[i] = 0;
			pids[i] = count_on(place, &notes[i]);
		}
		usleep(3000 + round * 500);
		for (size_t i = 0; i < PROCESSES; i++) {
			assert_int_equal(kill(pids[i], SIGKILL), 0);
			assert_int_equal(waitpid(pids[i], NULL, 0), pids[i]);
			done += notes[i];
			killed++;
		}
		count(place, "sshd");
		done++;
		assert_in_range(counted(place), done, done + killed);
	}
	munmap((void *)notes, PROCESSES * sizeof(uint64_t));
}

/* Who is stopped keeps nobody waiting: su's and sudo's caller may stop them. */
static void a_stopped_one_is_not_waited_for(void **state)
{
	struct place *place = *state;
	volatile uint64_t *notes = make_notes();
	pid_t pids[PROCESSES];

	alarm(60);
	for (size_t i = 0; i < PROCESSES; i++)
		pids[i] = count_on(place, &notes[i]);
	usleep(10000);
	for (size_t i = 0; i < PROCESSES; i++)
		assert_int_equal(kill(pids[i], SIGSTOP), 0);
	for (int i = 0; i < 1000; i++)
		count(place, "sudo");
	assert_true(counted(place) >= 1000);
	for (size_t i = 0; i < PROCESSES; i++) {
		assert_int_equal(kill(pids[i], SIGKILL), 0);
		assert_int_equal(waitpid(pids[i], NULL, 0), pids[i]);
	}
	alarm(0);
	munmap((void *)notes, PROCESSES * sizeof(uint64_t));
}

static void write_file(const char *path, const void *bytes, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void put_empty(const struct place *place)
{
	write_file(place->file, "", 0, 0600);
}

static void put_short(const struct place *place)
{
	count(place, "sshd");
	assert_int_equal(truncate(place->file, sizeof(struct tally) - 1), 0);
}

static void put_long(const struct place *place)
{
	count(place, "sshd");
	assert_int_equal(truncate(place->file, sizeof(struct tally) + 1), 0);
}

static void put_zeros(const struct place *place)
{
	static const struct tally none;

	write_file(place->file, &none, sizeof(none), 0600);
}

static void put_another_version(const struct place *place)
{
	struct tally tally;

	tally_begin(&tally);
	tally_attempt(&tally, "sshd", REASON_OK);
	tally.shape++;
	write_file(place->file, &tally, sizeof(tally), 0600);
}

/* One with pages that are not there, which the kernel might find no room for. */
static void put_hole(const struct place *place)
{
	struct tally tally;

	tally_begin(&tally);
	write_file(place->file, &tally, 4096, 0600);
	assert_int_equal(truncate(place->file, sizeof(tally)), 0);
}

static void put_readable(const struct place *place)
{
	count(place, "sshd");
	assert_int_equal(chmod(place->file, 0644), 0);
}

static void put_link(const struct place *place)
{
	char target[128];

	snprintf(target, sizeof(target), "%s/target", place->folder);
	write_file(target, "mine", 4, 0600);
	assert_int_equal(symlink(target, place->file), 0);
}

static void put_hard_link(const struct place *place)
{
	char target[128];

	snprintf(target, sizeof(target), "%s/target", place->folder);
	count(place, "sshd");
	assert_int_equal(rename(place->file, target), 0);
	assert_int_equal(link(target, place->file), 0);
}

static void put_fifo(const struct place *place)
{
	assert_int_equal(mkfifo(place->file, 0600), 0);
}

static const struct foreign {
	const char *name;
	void (*put)(const struct place *place);
} foreign[] = {
	{"empty", put_empty},
	{"torn", put_short},
	{"too long", put_long},
	{"zeros", put_zeros},
	{"another version's", put_another_version},
	{"with a hole", put_hole},
	{"readable by all", put_readable},
	{"a link", put_link},
	{"a hard link", put_hard_link},
	{"a FIFO", put_fifo},
};

static void a_foreign_file_is_replaced(void **state)
{
	struct place *place = *state;

	for (size_t i = 0; i < COUNT(foreign); i++) {
		struct tally tally;

		(void)unlink(place->file);
		(void)mkdir(place->directory, 0700);
		foreign[i].put(place);
		if (counters_read(place->directory, &tally) != -EINVAL)
			fail_msg("%s: is read", foreign[i].name);
		count(place, "sudo");
		if (counted(place) != 1)
			fail_msg("%s: is believed", foreign[i].name);
	}
}

static void a_planted_link_is_left_alone(void **state)
{
	struct place *place = *state;
	char target[128], text[8] = "";

	assert_int_equal(mkdir(place->directory, 0700), 0);
	put_link(place);
	count(place, "sudo");
	snprintf(target, sizeof(target), "%s/target", place->folder);
	int fd = open(target, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	assert_string_equal(text, "mine");
	close(fd);
}

static void count_on_tmpfs(const struct place *place)
{
	on_disk = false;
	count(place, "sshd");
}

static void where_nothing_can_be_counted(void **state)
{
	struct place *place = *state;
	struct tally *tally = NULL;

	on_disk = true;
	assert_int_equal(counters_open(place->directory, &tally), -ENOTSUP);
	assert_int_equal(access(place->file, F_OK), -1);
	count_on_tmpfs(place);
	on_disk = true;
	assert_int_equal(counters_open(place->directory, &tally), -ENOTSUP);
	on_disk = false;
	assert_int_equal(unlink(place->file), 0);
	assert_int_equal(mkdir(place->file, 0700), 0);
	assert_int_equal(counters_open(place->directory, &tally), -EISDIR);
	assert_int_equal(chmod(place->directory, 0755), 0);
	assert_int_equal(counters_open(place->directory, &tally), -EPERM);
	assert_int_equal(counters_open("/nonexistent/stats", &tally), -ENOENT);
	assert_null(tally);
}

/* Past its limit, the kernel would end the host. */
static void a_host_with_a_limit_is_not_ended(void **state)
{
	struct place *place = *state;
	struct tally *tally = NULL;
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	const struct rlimit low = {.rlim_cur = 100, .rlim_max = limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	int r = counters_open(place->directory, &tally);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(r, -EFBIG);
	count(place, "sshd");
	assert_int_equal(counted(place), 1);
}

/* What somebody left who was killed while making the file. */
static void a_draft_of_the_dead_is_removed(void **state)
{
	struct place *place = *state;
	char draft[256], writer[PROCESS_TEXT];
	struct process dead;

	pid_t pid = fork();
	if (pid == 0)
		pause();
	assert_true(pid > 0);
	assert_int_equal(process_look(pid, &dead, NULL), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	process_format(&dead, writer);
	snprintf(draft, sizeof(draft), "%s.%s", place->file, writer);
	assert_int_equal(mkdir(place->directory, 0700), 0);
	write_file(draft, "half", 4, 0600);
	count(place, "sshd");
	assert_int_equal(access(draft, F_OK), -1);
	assert_int_equal(counted(place), 1);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_made_by_reading),
		TEST(the_file_is_roots_alone),
		TEST(many_at_once_lose_nothing),
		TEST(a_kill_leaves_a_good_file),
		TEST(a_stopped_one_is_not_waited_for),
		TEST(a_foreign_file_is_replaced),
		TEST(a_planted_link_is_left_alone),
		TEST(where_nothing_can_be_counted),
		TEST(a_host_with_a_limit_is_not_ended),
		TEST(a_draft_of_the_dead_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
