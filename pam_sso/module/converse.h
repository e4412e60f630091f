/*
 * converse: the host's conversation function, which may be anything.
 *
 * It may be missing, fail, return no answers, or answers that no person gave. What it answers is
 * wiped, and where Enter alone is asked for, it is never looked at beyond its length: Enter is no
 * proof of a person, and somebody may have typed a password.
 */
#ifndef PAM_SSO_CONVERSE_H
#define PAM_SSO_CONVERSE_H

#include <security/pam_modules.h>

#include "message.h"
#include "reason.h"
#include "secret.h"

/* Bytes of an answer that is wanted: more than any terminal's line, and than the worker takes. */
enum { CONVERSE_ANSWER_MAX = 16 * 1024 };

/*
 * Shows TEXT as a prompt and waits until it is answered. The prompt echoes: nothing secret is asked
 * for, who types a password all the same sees the mistake, and clients that fill in a stored
 * password do so at prompts without echo only.
 * Returns REASON_OK, also for an empty answer (that is what Enter is); or REASON_NO_CONVERSATION
 * where there is no conversation, it failed, it gave no answer, or one beyond PAM_MAX_RESP_SIZE.
 */
enum reason converse_ask(pam_handle_t *pamh, const char *text);

/* The same where the answer is wanted, which may have up to CONVERSE_ANSWER_MAX bytes: sets
 * *ret_answer to it, empty or not. Or returns REASON_NO_MEMORY. */
enum reason converse_ask_secret(pam_handle_t *pamh, const char *text, struct secret *ret_answer);

/* Shows TEXT and asks nothing. Returns REASON_OK or REASON_NO_CONVERSATION. */
enum reason converse_show(pam_handle_t *pamh, const char *text);

/* Tells the person what went wrong. Nothing follows from whether that worked. */
void converse_tell_error(pam_handle_t *pamh, const char *text);

/* The same with the sentence of a reason, where it has one. PAM_SILENT, which sudo always sets,
 * would leave the person without any. */
void converse_tell_reason(pam_handle_t *pamh, enum language language, enum reason reason);

#endif
