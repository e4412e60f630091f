/*
 * check_text: files of the host's own, such as /etc/ssh/sshd_config, beneath a root.
 */
#ifndef PAM_SSO_CHECK_TEXT_H
#define PAM_SSO_CHECK_TEXT_H

#include <stdbool.h>

#include "buf.h"

enum { CHECK_TEXT_MAX = 1024 * 1024 };

/* Adds the file at PATH (absolute) beneath ROOT to OUT, following links as the program does that it
 * belongs to. Returns 0 or a negative errno; -EINVAL for what is not a regular file. */
int check_text_read(const char *root, const char *path, struct buf *out);

/* Takes the next line of *AT, which moves behind it, without blanks around it. NULL at the end. The
 * text is cut up. */
char *check_text_line(char **at);

/* Takes the first word of *AT, which moves behind it and the blanks, or the `=`, that follow. NULL
 * where there is none. The text is cut up. */
char *check_text_word(char **at);

#endif
