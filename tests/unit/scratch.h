/*
 * scratch: a directory of a test's own, and files in it. A step that fails ends the test.
 */
#ifndef PAM_SSO_TEST_SCRATCH_H
#define PAM_SSO_TEST_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
	char path[64];
	char file[192]; /* the last one that scratch_path() made up */
};

/* The directory is readable by all, so that a child with another identity finds its program. */
static inline void scratch_begin(struct scratch *scratch)
{
	snprintf(scratch->path, sizeof(scratch->path), "/tmp/pam_sso-test-XXXXXX");
	assert_non_null(mkdtemp(scratch->path));
	assert_int_equal(chmod(scratch->path, 0755), 0);
}

/* The path of NAME in the directory; valid until the next call. */
static inline const char *scratch_path(struct scratch *scratch, const char *name)
{
	snprintf(scratch->file, sizeof(scratch->file), "%s/%s", scratch->path, name);
	return scratch->file;
}

/* Writes a file with exactly this mode, and returns its path. */
static inline const char *scratch_write(
	struct scratch *scratch, const char *name, mode_t mode, const char *text)
{
	const char *path = scratch_path(scratch, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
	return path;
}

/* Writes a program for /bin/sh, and returns its path. */
static inline const char *scratch_script(
	struct scratch *scratch, const char *name, const char *text)
{
	char script[4096];

	snprintf(script, sizeof(script), "#!/bin/sh\n%s\n", text);
	return scratch_write(scratch, name, 0755, script);
}

static inline int scratch_remove(
	const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static inline void scratch_end(struct scratch *scratch)
{
	assert_int_equal(nftw(scratch->path, scratch_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
