#include "loopback.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "loopback_address.h"
#include "loopback_page.h"
#include "loopback_peer.h"
#include "loopback_request.h"
#include "loopback_socket.h"
#include "url.h"

enum { RESPONSE_MAX = 2048 };

struct connection {
	int fd;          /* -1: none */
	uint64_t number; /* the later it came, the greater */
	int64_t until_ms;
	struct buf in;
};

struct loopback {
	int listeners[LOOPBACK_LISTENERS]; /* -1: none */
	int64_t rest_until_ms;             /* nothing is accepted before; 0: no rest */
	int diag;                          /* loopback_peer.h; -1: none */
	uid_t user;
	enum language language;
	uint64_t accepted;
	struct buf redirect_uri;
	struct buf host;
	struct buf path;
	struct connection connections[LOOPBACK_CONNECTIONS];
	struct connection *asking; /* whose request was taken */
};

static int name_address(
	struct loopback *loopback, const struct loopback_address *address, uint16_t port)
{
	loopback_address_add_host(address, port, &loopback->host);
	loopback_address_add_path(address, &loopback->path);
	buf_puts(&loopback->redirect_uri, "http://");
	buf_puts(&loopback->redirect_uri, buf_str(&loopback->host));
	buf_puts(&loopback->redirect_uri, address->rest);
	int r = buf_error(&loopback->host);
	if (r == 0)
		r = buf_error(&loopback->path);
	return r < 0 ? r : buf_error(&loopback->redirect_uri);
}

/* Rules 1 and 2. */
static int start(struct loopback *loopback, const struct loopback_address *address)
{
	uint16_t port = address->port;

	loopback->listeners[0] = loopback_socket_open(address->ipv6, port);
	if (loopback->listeners[0] < 0)
		return loopback->listeners[0];
	int r = loopback_socket_port(loopback->listeners[0], &port);
	if (r < 0)
		return r;
	loopback->listeners[1] = loopback_socket_open(!address->ipv6, port);
	loopback->diag = loopback_peer_open();
	if (loopback->diag < 0 || !loopback_peer_is_told(loopback->diag, loopback->listeners[0]))
		return -EOPNOTSUPP;
	return name_address(loopback, address, port);
}

static struct loopback *loopback_new(void)
{
	struct loopback *loopback = calloc(1, sizeof(*loopback));

	if (!loopback)
		return NULL;
	for (size_t i = 0; i < LOOPBACK_LISTENERS; i++)
		loopback->listeners[i] = -1;
	for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++) {
		loopback->connections[i].fd = -1;
		loopback->connections[i].in.max = LOOPBACK_REQUEST_MAX;
	}
	loopback->diag = -1;
	loopback->redirect_uri.max = 2 * URL_MAX;
	loopback->host.max = URL_MAX;
	loopback->path.max = URL_MAX;
	return loopback;
}

int loopback_listen(
	const char *redirect_uri, uid_t user, enum language language, struct loopback **ret)
{
	struct loopback_address address;
	LOOPBACK_AUTO(loopback);

	if (!loopback_address_read(redirect_uri, &address))
		return -EINVAL;
	loopback = loopback_new();
	if (!loopback)
		return -ENOMEM;
	loopback->user = user;
	loopback->language = language;
	int r = start(loopback, &address);
	if (r < 0)
		return r;
	*ret = loopback;
	loopback = NULL;
	return 0;
}

const char *loopback_redirect_uri(const struct loopback *loopback)
{
	return buf_str(&loopback->redirect_uri);
}

size_t loopback_watch(const struct loopback *loopback, struct pollfd fds[LOOPBACK_WATCH_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < LOOPBACK_LISTENERS; i++)
		if (loopback->listeners[i] >= 0 && !loopback->rest_until_ms)
			fds[n++] = (struct pollfd){.fd = loopback->listeners[i], .events = POLLIN};
	for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++)
		if (loopback->connections[i].fd >= 0)
			fds[n++] = (struct pollfd){
				.fd = loopback->connections[i].fd, .events = POLLIN};
	return n;
}

int64_t loopback_next_ms(const struct loopback *loopback)
{
	int64_t next_ms = loopback->rest_until_ms ? loopback->rest_until_ms : INT64_MAX;

	for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++) {
		const struct connection *connection = &loopback->connections[i];

		if (connection->fd >= 0 && connection->until_ms < next_ms)
			next_ms = connection->until_ms;
	}
	return next_ms;
}

static void drop(struct connection *connection)
{
	if (connection->fd < 0)
		return;
	close(connection->fd);
	connection->fd = -1;
	buf_free(&connection->in);
}

/* Rule 5. */
static void send_page(const struct loopback *loopback, int fd, bool good)
{
	BUF_AUTO(response, RESPONSE_MAX);

	if (loopback_page_add(good, loopback->language, &response) == 0)
		(void)send(fd, response.data, response.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void respond(const struct loopback *loopback, struct connection *connection, bool good)
{
	send_page(loopback, connection->fd, good);
	drop(connection);
}

/* Rule 2. What it says is not read, so it may not see the page. */
static void refuse(const struct loopback *loopback, int fd)
{
	send_page(loopback, fd, false);
	close(fd);
}

/* Reads what is there. Returns false where nothing came, or where that was the end. */
static bool read_some(const struct loopback *loopback, struct connection *connection)
{
	char chunk[LOOPBACK_REQUEST_MAX];
	ssize_t got = recv(connection->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	/* The ceiling of what is kept is that of a request: one that is longer fails here. */
	bool kept = got > 0 && buf_add(&connection->in, chunk, (size_t)got) == 0;
	explicit_bzero(chunk, sizeof(chunk));
	if (kept)
		return true;
	if (got > 0)
		respond(loopback, connection, false);
	drop(connection);
	return false;
}

/* Whether a connection has a request to judge now. */
static bool hear(struct loopback *loopback, struct connection *connection, const char **ret_target,
	size_t *ret_len)
{
	const struct loopback_expect expect = {
		.host = buf_str(&loopback->host), .path = buf_str(&loopback->path)};

	if (!read_some(loopback, connection))
		return false;
	switch (loopback_request_read(
		connection->in.data, connection->in.len, &expect, ret_target, ret_len)) {
	case LOOPBACK_MORE: return false;
	case LOOPBACK_ANSWER: loopback->asking = connection; return true;
	case LOOPBACK_OTHER: break;
	}
	respond(loopback, connection, false);
	return false;
}

/* A place for a new connection: a free one, or the oldest's (rule 3). */
static struct connection *make_place(struct loopback *loopback)
{
	struct connection *oldest = &loopback->connections[0];

	for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++) {
		struct connection *connection = &loopback->connections[i];

		if (connection->fd < 0)
			return connection;
		if (connection->number < oldest->number)
			oldest = connection;
	}
	drop(oldest);
	return oldest;
}

/* The next that waits to be accepted, or -1. A listener that cannot go on would wake the caller again
 * and again: it rests (rule 6). */
static int accept_next(struct loopback *loopback, int listener, int64_t now_ms)
{
	int fd;

	if (listener < 0)
		return -1;
	do
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0 && errno != EAGAIN)
		loopback->rest_until_ms = now_ms + LOOPBACK_REST_MS;
	return fd;
}

/* Takes a connection in. */
static struct connection *receive(struct loopback *loopback, int fd, int64_t now_ms)
{
	struct connection *connection = make_place(loopback);

	connection->fd = fd;
	connection->number = ++loopback->accepted;
	connection->until_ms = now_ms + LOOPBACK_WAIT_MS;
	return connection;
}

/* Accepts what waits at a listener, as many as there are places for, and hears each at once. */
static bool hear_new(struct loopback *loopback, int listener, int64_t now_ms,
	const char **ret_target, size_t *ret_len)
{
	for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++) {
		int fd = accept_next(loopback, listener, now_ms);

		if (fd < 0)
			return false;
		if (!loopback_peer_is(loopback->diag, fd, loopback->user)) {
			refuse(loopback, fd);
			continue;
		}
		struct connection *connection = receive(loopback, fd, now_ms);
		if (hear(loopback, connection, ret_target, ret_len))
			return true;
	}
	return false;
}

bool loopback_take(
	struct loopback *loopback, int64_t now_ms, const char **ret_target, size_t *ret_len)
{
	for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++) {
		struct connection *connection = &loopback->connections[i];

		if (connection->fd >= 0 && hear(loopback, connection, ret_target, ret_len))
			return true;
		if (connection->fd >= 0 && now_ms >= connection->until_ms)
			drop(connection);
	}
	if (now_ms < loopback->rest_until_ms)
		return false;
	loopback->rest_until_ms = 0;
	for (size_t i = 0; i < LOOPBACK_LISTENERS; i++)
		if (hear_new(loopback, loopback->listeners[i], now_ms, ret_target, ret_len))
			return true;
	return false;
}

void loopback_answer(struct loopback *loopback, bool good)
{
	respond(loopback, loopback->asking, good);
	loopback->asking = NULL;
}

void loopback_close(struct loopback *loopback)
{
	if (!loopback)
		return;
	for (size_t i = 0; i < LOOPBACK_LISTENERS; i++)
		if (loopback->listeners[i] >= 0) {
			close(loopback->listeners[i]);
			loopback->listeners[i] = -1;
		}
	if (loopback->diag >= 0)
		close(loopback->diag);
	loopback->diag = -1;
	for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++)
		drop(&loopback->connections[i]);
}

void loopback_free(struct loopback *loopback)
{
	if (!loopback)
		return;
	loopback_close(loopback);
	buf_free(&loopback->redirect_uri);
	buf_free(&loopback->host);
	buf_free(&loopback->path);
	free(loopback);
}

void loopback_free_p(struct loopback **loopback)
{
	loopback_free(*loopback);
}
