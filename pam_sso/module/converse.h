/*
 * converse: the host's conversation function, which may be anything.
 *
 * It may be missing, fail, return no answers, or answers that no person gave. What it answers is
 * never looked at beyond its length, and is wiped: Enter is no proof of a person, and somebody may
 * have typed a password.
 */
#ifndef PAM_SSO_CONVERSE_H
#define PAM_SSO_CONVERSE_H

#include <security/pam_modules.h>

#include "reason.h"

/*
 * Shows TEXT as a prompt and waits until it is answered. The prompt echoes: nothing secret is asked
 * for, who types a password all the same sees the mistake, and clients that fill in a stored
 * password do so at prompts without echo only.
 * Returns REASON_OK, also for an empty answer (that is what Enter is); or REASON_NO_CONVERSATION
 * where there is no conversation, it failed, it gave no answer, or one beyond PAM_MAX_RESP_SIZE.
 */
enum reason converse_ask(pam_handle_t *pamh, const char *text);

/* Shows TEXT and asks nothing. Returns REASON_OK or REASON_NO_CONVERSATION. */
enum reason converse_show(pam_handle_t *pamh, const char *text);

/* Tells the person what went wrong. Nothing follows from whether that worked. */
void converse_tell_error(pam_handle_t *pamh, const char *text);

/* The same with the sentence of a reason, where it has one. PAM_SILENT, which sudo always sets, would
 * leave the person without any. */
void converse_tell_reason(pam_handle_t *pamh, enum reason reason);

#endif
