/* What ends a wait: the person's signals, the client's going away, the host's death, the deadline.
 * The worker of these plays would wait for ever, and tells by its exit status why it ended. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stage.h"

enum { LINGERED = 93 /* fake_worker: its socket was closed */ };

static volatile sig_atomic_t handled, handled_unlogged;

static void handle(int signal)
{
	(void)signal;
	handled++;
	handled_unlogged += !stage_logged("reason=cancelled");
}

static void *interrupt_soon(void *thread)
{
	usleep(100 * 1000);
	pthread_kill(*(pthread_t *)thread, SIGINT);
	return NULL;
}

static pthread_t waiting, interrupter;

/* The conversation runs with the host's own mask, so that it can be interrupted as ever. */
static void start_interrupter(struct stage *stage)
{
	sigset_t mask, now;

	(void)stage;
	sigemptyset(&mask);
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	assert_int_equal(sigismember(&now, SIGTERM), 0);
	waiting = pthread_self();
	assert_int_equal(pthread_create(&interrupter, NULL, interrupt_soon, &waiting), 0);
}

static const struct scene interrupted = {.service = "sudo", .meanwhile = start_interrupter};

static void be_interrupted(struct stage *stage)
{
	stage_transcript(stage, SAY_PROMPT "linger\n");
	assert_int_equal(stage_authenticate(stage, &interrupted), PAM_ABORT);
	assert_int_equal(pthread_join(interrupter, NULL), 0);
	assert_true(stage_logged("reason=cancelled"));
}

static void a_blocked_signal_stays_pending(void **state)
{
	struct sigaction action = {.sa_handler = handle};
	sigset_t interrupt, pending;

	sigaction(SIGINT, &action, NULL);
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	pthread_sigmask(SIG_BLOCK, &interrupt, NULL);
	handled = 0;
	be_interrupted(*state);
	assert_int_equal(handled, 0);
	assert_int_equal(sigpending(&pending), 0);
	assert_int_equal(sigismember(&pending, SIGINT), 1);
	pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
	assert_int_equal(handled, 1);
}

/* The host may die of it, and the end of the attempt has to be in the log by then. */
static void a_handled_signal_is_delivered_afterwards(void **state)
{
	struct sigaction action = {.sa_handler = handle};

	sigaction(SIGINT, &action, NULL);
	handled = handled_unlogged = 0;
	be_interrupted(*state);
	assert_int_equal(handled, 1);
	assert_int_equal(handled_unlogged, 0);
}

static void an_ignored_signal_is_seen_all_the_same(void **state)
{
	struct sigaction action = {.sa_handler = SIG_IGN};
	sigset_t pending;

	sigaction(SIGINT, &action, NULL);
	be_interrupted(*state);
	assert_int_equal(sigpending(&pending), 0);
	assert_int_equal(sigismember(&pending, SIGINT), 0);
	action.sa_handler = SIG_DFL;
	sigaction(SIGINT, &action, NULL);
}

static int client = -1;

static void client_goes(struct stage *stage)
{
	(void)stage;
	close(client);
}

/* Connects a client to a server's socket on the loopback, as sshd has one. Returns the latter. */
static int connect_client(char connection[64])
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(server >= 0);
	close(listener);
	assert_int_equal(getsockname(client, (struct sockaddr *)&address, &len), 0);
	snprintf(connection, 64, "SSH_CONNECTION=127.0.0.1 %u 127.0.0.1 22",
		ntohs(address.sin_port));
	return server;
}

static void a_client_that_goes_away(void **state)
{
	struct stage *stage = *state;
	char connection[64];
	int server = connect_client(connection);
	const struct scene scene = {.service = "sshd",
		.tty = "ssh",
		.rhost = "127.0.0.1",
		.environment = {connection},
		.meanwhile = client_goes};

	stage_transcript(stage, SAY_PROMPT "linger\n");
	assert_int_equal(stage_authenticate(stage, &scene), PAM_MAXTRIES);
	assert_true(stage_logged("reason=client-gone"));
	close(server);
}

static int prompted[2];

static void tell_prompted(struct stage *stage)
{
	(void)stage;
	assert_int_equal(write(prompted[1], "", 1), 1);
}

static void a_host_that_is_killed(void **state)
{
	static const struct scene scene = {.meanwhile = tell_prompted};
	struct stage *stage = *state;
	int status;
	char byte;

	/* The worker becomes this process's when its own host is gone. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	stage_transcript(stage, SAY_PROMPT "linger\n");
	assert_int_equal(pipe(prompted), 0);
	pid_t host = fork();
	assert_true(host >= 0);
	if (host == 0)
		_exit(stage_authenticate(stage, &scene));
	assert_int_equal(read(prompted[0], &byte, 1), 1);
	assert_int_equal(kill(host, SIGKILL), 0);
	assert_int_equal(waitpid(host, &status, 0), host);
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), LINGERED);
	close(prompted[0]);
	close(prompted[1]);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
}

static void a_worker_that_stays_silent(void **state)
{
	struct stage *stage = *state;
	static const struct scene scene = {.talk = TALK_ENTER};

	stage_configure(stage, "[prompt]\ndeadline = 10s\n");
	stage_transcript(stage, "request\nsleep 600000\n");
	assert_int_equal(stage_authenticate(stage, &scene), PAM_AUTH_ERR);
	assert_true(stage_logged("reason=deadline"));
}

/* In one piece, as the worker says it: what comes in parts would be waited for again. */
#define RESULT_AT_ONCE                                                                             \
	"raw event=result\\x0areason=ok\\x0aiss=" STAGE_ISSUER                                     \
	"\\x0asub=1\\x0aclaim=preferred_username=alice\\x0a\\x0a\n"

static void let_hours_pass(struct stage *stage)
{
	(void)stage;
	stage_skip(3600);
}

static void *pass_hours_soon(void *none)
{
	usleep(100 * 1000);
	stage_skip(3600);
	return none;
}

static pthread_t passer;

static void let_hours_pass_soon(struct stage *stage)
{
	(void)stage;
	assert_int_equal(pthread_create(&passer, NULL, pass_hours_soon, NULL), 0);
}

/* The user may stop su, and a conversation may last: an approval from long ago lets nobody in. */
static void an_approval_from_before_the_deadline(void **state)
{
	static const struct scene long_talk = {.meanwhile = let_hours_pass};
	static const struct scene stopped = {.meanwhile = let_hours_pass_soon};
	struct stage *stage = *state;

	stage_transcript(stage, APPROVE);
	assert_int_equal(stage_authenticate(stage, &long_talk), PAM_AUTH_ERR);
	assert_true(stage_logged("reason=deadline"));

	stage_transcript(stage, SAY_PROMPT "sleep 300\n" RESULT_AT_ONCE "exit 42\n");
	assert_int_equal(stage_authenticate(stage, &stopped), PAM_AUTH_ERR);
	assert_int_equal(pthread_join(passer, NULL), 0);
	assert_true(stage_logged("reason=deadline"));
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_blocked_signal_stays_pending),
		TEST(a_handled_signal_is_delivered_afterwards),
		TEST(an_ignored_signal_is_seen_all_the_same),
		TEST(a_client_that_goes_away),
		TEST(a_host_that_is_killed),
		TEST(a_worker_that_stays_silent),
		TEST(an_approval_from_before_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
