/*
 * verdict: what a host is told. The one table that turns a reason into a PAM return code.
 *
 * 1. PAM_SUCCESS MUST come from CLASS_OK alone.
 * 2. PAM_IGNORE MUST come from CLASS_NOT_OURS alone: behind a first factor, IGNORE lets a person in
 *    (CVE-2025-23013), so no error may end in it.
 * 3. A host asks again only where that makes sense. sshd asks up to three times after anything but
 *    PAM_MAXTRIES; sudo asks three times after PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_AUTHINFO_UNAVAIL
 *    and PAM_MAXTRIES, and once after any other code.
 * 4. "Could not ask" is PAM_AUTHINFO_UNAVAIL everywhere: a stack may give the next module its turn
 *    for that code without doing so for a refusal.
 */
#ifndef PAM_SSO_VERDICT_H
#define PAM_SSO_VERDICT_H

#include "reason.h"

enum host_kind {
	HOST_OTHER, /* su, login, screen lockers */
	HOST_SSHD,
	HOST_SUDO,
	HOST_KIND_COUNT
};

/* The return code of pam_sm_authenticate() for REASON under this kind of host. */
int verdict_code(enum reason reason, enum host_kind kind);

#endif
