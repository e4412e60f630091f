/*
 * service: what the store's program can be asked for, one operation a function.
 *
 * Each reads its request, writes what belongs to it into the reply, and returns how it ended; who
 * calls it (serve.c) adds status and detail. A request that lacks something or makes no sense is
 * STATUS_INVALID, and nothing is asked of the server.
 */
#ifndef PAM_SSO_SERVICE_H
#define PAM_SSO_SERVICE_H

#include "channel.h"
#include "keys.h"
#include "record.h"
#include "redis.h"
#include "status.h"

struct service {
	struct channel *channel;
	struct keys keys;
	struct redis redis;
};

typedef enum status service_op(
	struct service *service, const struct record *request, struct record *reply);

/* read.c */
service_op service_get;
service_op service_find;

/* write.c */
service_op service_put;
service_op service_remove;
service_op service_end;

/* list.c: all replies but the last are sent as they come. */
service_op service_list;

/* lock.c */
service_op service_lock;
service_op service_unlock;

/* Sends a reply to the caller. Returns 0 or a negative errno: nobody is there to hear more. */
int service_send(struct service *service, const struct record *reply);

#endif
