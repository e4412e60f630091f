#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "scratch.h"
#include "wiped.h"

enum { SOMEONE = 12345 };

static int begin(void **state)
{
	static struct scratch scratch;

	scratch_begin(&scratch);
	*state = &scratch;
	return 0;
}

static int end(void **state)
{
	scratch_end(*state);
	return 0;
}

/* A mode, and the verdict for a file that may be read by all, and for a secret one. */
struct mode_row {
	mode_t mode;
	int public;
	int secret;
};

static const struct mode_row modes[] = {
	{0400, 0, 0},
	{0600, 0, 0},
	{0700, 0, 0},
	{0640, 0, -EPERM},
	{0604, 0, -EPERM},
	{0644, 0, -EPERM},
	{0755, 0, -EPERM},
	{0610, 0, -EPERM},
	{0601, 0, -EPERM},
	{0620, -EPERM, -EPERM},
	{0602, -EPERM, -EPERM},
	{0660, -EPERM, -EPERM},
	{0646, -EPERM, -EPERM},
	{0666, -EPERM, -EPERM},
	{01777, -EPERM, -EPERM},
};

static void the_mode_decides(void **state)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		const char *path = scratch_write(*state, "file", modes[i].mode, "[provider]\n");
		BUF_AUTO(public, 64);
		BUF_AUTO(secret, 64);

		assert_int_equal(file_read(path, FILE_PUBLIC, &public), modes[i].public);
		assert_string_equal(buf_str(&public), modes[i].public ? "" : "[provider]\n");
		assert_int_equal(file_read(path, FILE_SECRET, &secret), modes[i].secret);
		assert_string_equal(buf_str(&secret), modes[i].secret ? "" : "[provider]\n");
		assert_int_equal(unlink(path), 0);
	}
}

static void the_owner_decides(void **state)
{
	const char *path = scratch_write(*state, "file", 0600, "mine\n");
	BUF_AUTO(out, 64);

	if (geteuid() != 0)
		skip();
	assert_int_equal(file_read(path, FILE_SECRET, &out), 0);
	assert_int_equal(chown(path, SOMEONE, 0), 0);
	assert_int_equal(file_read(path, FILE_SECRET, &out), -EPERM);
	/* who runs as that user may have it so, and root's files too, but no third one's */
	assert_int_equal(seteuid(SOMEONE), 0);
	int own = file_read(path, FILE_SECRET, &out);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(own, 0);
	assert_int_equal(chown(path, SOMEONE + 1, 0), 0);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(seteuid(SOMEONE), 0);
	int third = file_read(path, FILE_PUBLIC, &out);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(third, -EPERM);
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(seteuid(SOMEONE), 0);
	int roots = file_read(path, FILE_PUBLIC, &out);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(roots, 0);
}

static void what_is_no_file_is_refused_at_once(void **state)
{
	struct scratch *scratch = *state;
	BUF_AUTO(out, 64);

	assert_int_equal(file_read(scratch->path, FILE_PUBLIC, &out), -EINVAL);
	assert_int_equal(file_read("/dev/zero", FILE_PUBLIC, &out), -EINVAL);
	assert_int_equal(file_read(scratch_path(scratch, "none"), FILE_PUBLIC, &out), -ENOENT);
	/* nobody writes to it: a read that waited would never come back */
	assert_int_equal(mkfifo(scratch_path(scratch, "fifo"), 0600), 0);
	assert_int_equal(file_read(scratch_path(scratch, "fifo"), FILE_PUBLIC, &out), -EINVAL);
	scratch_write(scratch, "target", 0600, "x");
	assert_int_equal(symlink("target", scratch_path(scratch, "link")), 0);
	assert_int_equal(file_read(scratch_path(scratch, "link"), FILE_PUBLIC, &out), -ELOOP);
	assert_int_equal(symlink("none", scratch_path(scratch, "dangling")), 0);
	assert_int_equal(file_read(scratch_path(scratch, "dangling"), FILE_PUBLIC, &out), -ELOOP);
	assert_string_equal(buf_str(&out), "");
}

static void a_path_is_absolute(void **state)
{
	BUF_AUTO(out, 64);

	scratch_write(*state, "file", 0600, "x");
	assert_int_equal(chdir(((struct scratch *)*state)->path), 0);
	assert_int_equal(file_read("file", FILE_PUBLIC, &out), -EINVAL);
	assert_int_equal(file_read("./file", FILE_PUBLIC, &out), -EINVAL);
	assert_int_equal(file_read("", FILE_PUBLIC, &out), -EINVAL);
	assert_int_equal(chdir("/"), 0);
}

/* Sizes around the ceiling and around a piece that is read at once. */
static void the_ceiling_is_the_buffers(void **state)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 9999, 10000};
	char text[10002] = {0};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		BUF_AUTO(out, 10000);

		memset(text, 'x', sizes[i]);
		text[sizes[i]] = '\0';
		const char *path = scratch_write(*state, "file", 0600, text);
		assert_int_equal(file_read(path, FILE_SECRET, &out), 0);
		assert_string_equal(buf_str(&out), text);
	}
	BUF_AUTO(out, 10000);
	memset(text, 'x', 10001);
	const char *path = scratch_write(*state, "file", 0600, text);
	assert_int_equal(file_read(path, FILE_SECRET, &out), -EMSGSIZE);
	assert_string_equal(buf_str(&out), "");
	assert_int_equal(buf_error(&out), 0);
}

static void no_copy_of_a_secret_stays(void **state)
{
	const char *path = scratch_write(*state, "file", 0600, "client-secret");
	BUF_AUTO(out, 64);

	wiped_forget();
	assert_int_equal(file_read(path, FILE_SECRET, &out), 0);
	assert_true(wiped_has("client-secret"));
}

static void nothing_stays_open(void **state)
{
	BUF_AUTO(out, 2);
	int before = dup(0);

	close(before);
	file_read(scratch_write(*state, "ok", 0600, "x"), FILE_SECRET, &out);
	file_read(scratch_write(*state, "wide", 0666, "x"), FILE_SECRET, &out);
	file_read(scratch_write(*state, "large", 0600, "xxx"), FILE_SECRET, &out);
	file_read(((struct scratch *)*state)->path, FILE_SECRET, &out);
	int after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

static void every_error_has_words(void **state)
{
	(void)state;
	assert_string_equal(file_error_text(-ENOENT), "does not exist");
	assert_string_equal(file_error_text(-ELOOP), "is a symbolic link");
	assert_string_equal(file_error_text(-EIO), "cannot be read");
	for (int error = 0; error < 200; error++)
		assert_in_range(strlen(file_error_text(-error)), 1, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_mode_decides, begin, end),
		cmocka_unit_test_setup_teardown(the_owner_decides, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_refused_at_once, begin, end),
		cmocka_unit_test_setup_teardown(a_path_is_absolute, begin, end),
		cmocka_unit_test_setup_teardown(the_ceiling_is_the_buffers, begin, end),
		cmocka_unit_test_setup_teardown(no_copy_of_a_secret_stays, begin, end),
		cmocka_unit_test_setup_teardown(nothing_stays_open, begin, end),
		cmocka_unit_test(every_error_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
