/*
 * dir: a directory of the effective user's alone, and the files in it.
 *
 * 1. The directory MUST be a directory of the effective user whose mode is no wider than the one
 *    asked for, and is made so where it is missing, whatever the umask. Everything is opened
 *    relative to its descriptor, without following links.
 * 2. Those above it, from the root down, MUST be root's or the effective user's, and no link. The
 *    one that holds it MUST be writable by nobody else, so that it is never in /tmp; one further up
 *    MUST be either that, or such that nobody removes what is another's (S_ISVTX).
 * 3. A file MUST be regular, the effective user's, of a mode no wider than 0600, with one link;
 *    anything else that stands there is not read, not waited for and not followed.
 * 4. A file is replaced by one of another name that is written, synced and renamed over it; then
 *    the directory is synced. The other name is the file's, a dot and the writer (process.h), so
 *    that two never share one, and anyone can tell that its writer is gone.
 *
 * Names come from the caller, who has checked that they are none of the file system's.
 */
#ifndef PAM_SSO_DIR_H
#define PAM_SSO_DIR_H

#include <sys/types.h>

#include "buf.h"
#include "process.h"
#include "strlist.h"

enum {
	DIR_MODE = 0700,
	DIR_NAME = 64, /* bytes of a file's name, the NUL included */
};

/* Room for a draft's name. */
#define DIR_DRAFT (DIR_NAME + PROCESS_TEXT)

/* Opens the directory at PATH, absolute and without a slash at its end. Returns a descriptor, which
 * the caller closes; -EPERM where rule 1 or 2 does not hold, -ENOTDIR for a link above it; -EINVAL
 * for the path; or another errno. */
int dir_open(const char *path, mode_t mode);

/* The same, made where only its last component is missing. */
int dir_make(const char *path, mode_t mode);

/* The same for NAME in an open directory. */
int dir_make_in(int dir, const char *name, mode_t mode);

/* Opens a file that is there, for reading. Returns a descriptor; -EPERM where rule 3 does not hold;
 * -ENOENT; or another errno. */
int dir_open_file(int dir, const char *name);

/* Makes a file that is not there, of mode 0600, for writing. Returns a descriptor or a negative
 * errno. */
int dir_new_file(int dir, const char *name);

/* Opens a file that is written in place, for reading and writing, and makes it where it is missing.
 * Returns as dir_open_file(). */
int dir_open_shared(int dir, const char *name);

/* The same for a file that is there. */
int dir_open_to_change(int dir, const char *name);

/* Adds what a file holds to OUT, whose ceiling is the file's. Returns 0, or as dir_open_file() and
 * file_read_fd(). */
int dir_read(int dir, const char *name, struct buf *out);

/* The name that this process writes NAME under. Returns 0 or a negative errno. */
int dir_draft_name(const char *name, char ret[DIR_DRAFT]);

/* Writes all; -EFBIG where the process's limit is lower, for then the kernel would end the host. */
int dir_write_all(int fd, const struct buf *bytes);

/* The same for LEN bytes at OFFSET of a file that is written in place. */
int dir_write_at(int fd, const void *bytes, size_t len, size_t offset);

/* Makes all of such a file zeros, SIZE of them. Returns 0 or a negative errno. */
int dir_clear(int fd, size_t size);

/* Rule 4. Returns 0 or a negative errno: then the earlier one stands, unless only the last step,
 * syncing the directory, failed. */
int dir_replace(int dir, const char *name, const struct buf *bytes);

/* The same where nothing stands there: -EEXIST where something does, which stays. */
int dir_add(int dir, const char *name, const struct buf *bytes);

/* Removes a file. Returns 0, also where there was none; or a negative errno. */
int dir_remove(int dir, const char *name);

/* All names but `.` and `..`, in no order. Returns 0 and sets *ret, which strlist_free() frees; or
 * a negative errno. */
int dir_list(int dir, struct strlist *ret);

/* Removes the draft NAME, whose part behind its first dot is the writer, if the writer is gone.
 * Another name, or one whose writer lives, is left alone. */
void dir_sweep_draft(int dir, const char *name);

#endif
