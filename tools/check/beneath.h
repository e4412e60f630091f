/*
 * beneath: the host's own files, such as /etc/ssh/sshd_config, or those of a tree that is to become
 * a host: an image, a container's.
 *
 * 1. A symbolic link is followed as the tree's own programs would follow it: an absolute one begins
 *    at ROOT, and `..` does not lead above it. So what is read is the tree's, or nothing.
 * 2. Only regular files are read, and none is waited for.
 *
 * ROOT is "" for this host. Paths are absolute, as that tree has them.
 */
#ifndef PAM_SSO_BENEATH_H
#define PAM_SSO_BENEATH_H

#include <dirent.h>
#include <stdbool.h>

#include "buf.h"

enum { BENEATH_TEXT_MAX = 1024 * 1024 };

/* Opens one, with FLAGS of open(2). Returns a descriptor, or a negative errno; -ENOSYS where ROOT is
 * another tree and the kernel is older than 5.6. */
int beneath_open(const char *root, const char *path, int flags);

/* Adds a file's text to OUT. Returns 0 or a negative errno; -EINVAL for what is not a regular
 * file. */
int beneath_read(const char *root, const char *path, struct buf *out);

/* The names in a folder that TAKES returns nonzero for, in order. Returns how many, and sets *ret as
 * scandir(3) does; or a negative errno. */
int beneath_list(const char *root, const char *folder, int (*takes)(const struct dirent *entry),
	struct dirent ***ret);

/* Calls FOUND, where it is not NULL, with each path that is there and matches PATTERN (glob(7)), in
 * order. Returns whether there was one. */
bool beneath_match(const char *root, const char *pattern,
	void (*found)(void *context, const char *path), void *context);

#endif
