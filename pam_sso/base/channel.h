/*
 * channel: records over a socket, with a time limit and other descriptors to watch.
 *
 * It owns neither the socket nor the descriptors. Bytes that come behind a record are kept for the
 * next call. SIGPIPE is never raised.
 */
#ifndef PAM_SSO_CHANNEL_H
#define PAM_SSO_CHANNEL_H

#include <poll.h>
#include <stdint.h>

#include "record.h"

/* How many descriptors a caller may watch beside the socket. */
enum { CHANNEL_WATCH_MAX = 8 };

struct channel {
	int fd;
	const struct record_key *vocabulary; /* of what is received */
	struct buf in;
};

/* Over FD, which stays the caller's. channel_end() wipes and frees what was kept. */
void channel_begin(struct channel *channel, int fd, const struct record_key *vocabulary);
void channel_end(struct channel *channel);

/* Sends a whole record, waiting where the socket is full, up to DEADLINE (clock_monotonic_ms()).
 * Returns 0, -ETIMEDOUT, -EPIPE where the other side is gone, -EMSGSIZE, or another errno. */
int channel_send(struct channel *channel, const struct record *record, int64_t deadline);

/* Sends what of OUT, which holds formatted records, fits without waiting, and takes it away. Returns
 * 0, also where nothing fits; -EPIPE where the other side is gone, or another errno. */
int channel_flush(struct channel *channel, struct buf *out);

/*
 * Receives one record, up to DEADLINE. WATCH (may be NULL) are N_WATCH further descriptors, at most
 * CHANNEL_WATCH_MAX: when one of them has an event that it asks for, the call ends; their revents
 * tell which.
 * Returns 0 and sets *ret_record, which the caller frees; or
 * -ENODATA	end of file between records
 * -EBADMSG	end of file inside a record, or no record by the rules
 * -EMSGSIZE	past a ceiling
 * -ETIMEDOUT	the deadline came
 * -ECANCELED	a watched descriptor has an event
 * -EINVAL	too many descriptors to watch
 * -ENOMEM or another errno
 * A record that is there already wins over a watched descriptor. EINTR is waited through.
 */
int channel_receive(struct channel *channel, int64_t deadline, struct pollfd *watch,
	unsigned int n_watch, struct record **ret_record);

#endif
