/*
 * audit: who signed in, for the kernel's audit (auditd(8)).
 *
 * libpam itself records that somebody was authenticated: the local user, the host program, from where,
 * and how it ended (USER_AUTH). What it cannot know is who that was at the identity provider, and by
 * which rule they are the local user. That is one record more:
 *
 *	type=TRUSTED_APP msg='op=PAM:sso acct="alice" service="sshd" reason="ok"
 *		rule="claim:preferred_username" iss="https://idp.example" sub="248289761001"
 *		exe="/usr/sbin/sshd" hostname=192.0.2.10 addr=192.0.2.10 terminal=ssh res=success'
 *
 * 1. Its type MUST be none that reports count as an authentication: each sign-in would be two.
 * 2. What others chose (a name, a claim, an address) MUST be encoded as audit has it, or left out:
 *    it adds no field.
 * 3. No name is looked up: libaudit asks the name service where it is given no address.
 * 4. The library is the one that libpam has mapped. None is loaded: where libpam was built without
 *    it, nothing is recorded.
 * 5. Whatever fails, the call MUST end as it would have: a container has no audit, and libpam goes
 *    on too.
 */
#ifndef PAM_SSO_AUDIT_H
#define PAM_SSO_AUDIT_H

#include "context.h"

/* The operations: the auth phase, and the account phase of `account = any`. */
#define AUDIT_AUTH    "PAM:sso"
#define AUDIT_ACCOUNT "PAM:sso_account"

/* How one ended. A text that is NULL or "" is left out of the record. */
struct audit_verdict {
	const char *op;
	enum reason reason;
	const char *rule, *iss, *sub;
};

/* Records it, where the configuration says so and the host is root; but not who is not our business. */
void audit_verdict(const struct context *context, const struct audit_verdict *verdict);

#endif
