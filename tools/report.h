/*
 * report: what a command did to a session, as a line of text or of JSON on standard output.
 */
#ifndef PAM_SSO_REPORT_H
#define PAM_SSO_REPORT_H

#include <stdbool.h>

#include "reason.h"
#include "session.h"

/* OUTCOME is a word that the command's help explains. */
void report_session(
	bool json, const struct session *session, const char *outcome, enum reason reason);

#endif
