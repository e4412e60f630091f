/*
 * opening: the first request of a conversation: which server, which keys.
 */
#ifndef PAM_SSO_OPENING_H
#define PAM_SSO_OPENING_H

#include "service.h"

/* Takes keys and server out of an `open`; secrets are copied, and wiped by service's owner
 * (keys_wipe(), redis_end()). Returns STATUS_OK; or STATUS_INVALID or STATUS_AWAY with what was
 * wrong in service->redis.detail. Nothing is connected yet. */
enum status opening_read(const struct record *request, struct service *service);

#endif
