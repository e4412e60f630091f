/*
 * check: what the parts of `ssoctl check` have in hand. A part is a file, check_NAME.c, and adds what
 * it finds; check.c has them in their order.
 *
 * A part MUST change nothing on the machine, and asks nobody to sign in.
 */
#ifndef PAM_SSO_CHECK_H
#define PAM_SSO_CHECK_H

#include "check_finding.h"
#include "config.h"
#include "ssoctl.h"
#include "strlist.h"

struct check {
	const struct invocation *invocation;
	const char *root;        /* what stands before the host's own files; "" */
	bool configured;         /* there is a configuration: config is set */
	struct config config;    /* of the service that was asked for */
	struct strlist services; /* whose stacks ask pam_sso: set by check_pam() */
	struct check_findings findings;
};

/* What SERVICE gets, whichever was asked for. Returns whether there is a configuration; then
 * config_free() frees *ret. */
bool check_config_of(const struct check *check, const char *service, struct config *ret);

void check_config(struct check *check);
void check_files(struct check *check);
void check_worker(struct check *check);
void check_pam(struct check *check);
void check_service(struct check *check);
void check_sshd(struct check *check);
void check_sudo(struct check *check);
void check_idp(struct check *check);
void check_store(struct check *check);
void check_user(struct check *check);

#endif
