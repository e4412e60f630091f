#include "channel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "fd.h"

void channel_begin(struct channel *channel, int fd, const struct record_key *vocabulary)
{
	*channel = (struct channel){.fd = fd, .vocabulary = vocabulary, .in = {.max = RECORD_MAX}};
}

void channel_end(struct channel *channel)
{
	buf_free(&channel->in);
	channel->fd = -1;
}

/* Sends what fits without waiting. Returns the bytes sent, or a negative errno. */
static ssize_t send_some(int fd, const char *bytes, size_t len)
{
	ssize_t sent;

	do
		sent = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return sent;
	return errno == ECONNRESET ? -EPIPE : -errno;
}

int channel_send(struct channel *channel, const struct record *record, int64_t deadline)
{
	BUF_AUTO(out, RECORD_MAX);
	int r = record_format(record, &out);

	if (r < 0)
		return r;
	for (size_t done = 0; done < out.len;) {
		ssize_t sent = send_some(channel->fd, out.data + done, out.len - done);

		if (sent >= 0)
			done += (size_t)sent;
		else if (sent != -EAGAIN)
			return (int)sent;
		else if ((r = fd_wait(channel->fd, POLLOUT, deadline)) < 0)
			return r;
	}
	return 0;
}

int channel_flush(struct channel *channel, struct buf *out)
{
	ssize_t sent = out->len ? send_some(channel->fd, out->data, out->len) : 0;

	if (sent > 0)
		buf_consume(out, (size_t)sent);
	return sent < 0 && sent != -EAGAIN ? (int)sent : 0;
}

/* Returns 0 with a record, -EAGAIN where it is not whole yet, or as record_parse(). */
static int take_record(struct channel *channel, struct record **ret_record)
{
	int r = record_parse(
		buf_str(&channel->in), channel->in.len, channel->vocabulary, ret_record);

	if (r <= 0)
		return r < 0 ? r : -EAGAIN;
	buf_consume(&channel->in, (size_t)r);
	return 0;
}

/* Reads what is there without waiting. record_parse() asked for more, so what is kept is below the
 * ceiling, and there is room. Returns 0, -EAGAIN where nothing came, or as channel_receive(). */
static int read_some(struct channel *channel)
{
	char chunk[4096];
	size_t room = channel->in.max - channel->in.len;
	ssize_t got;

	do
		got = recv(channel->fd, chunk, room < sizeof(chunk) ? room : sizeof(chunk),
			MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	/* The other side is gone, and had not read all that it was sent. */
	if (got < 0 && errno == ECONNRESET)
		got = 0;
	if (got < 0)
		return -errno;
	if (got == 0)
		return channel->in.len ? -EBADMSG : -ENODATA;
	int r = buf_add(&channel->in, chunk, (size_t)got);
	explicit_bzero(chunk, (size_t)got);
	return r;
}

/* Waits until the socket has something. Returns 0, -ECANCELED where only a watched one has, or
 * another errno. */
static int wait_watched(
	struct channel *channel, int64_t deadline, struct pollfd *watch, unsigned int n_watch)
{
	struct pollfd fds[1 + CHANNEL_WATCH_MAX] = {{.fd = channel->fd, .events = POLLIN}};

	if (n_watch)
		memcpy(fds + 1, watch, n_watch * sizeof(*watch));
	int r = fd_wait_any(fds, 1 + n_watch, deadline);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < n_watch; i++)
		watch[i].revents = fds[1 + i].revents;
	return fds[0].revents ? 0 : -ECANCELED;
}

int channel_receive(struct channel *channel, int64_t deadline, struct pollfd *watch,
	unsigned int n_watch, struct record **ret_record)
{
	if (n_watch > CHANNEL_WATCH_MAX)
		return -EINVAL;
	for (unsigned int i = 0; i < n_watch; i++)
		watch[i].revents = 0;
	for (;;) {
		int r = take_record(channel, ret_record);

		if (r != -EAGAIN)
			return r;
		r = read_some(channel);
		if (r == -EAGAIN)
			r = wait_watched(channel, deadline, watch, n_watch);
		if (r < 0)
			return r;
	}
}
