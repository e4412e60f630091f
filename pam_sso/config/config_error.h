/*
 * config_error: saying where a file is wrong, and what to write instead.
 */
#ifndef PAM_SSO_CONFIG_ERROR_H
#define PAM_SSO_CONFIG_ERROR_H

#include "config.h"
#include "reason.h"

/* Where a reader is, and where it says what it finds. */
struct config_place {
	const char *file;
	unsigned int line; /* 0: the file as a whole */
	struct config_error *error;
};

/*
 * Sets the error to "FILE:LINE: what", without LINE where it is 0. What is not printable ASCII
 * becomes `?`, what does not fit is cut: the text goes to a log or a terminal as it is.
 * Returns -EINVAL, for the caller to return.
 */
int config_wrong(const struct config_place *place, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets the error to words that are about no place in a file, for the log, which escapes them; what
 * does not fit is cut. Returns REASON, for the caller to return. */
enum reason config_fail(struct config_error *error, enum reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
