/*
 * Where a directory of ours may be: what stands above it, whose that is, and who may write there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "count.h"
#include "dir.h"
#include "scratch.h"

enum { SOMEONE = 12345, OURS = 0 };

/* `a`, and `a/b` in it, as the row has them, and the path that is asked for. */
struct row {
	const char *name;
	mode_t a, b;
	uid_t owner_a, owner_b; /* who is not OURS needs root to be tried */
	const char *path;
	int error;
};

#define BELOW "a/b/store"

static const struct row rows[] = {
	{"ours", 0755, 0755, OURS, OURS, BELOW, 0},
	{"ours alone", 0700, 0700, OURS, OURS, BELOW, 0},
	{"the group may write", 0755, 0775, OURS, OURS, BELOW, -EPERM},
	{"others may write", 0755, 0757, OURS, OURS, BELOW, -EPERM},
	{"as /tmp is", 0755, 01777, OURS, OURS, BELOW, -EPERM},
	{"as the home of somebody is", 0755, 0700, OURS, SOMEONE, BELOW, -EPERM},
	{"the group may write further up", 0775, 0755, OURS, OURS, BELOW, -EPERM},
	{"others may write further up", 0777, 0755, OURS, OURS, BELOW, -EPERM},
	{"somebody's further up", 0755, 0755, SOMEONE, OURS, BELOW, -EPERM},
	{"somebody's in one as /tmp is", 01777, 0755, OURS, SOMEONE, BELOW, -EPERM},
	{"ours in one as /tmp is", 01777, 0755, OURS, OURS, BELOW, 0},
	{"somebody's, as /tmp is", 01777, 0755, SOMEONE, OURS, BELOW, -EPERM},
	{"through one that others may write", 0777, 0755, OURS, OURS, "a/../store", -EPERM},
	{"two slashes", 0755, 0755, OURS, OURS, "a//b/store", 0},
	{"through a link", 0755, 0755, OURS, OURS, "link/store", -ENOTDIR},
	{"through a link to one above", 0755, 0755, OURS, OURS, "a/up/store", -ENOTDIR},
	{"through a file", 0755, 0755, OURS, OURS, "file/store", -ENOTDIR},
	{"through what is not there", 0755, 0755, OURS, OURS, "a/c/store", -ENOENT},
};

static void give(struct scratch *scratch, const char *name, mode_t mode, uid_t owner)
{
	const char *path = scratch_path(scratch, name);

	if (owner != OURS)
		assert_int_equal(chown(path, owner, owner), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void lay(struct scratch *scratch, const struct row *row)
{
	scratch_begin(scratch);
	assert_int_equal(mkdir(scratch_path(scratch, "a"), 0700), 0);
	assert_int_equal(mkdir(scratch_path(scratch, "a/b"), 0700), 0);
	assert_int_equal(symlink("a", scratch_path(scratch, "link")), 0);
	assert_int_equal(symlink("..", scratch_path(scratch, "a/up")), 0);
	(void)scratch_write(scratch, "file", 0600, "");
	give(scratch, "a/b", row->b, row->owner_b);
	give(scratch, "a", row->a, row->owner_a);
}

/* 0 where a descriptor came, which is closed. */
static int verdict(int fd)
{
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static void expect(const struct row *row, const char *what, int found)
{
	if (found != row->error)
		fail_msg("%s: %s: %s", row->name, what, strerrordesc_np(-found));
}

static void try(const struct row *row)
{
	struct scratch scratch;
	struct stat st;

	lay(&scratch, row);
	const char *path = scratch_path(&scratch, row->path);
	expect(row, "made", verdict(dir_make(path, DIR_MODE)));
	/* nothing is made where it may not be */
	assert_int_equal(lstat(path, &st) == 0, row->error == 0);
	/* nor opened, had it been there */
	(void)mkdir(path, DIR_MODE);
	expect(row, "opened", verdict(dir_open(path, DIR_MODE)));
	scratch_end(&scratch);
}

static void what_stands_above_decides(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (geteuid() == 0 || (rows[i].owner_a == OURS && rows[i].owner_b == OURS))
			try(&rows[i]);
}

static void a_path_has_a_form(void **state)
{
	char name[NAME_MAX + 3] = "/";
	const struct {
		const char *path;
		int error;
	} paths[] = {
		{"", -EINVAL},
		{"run", -EINVAL},
		{"/", -EINVAL},
		{"/run/", -EINVAL},
		{name, -ENAMETOOLONG},
	};

	(void)state;
	memset(name + 1, 'x', NAME_MAX + 1);
	for (size_t i = 0; i < COUNT(paths); i++)
		assert_int_equal(verdict(dir_open(paths[i].path, DIR_MODE)), paths[i].error);
	/* the same in the middle of a path */
	char path[sizeof(name) + 8];
	snprintf(path, sizeof(path), "%s/x", name);
	assert_int_equal(verdict(dir_open(path, DIR_MODE)), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stands_above_decides),
		cmocka_unit_test(a_path_has_a_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
