#include "transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "dial.h"
#include "fd.h"

static enum status fail(struct status_detail *detail, const char *what, int error)
{
	return status_fail(detail, STATUS_AWAY, "%s: %s", what, strerror(-error));
}

/* OpenSSL's words for an error, or those of the system where it was that; they are constants. */
static const char *error_words(unsigned long error)
{
	if (ERR_SYSTEM_ERROR(error))
		return strerror(ERR_GET_REASON(error));
	return ERR_reason_error_string(error);
}

/* What is wrong with the certificate, or else the first error. */
static enum status fail_tls(struct status_detail *detail, const SSL *ssl, const char *what)
{
	long verdict = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
	const char *words = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict)
						 : error_words(ERR_peek_error());

	ERR_clear_error();
	return status_fail(detail, STATUS_AWAY, "%s: %s", what, words ? words : "closed");
}

/* Rule 1: whom to trust. */
static bool trust_authorities(SSL_CTX *context, const struct transport_trust *trust)
{
	if (!trust->ca_file && !trust->ca_dir)
		return false;
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_load_verify_locations(context, trust->ca_file, trust->ca_dir) == 1;
}

/* Rule 1: whose certificate. A name is said to the server too, an address is not (RFC 6066). */
static bool expect_host(SSL *ssl, const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];
	X509_VERIFY_PARAM *expected = SSL_get0_param(ssl);

	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(expected, host) == 1;
	X509_VERIFY_PARAM_set_hostflags(expected,
		X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return X509_VERIFY_PARAM_set1_host(expected, host, 0) == 1 &&
	       SSL_set_tlsext_host_name(ssl, host) == 1;
}

/* What a call of OpenSSL that returned R waits for: POLLIN, POLLOUT, or 0 where it failed. */
static short awaited(const SSL *ssl, int r)
{
	switch (SSL_get_error(ssl, r)) {
	case SSL_ERROR_WANT_READ: return POLLIN;
	case SSL_ERROR_WANT_WRITE: return POLLOUT;
	default: return 0;
	}
}

static enum status shake_hands(
	struct transport *transport, int64_t deadline, struct status_detail *detail)
{
	for (;;) {
		int r = SSL_connect(transport->ssl);
		if (r == 1)
			return STATUS_OK;
		short events = awaited(transport->ssl, r);
		if (!events)
			return fail_tls(detail, transport->ssl, "TLS");
		r = fd_wait(transport->fd, events, deadline);
		if (r < 0)
			return fail(detail, "TLS", r);
	}
}

static enum status secure(struct transport *transport, const char *host,
	const struct transport_trust *trust, int64_t deadline, struct status_detail *detail)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context || !trust_authorities(context, trust)) {
		SSL_CTX_free(context);
		return fail_tls(detail, NULL, "CA certificates");
	}
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE);
	transport->ssl = SSL_new(context);
	SSL_CTX_free(context);
	if (!transport->ssl || SSL_set_fd(transport->ssl, transport->fd) != 1 ||
		!expect_host(transport->ssl, host))
		return fail_tls(detail, transport->ssl, "TLS");
	return shake_hands(transport, deadline, detail);
}

enum status transport_open(const struct endpoint *endpoint, const struct transport_trust *trust,
	int64_t deadline, struct transport *ret, struct status_detail *detail)
{
	struct transport transport = {
		.fd = dial(endpoint->host, endpoint->port, !endpoint->tls, deadline)};

	if (transport.fd < 0)
		return fail(detail, "connecting", transport.fd);
	enum status status = endpoint->tls
				     ? secure(&transport, endpoint->host, trust, deadline, detail)
				     : STATUS_OK;
	if (status == STATUS_OK)
		*ret = transport;
	else
		transport_close(&transport);
	return status;
}

/* Sends or receives what goes without waiting. Returns the bytes (above 0) and *ret_events is
 * unset; 0 where *ret_events has to come first; or an errno. */
static ssize_t plain_some(int fd, char *to, const char *from, size_t len, short *ret_events)
{
	ssize_t n;

	do
		n = from ? send(fd, from, len, MSG_NOSIGNAL) : recv(fd, to, len, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return n;
	if (n == 0)
		return -EPIPE;
	if (errno != EAGAIN)
		return -errno;
	*ret_events = from ? POLLOUT : POLLIN;
	return 0;
}

static ssize_t tls_some(SSL *ssl, char *to, const char *from, size_t len, short *ret_events)
{
	int most = len > INT_MAX ? INT_MAX : (int)len;
	int n = from ? SSL_write(ssl, from, most) : SSL_read(ssl, to, most);

	if (n > 0)
		return n;
	*ret_events = awaited(ssl, n);
	ERR_clear_error();
	return *ret_events ? 0 : -EPIPE;
}

/* At least one byte one way or the other: FROM is NULL where it is received. */
static ssize_t some(
	struct transport *transport, char *to, const char *from, size_t len, int64_t deadline)
{
	for (;;) {
		short events;
		ssize_t n = transport->ssl ? tls_some(transport->ssl, to, from, len, &events)
					   : plain_some(transport->fd, to, from, len, &events);

		if (n != 0)
			return n;
		int r = fd_wait(transport->fd, events, deadline);
		if (r < 0)
			return r;
	}
}

enum status transport_send(struct transport *transport, const char *bytes, size_t len,
	int64_t deadline, struct status_detail *detail)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = some(transport, NULL, bytes + done, len - done, deadline);

		if (n < 0)
			return fail(detail, "sending", (int)n);
		done += (size_t)n;
	}
	return STATUS_OK;
}

enum status transport_receive(struct transport *transport, char *bytes, size_t size,
	int64_t deadline, size_t *ret_len, struct status_detail *detail)
{
	ssize_t n = some(transport, bytes, NULL, size, deadline);

	if (n < 0)
		return fail(detail, "waiting for the reply", (int)n);
	*ret_len = (size_t)n;
	return STATUS_OK;
}

void transport_close(struct transport *transport)
{
	SSL_free(transport->ssl);
	if (transport->fd >= 0)
		close(transport->fd);
	*transport = (struct transport){.fd = -1};
}
