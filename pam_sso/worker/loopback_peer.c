#include "loopback_peer.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

struct question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};

struct answer {
	struct nlmsghdr head;
	struct inet_diag_msg body;
	char attributes[512];
};

int loopback_peer_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);

	return fd < 0 ? -errno : fd;
}

/* One end of a connection, as the question has it: ADDRESS may be of a family alone. */
static void add_end(const union address *address, __be32 ip[4], __be16 *port)
{
	if (address->any.sa_family == AF_INET6) {
		memcpy(ip, &address->ipv6.sin6_addr, sizeof(address->ipv6.sin6_addr));
		*port = address->ipv6.sin6_port;
	} else {
		ip[0] = address->ipv4.sin_addr.s_addr;
		*port = address->ipv4.sin_port;
	}
}

/* Asks about the socket whose own end is NEAR. The kernel answers before send() returns. */
static bool ask(int diag, const union address *near, const union address *far, struct answer *ret)
{
	struct question question = {
		.head = {.nlmsg_len = sizeof(question),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST},
		.body = {.sdiag_family = (__u8)near->any.sa_family,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = ~0U,
			.id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}},
	};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	socklen_t len = sizeof(kernel);

	add_end(near, question.body.id.idiag_src, &question.body.id.idiag_sport);
	add_end(far, question.body.id.idiag_dst, &question.body.id.idiag_dport);
	if (sendto(diag, &question, sizeof(question), 0, (struct sockaddr *)&kernel, len) < 0)
		return false;
	ssize_t got = recvfrom(diag, ret, sizeof(*ret), 0, (struct sockaddr *)&kernel, &len);
	return got >= (ssize_t)NLMSG_LENGTH(sizeof(ret->body)) && kernel.nl_pid == 0 &&
	       ret->head.nlmsg_type == SOCK_DIAG_BY_FAMILY;
}

bool loopback_peer_is_told(int diag, int listener)
{
	union address here = {0}, nowhere = {0};
	socklen_t len = sizeof(here);
	struct answer answer = {0};

	if (getsockname(listener, &here.any, &len) < 0)
		return false;
	nowhere.any.sa_family = here.any.sa_family;
	return ask(diag, &here, &nowhere, &answer) && answer.body.idiag_state == TCP_LISTEN &&
	       answer.body.idiag_uid == geteuid();
}

bool loopback_peer_is(int diag, int connection, uid_t user)
{
	union address here = {0}, there = {0};
	socklen_t here_len = sizeof(here), there_len = sizeof(there);
	struct answer answer = {0};

	return getsockname(connection, &here.any, &here_len) == 0 &&
	       getpeername(connection, &there.any, &there_len) == 0 &&
	       ask(diag, &there, &here, &answer) && answer.body.idiag_state == TCP_ESTABLISHED &&
	       (answer.body.idiag_uid == user || answer.body.idiag_uid == 0);
}
