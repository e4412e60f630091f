/*
 * journal: what happens to a session goes to the system log, in the module's words (log.h).
 */
#ifndef PAM_SSO_JOURNAL_H
#define PAM_SSO_JOURNAL_H

#include "log.h"
#include "reason.h"
#include "session.h"

/* Logs what was done (STEP) to a session, and why. DETAIL may be NULL. */
void journal_session(enum log_format format, const struct session *session, const char *step,
	enum reason reason, const char *detail);

#endif
