/*
 * identity: from the worker's result to who signed in.
 *
 * The worker is believed where it has to be, and no further: an issuer that is not the configured
 * one, or a missing subject, is a worker that lies.
 */
#ifndef PAM_SSO_IDENTITY_H
#define PAM_SSO_IDENTITY_H

#include "account.h"
#include "record.h"

struct identity_lists {
	struct strlist claims, groups;
};

/*
 * Reads a result whose reason is `ok`. ISSUER is the configured one.
 * Returns REASON_OK and sets *ret, which lives as long as the record and LISTS; or REASON_WORKER,
 * or REASON_NO_MEMORY. identity_free() frees LISTS in every case.
 */
enum reason identity_read(const struct record *result, const char *issuer,
	struct identity_lists *lists, struct identity *ret);

void identity_free(struct identity_lists *lists);

#endif
