/*
 * file: reading a file that must be trusted: open first, then check the descriptor in hand.
 */
#ifndef PAM_SSO_FILE_H
#define PAM_SSO_FILE_H

#include <stddef.h>

#include "buf.h"
#include "reason.h"

enum file_secrecy {
	FILE_PUBLIC, /* may be readable by all */
	FILE_SECRET, /* must not be readable, writable or executable by group or others */
};

/*
 * Adds the regular file at PATH (absolute) to OUT, whose ceiling is the file's. The last
 * component is not followed if it is a link; the file must be owned by root or by the effective
 * user, and not writable by group or others. It neither blocks on a FIFO nor follows a race.
 * Returns 0, or
 * -ENOENT, -EACCES, -ELOOP (a symbolic link), and other errnos of open(2)
 * -EPERM	another's file, or its mode is too wide
 * -EINVAL	not a regular file, or the path is not absolute
 * -EMSGSIZE	past the ceiling
 * -EIO, -ENOMEM
 * and then OUT is wiped and empty.
 */
int file_read(const char *path, enum file_secrecy secrecy, struct buf *out);

/* Adds what there is to read in FD, which the caller has checked, to OUT. No copy stays. Returns 0;
 * as buf_add(); or another negative errno. */
int file_read_fd(int fd, struct buf *out);

/* An error of file_read() in words that follow on the file's name, such as "is not a regular file".
 * Static, and in no language but English. */
const char *file_error_text(int error);

/* What an error of file_read() on a file of ours comes to: REASON_UNPRIVILEGED where it only means
 * that the caller (a screen locker) is not root; REASON_NO_MEMORY for -ENOMEM; else
 * REASON_CONFIG. */
enum reason file_reason(int error);

#endif
