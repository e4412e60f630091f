/*
 * idp_request: what the requests of a job have in common. Between the files of idp only.
 */
#ifndef PAM_SSO_IDP_REQUEST_H
#define PAM_SSO_IDP_REQUEST_H

#include "idp.h"

/* From here on the detail is about the request of this NAME. */
void idp_begin(struct idp *idp, const char *name);

/* Says what was wrong with it, and returns REASON. */
enum reason idp_fail(struct idp *idp, enum reason reason, const char *text);

/* Sends a request, and hears the answer: as http_send(). */
enum reason idp_fetch(struct idp *idp, struct http_request *request, struct http_reply *ret);

#endif
