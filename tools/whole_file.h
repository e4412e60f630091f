/*
 * whole_file: a file that readers find whole, as it was or as it is now.
 *
 * It is written under another name in the same directory and renamed. The umask has no say, and
 * neither has a link that stands there: that is replaced. What could not be written whole is not
 * left there.
 */
#ifndef PAM_SSO_WHOLE_FILE_H
#define PAM_SSO_WHOLE_FILE_H

#include <sys/types.h>

#include "buf.h"

/* Returns 0 or a negative errno. */
int whole_file_write(const char *path, mode_t mode, const struct buf *bytes);

#endif
