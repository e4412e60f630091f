/*
 * admission: a place among the sign-ins that are pending, before anything is asked of the provider.
 *
 * Who asks decides which table counts, and the limits hold in each by itself. So what one kind can
 * do to another is nothing:
 *
 *	uid-UID  a process whose real user is not root (su, sudo), which that user may stop and kill
 *	key      sshd verified a public key for the user: no stranger
 *	network  there is a client's address: anybody
 *	local    neither: the console, and what root starts
 *
 * 1. A sign-in that shows a prompt MUST have a place while it lasts, also a second one of the same
 *    PAM transaction. A session that is reused asks nobody, and needs none.
 * 2. Where a limit refuses, and where a table stays locked, the answer is REASON_TOO_MANY: a
 *    refusal, since whoever could force "not available" would open what a stack has for that.
 * 3. Where nothing can be counted (the directory is another's, the disk is full), the answer is
 *    REASON_LIMITS: not available, and logged.
 * 4. A host that is not root has no tables, and its sign-ins are not counted: nobody from the
 *    network comes that way. So too where all six limits are lifted.
 */
#ifndef PAM_SSO_ADMISSION_H
#define PAM_SSO_ADMISSION_H

#include "context.h"
#include "host.h"
#include "place.h"

/* Returns REASON_OK, with *ret set where there is a place to be held, which place_leave() gives
 * back; otherwise why not, with the context's words for the log. */
enum reason admission_take(struct context *context, enum host_kind kind, struct place *ret);

#endif
