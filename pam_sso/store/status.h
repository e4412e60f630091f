/*
 * status: how a request to the store ended, as wire.h names it.
 *
 * The zero value is a failure. STATUS_OK is compared with, never tested for truth.
 */
#ifndef PAM_SSO_STATUS_H
#define PAM_SSO_STATUS_H

/* X(symbol, name on the wire) */
#define STATUSES(X)                                                                                \
	X(INVALID, "invalid")                                                                      \
	X(OK, "ok")                                                                                \
	X(NONE, "none")                                                                            \
	X(ENDED, "ended")                                                                          \
	X(STALE, "stale")                                                                          \
	X(LOCKED, "locked")                                                                        \
	X(DAMAGED, "damaged")                                                                      \
	X(AWAY, "away")                                                                            \
	X(REFUSED, "refused")                                                                      \
	X(FULL, "full")

#define STATUS_SYMBOL(symbol, name) STATUS_##symbol,
enum status { STATUSES(STATUS_SYMBOL) };

const char *status_name(enum status status);

/* What was wrong, for the log: our own words only, and never a value. "" where nothing was. */
struct status_detail {
	char text[160];
};

/* Says what was wrong, and returns STATUS. */
enum status status_fail(struct status_detail *detail, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
