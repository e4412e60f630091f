/*
 * counters: the file of a machine's tally (tally.h), in a directory of root's alone (dir.h).
 *
 * 1. It is mapped, and counted in where it is: without a lock, since who comes by su or sudo may be
 *    stopped by the person who called, and who holds a lock then keeps all others waiting.
 * 2. A file appears whole, by a rename. One that is no tally of these programs, or not root's plain
 *    file, MUST be replaced, never counted in; what was counted meanwhile in the one before is lost.
 * 3. It MUST be on tmpfs with all its pages there: elsewhere the kernel may find no room when a
 *    page is written to, and would end the host.
 */
#ifndef PAM_SSO_COUNTERS_H
#define PAM_SSO_COUNTERS_H

#include "tally.h"

/* The file's name. */
#define COUNTERS_NAME "tally"

/* Maps the file for counting, and makes directory and file where they are missing. Returns 0 and
 * sets *ret, which counters_close() takes; -EPERM where the directory is not this user's alone;
 * -ENOTSUP for rule 3; or another negative errno. */
int counters_open(const char *directory, struct tally **ret);

/* What stands there now. Returns 0; -ENOENT where nothing was counted yet; -EINVAL for a file that
 * rule 2 would replace; or a negative errno as counters_open(). */
int counters_read(const char *directory, struct tally *ret);

void counters_close(struct tally *tally);

/* What -errno means here, in words. */
const char *counters_error_text(int r);

#endif
