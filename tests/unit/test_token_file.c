/*
 * The person's token file: what it is, what may stand in its place, and what is left of it.
 *
 * Under root it is that of another user, as in life.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count.h"
#include "scratch.h"
#include "token_file.h"

#define ID "0123456789abcdef0123456789abcdef"

enum { ENDS = 2000000000, LATER = 2000003600, SOMEONE = 12345 };

struct stage {
	struct scratch scratch;
	struct config config;
	struct session session;
	struct passwd user;
	char directory[128];
	char file[192];
};

static int stage_begin(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	const struct passwd *user = geteuid() == 0 ? getpwnam("nobody") : getpwuid(geteuid());

	assert_non_null(user);
	stage->user = *user;
	scratch_begin(&stage->scratch);
	snprintf(stage->directory, sizeof(stage->directory), "%s/tokens", stage->scratch.path);
	snprintf(stage->file, sizeof(stage->file), "%s/" ID, stage->directory);
	stage->config.session.access_token_file = true;
	stage->config.session.token_directory = stage->directory;
	strcpy(stage->session.id, ID);
	stage->session.user = strdup(user->pw_name);
	stage->session.access_ends = ENDS;
	assert_int_equal(secret_set(&stage->session.access_token, "first", 5), 0);
	*state = stage;
	return 0;
}

static int stage_end(void **state)
{
	struct stage *stage = *state;

	scratch_end(&stage->scratch);
	session_free(&stage->session);
	free(stage);
	return 0;
}

/* The session was renewed. */
static void renew(struct stage *stage)
{
	assert_int_equal(secret_set(&stage->session.access_token, "second", 6), 0);
	stage->session.access_ends = LATER;
}

static void expect_file(const struct stage *stage, const char *text, int64_t expires)
{
	char bytes[64] = "";
	struct stat st;
	FILE *file = fopen(stage->file, "re");

	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, sizeof(bytes) - 1, file), strlen(text));
	fclose(file);
	assert_string_equal(bytes, text);
	assert_int_equal(lstat(stage->file, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0400);
	assert_int_equal(st.st_uid, stage->user.pw_uid);
	assert_int_equal(st.st_gid, stage->user.pw_gid);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(st.st_mtime, expires);
}

/* How many files there are, that of a writer among them. */
static unsigned int count_files(const struct stage *stage)
{
	unsigned int n = 0;
	DIR *entries = opendir(stage->directory);

	assert_non_null(entries);
	for (const struct dirent *entry; (entry = readdir(entries));)
		n += entry->d_name[0] != '.';
	closedir(entries);
	return n;
}

static void it_is_the_persons(void **state)
{
	struct stage *stage = *state;
	mode_t before = umask(0077);
	struct stat st;

	assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
	umask(before);
	expect_file(stage, "first\n", ENDS);
	assert_int_equal(stat(stage->directory, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0711);
	assert_int_equal(st.st_uid, geteuid());

	char *path = token_file_path(&stage->config, ID);
	assert_string_equal(path, stage->file);
	free(path);
}

static void a_later_one_stands_in_its_place(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
	renew(stage);
	assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
	expect_file(stage, "second\n", LATER);
	assert_int_equal(count_files(stage), 1);
}

static void an_end_that_was_not_said_is_the_epoch(void **state)
{
	struct stage *stage = *state;

	stage->session.access_ends = -1;
	assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
	expect_file(stage, "first\n", 0);
}

static void a_renewal_replaces_one_that_is_there(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
	renew(stage);
	assert_int_equal(token_file_renew(&stage->config, &stage->session), 0);
	expect_file(stage, "second\n", LATER);
	assert_int_equal(count_files(stage), 1);
}

static void a_renewal_makes_none(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(token_file_renew(&stage->config, &stage->session), 0);
	assert_int_equal(access(stage->directory, F_OK), -1);
	assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
	assert_int_equal(token_file_remove(&stage->config, ID), 0);
	assert_int_equal(token_file_renew(&stage->config, &stage->session), 0);
	assert_int_equal(count_files(stage), 0);
}

static void a_session_without_one_has_no_file(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
	secret_free(&stage->session.access_token);
	assert_int_equal(token_file_renew(&stage->config, &stage->session), 0);
	assert_int_equal(count_files(stage), 0);
	assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
	assert_int_equal(count_files(stage), 0);
}

static void it_is_not_written_unless_wanted(void **state)
{
	struct stage *stage = *state;

	stage->config.session.access_token_file = false;
	assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
	assert_int_equal(token_file_renew(&stage->config, &stage->session), 0);
	assert_int_equal(access(stage->directory, F_OK), -1);
}

static void what_is_removed_is_gone(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(token_file_remove(&stage->config, ID), 0);
	assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
	/* Also where it is no longer wanted: somebody changed the configuration meanwhile. */
	stage->config.session.access_token_file = false;
	assert_int_equal(token_file_remove(&stage->config, ID), 0);
	assert_int_equal(count_files(stage), 0);
	assert_int_equal(token_file_remove(&stage->config, ID), 0);
}

/* The name of a draft says who writes it. */
static bool nobody_has_it(const void *context)
{
	const struct stage *stage = context;

	assert_int_equal(access(stage->file, F_OK), -1);
	return true;
}

static bool somebody_has_it(const void *context)
{
	return !nobody_has_it(context);
}

static bool somebody_gets_one(const void *context)
{
	struct stage *stage = (struct stage *)context;
	int status = -1;
	pid_t pid = fork();

	renew(stage);
	if (pid == 0)
		_exit(token_file_write(&stage->config, &stage->session) < 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return false;
}

static bool somebody_gets_one_unseen(const void *context)
{
	return !somebody_gets_one(context);
}

/* Who opens a login meanwhile keeps the file, whenever that is seen. */
static void what_is_removed_without_the_lock(void **state)
{
	static const struct {
		bool (*is_over)(const void *context);
		const char *left;
		int64_t expires;
	} rows[] = {
		{nobody_has_it, NULL, 0},
		{somebody_has_it, "first\n", ENDS},
		{somebody_gets_one, "second\n", LATER},
		{somebody_gets_one_unseen, "second\n", LATER},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(secret_set(&stage->session.access_token, "first", 5), 0);
		stage->session.access_ends = ENDS;
		assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
		assert_int_equal(
			token_file_remove_if(&stage->config, ID, rows[i].is_over, stage), 0);
		assert_int_equal(count_files(stage), rows[i].left ? 1 : 0);
		if (rows[i].left)
			expect_file(stage, rows[i].left, rows[i].expires);
	}
	assert_int_equal(token_file_remove(&stage->config, ID), 0);
	assert_int_equal(token_file_remove_if(&stage->config, ID, nobody_has_it, stage), 0);
}

static void what_a_writer_left_goes_with_it(void **state)
{
	static const char *const drafts[] = {
		"tokens/" ID ".999999999:1", "tokens/" ID ".1:1", "tokens/" ID ".lock"};
	struct stage *stage = *state;

	assert_int_equal(token_file_write(&stage->config, &stage->session), 0);
	for (size_t i = 0; i < COUNT(drafts); i++)
		scratch_write(&stage->scratch, drafts[i], 0400, "left");
	assert_int_equal(token_file_remove(&stage->config, ID), 0);
	assert_int_equal(count_files(stage), 1); /* the last is no draft */
}

static void only_an_id_is_a_name(void **state)
{
	static const char *const names[] = {"", ".", "..", "../tokens", "passwd", ID ".lock"};
	struct stage *stage = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(stage->session.id, sizeof(stage->session.id), "%s", names[i]);
		assert_int_equal(token_file_remove(&stage->config, names[i]), -EINVAL);
		if (strlen(names[i]) > SESSION_ID)
			continue;
		assert_int_equal(token_file_write(&stage->config, &stage->session), -EINVAL);
		assert_int_equal(token_file_renew(&stage->config, &stage->session), -EINVAL);
	}
}

static void plant_link(const char *path, const char *victim)
{
	assert_int_equal(symlink(victim, path), 0);
}

static void plant_hard_link(const char *path, const char *victim)
{
	assert_int_equal(link(victim, path), 0);
}

static void plant_fifo(const char *path, const char *victim)
{
	(void)victim;
	assert_int_equal(mkfifo(path, 0666), 0);
}

static void plant_directory(const char *path, const char *victim)
{
	(void)victim;
	assert_int_equal(mkdir(path, 0777), 0);
}

/* What stands at the path is replaced and neither followed, nor waited for, nor written to. */
static void what_was_planted_is_replaced(void **state)
{
	static void (*const plants[])(const char *path, const char *victim) = {
		plant_link, plant_hard_link, plant_fifo};
	struct stage *stage = *state;
	char victim[192], text[16] = "";

	snprintf(victim, sizeof(victim), "%s",
		scratch_write(&stage->scratch, "victim", 0644, "mine"));
	assert_int_equal(mkdir(stage->directory, 0711), 0);
	for (size_t i = 0; i < 2 * COUNT(plants); i++) {
		plants[i / 2](stage->file, victim);
		assert_int_equal((i % 2 ? token_file_renew : token_file_write)(
					 &stage->config, &stage->session),
			0);
		expect_file(stage, "first\n", ENDS);
		assert_int_equal(count_files(stage), 1);
		assert_int_equal(token_file_remove(&stage->config, ID), 0);
	}
	FILE *file = fopen(victim, "re");
	assert_non_null(file);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, file), 4);
	fclose(file);
	assert_string_equal(text, "mine");
}

static void a_directory_in_its_place_is_an_error(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(mkdir(stage->directory, 0711), 0);
	plant_directory(stage->file, NULL);
	assert_int_equal(token_file_write(&stage->config, &stage->session), -EISDIR);
	assert_int_equal(token_file_remove(&stage->config, ID), -EISDIR);
	assert_int_equal(count_files(stage), 1);
}

static void the_directory_is_roots_alone(void **state)
{
	static const struct {
		mode_t mode;
		int wanted;
	} rows[] = {
		{0711, 0},
		{0700, 0},
		{0755, -EPERM},
		{0731, -EPERM},
		{0713, -EPERM},
		{01777, -EPERM},
	};
	struct stage *stage = *state;

	assert_int_equal(mkdir(stage->directory, 0711), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(chmod(stage->directory, rows[i].mode), 0);
		assert_int_equal(token_file_write(&stage->config, &stage->session), rows[i].wanted);
		assert_int_equal(token_file_renew(&stage->config, &stage->session), rows[i].wanted);
		assert_int_equal(token_file_remove(&stage->config, ID), rows[i].wanted);
	}
	assert_int_equal(chmod(stage->directory, 0711), 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(stage->directory, SOMEONE, SOMEONE), 0);
	assert_int_equal(token_file_write(&stage->config, &stage->session), -EPERM);
	assert_int_equal(count_files(stage), 0);
}

/* Somebody may put a directory there while no token is given out. */
static void a_directory_of_others_has_nothing_of_ours(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(mkdir(stage->directory, 01777), 0);
	assert_int_equal(chmod(stage->directory, 01777), 0);
	assert_int_equal(token_file_remove(&stage->config, ID), -EPERM);
	stage->config.session.access_token_file = false;
	assert_int_equal(token_file_remove(&stage->config, ID), 0);
}

static void a_link_in_the_directorys_place_is_not_followed(void **state)
{
	struct stage *stage = *state;
	char elsewhere[192];

	snprintf(elsewhere, sizeof(elsewhere), "%s", scratch_path(&stage->scratch, "elsewhere"));
	assert_int_equal(mkdir(elsewhere, 0711), 0);
	assert_int_equal(symlink(elsewhere, stage->directory), 0);
	assert_int_equal(token_file_write(&stage->config, &stage->session), -ENOTDIR);
	assert_int_equal(token_file_remove(&stage->config, ID), -ENOTDIR);
	assert_int_equal(count_files(stage), 0);
}

static void a_user_who_is_gone_gets_none(void **state)
{
	struct stage *stage = *state;

	free(stage->session.user);
	stage->session.user = strdup("pam_sso-nobody-has-this-name");
	assert_int_equal(token_file_write(&stage->config, &stage->session), -ESRCH);
	assert_int_equal(count_files(stage), 0);
}

/* The kernel's own word for it is a signal that ends the host. */
static void a_host_that_may_not_write_goes_on(void **state)
{
	struct stage *stage = *state;
	struct rlimit before, none;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	int r = token_file_write(&stage->config, &stage->session);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(r, -EFBIG);
	assert_int_equal(count_files(stage), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define STAGED(test) cmocka_unit_test_setup_teardown(test, stage_begin, stage_end)
		STAGED(it_is_the_persons),
		STAGED(a_later_one_stands_in_its_place),
		STAGED(an_end_that_was_not_said_is_the_epoch),
		STAGED(a_renewal_replaces_one_that_is_there),
		STAGED(a_renewal_makes_none),
		STAGED(a_session_without_one_has_no_file),
		STAGED(it_is_not_written_unless_wanted),
		STAGED(what_is_removed_is_gone),
		STAGED(what_is_removed_without_the_lock),
		STAGED(what_a_writer_left_goes_with_it),
		STAGED(only_an_id_is_a_name),
		STAGED(what_was_planted_is_replaced),
		STAGED(a_directory_in_its_place_is_an_error),
		STAGED(the_directory_is_roots_alone),
		STAGED(a_directory_of_others_has_nothing_of_ours),
		STAGED(a_link_in_the_directorys_place_is_not_followed),
		STAGED(a_user_who_is_gone_gets_none),
		STAGED(a_host_that_may_not_write_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
