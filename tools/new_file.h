/*
 * new_file: a file that was not there before.
 *
 * It MUST be new: what stands there is neither replaced nor followed. The umask has no say, and
 * what could not be written whole is not left there.
 */
#ifndef PAM_SSO_NEW_FILE_H
#define PAM_SSO_NEW_FILE_H

#include <sys/types.h>

#include "buf.h"

/* Returns 0 or a negative errno: -EEXIST where something stands there. */
int new_file_write(const char *path, mode_t mode, const struct buf *bytes);

#endif
