/*
 * token_file: the person's own access token, in a file that only the person can read.
 *
 * The file is TOKEN_DIRECTORY/ID, ID being the session's: a name that nobody guesses, in a directory
 * of root's that nobody else lists (0711). It holds the access token and a newline; it is the
 * person's, mode 0400; its modification time is when the token expires (the epoch: not said). The
 * refresh token never stands in it.
 *
 * 1. The directory MUST be root's (the effective user's), of a mode no wider than 0711; it is made
 *    so where it is missing (dir.h). Links are not followed.
 * 2. A file is replaced whole, by rename: who reads it reads one token.
 * 3. It is there while the session has an open login on this machine, and only with
 *    access_token_file = yes.
 */
#ifndef PAM_SSO_TOKEN_FILE_H
#define PAM_SSO_TOKEN_FILE_H

#include "config.h"
#include "session.h"

/* What the person's environment calls it. */
#define TOKEN_FILE_VARIABLE "SSO_ACCESS_TOKEN_FILE"

/* Writes the session's access token for its user, over an earlier one that differs. Without one,
 * removes the file. Does nothing unless CONFIG wants it. Returns 0 or a negative errno. */
int token_file_write(const struct config *config, const struct session *session);

/* The same, but only where the file is there: after a renewal. */
int token_file_renew(const struct config *config, const struct session *session);

/* The file's path, which the caller frees; NULL where memory is short. */
char *token_file_path(const struct config *config, const char *id);

/* Removes it. Returns 0, also where there was none; or a negative errno. */
int token_file_remove(const struct config *config, const char *id);

/* The same for a caller who has not the session's lock, against a login that opens meanwhile: the file
 * is set aside first, and is put back unless IS_OVER says then that nobody has a right to it. Who
 * opens a login MUST be seen by IS_OVER before writing the file. */
int token_file_remove_if(const struct config *config, const char *id,
	bool (*is_over)(const void *context), const void *context);

#endif
