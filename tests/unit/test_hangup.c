/* Who goes with a login that is hung up, and who stays. */
#include <setjmp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "hangup.h"

enum { FAMILY = 3 };

#define ID    "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"

/* A line of processes, each the child of the one before; each says its pid, and then waits. Every
 * second one ignores SIGHUP, as under nohup(1). */
static void be_family(int to)
{
	for (int left = FAMILY; left > 0; left--) {
		pid_t self = getpid();

		(void)signal(SIGHUP, left % 2 ? SIG_IGN : SIG_DFL);
		if (write(to, &self, sizeof(self)) != sizeof(self) || left == 1 || fork() != 0)
			break;
	}
	for (;;)
		pause();
}

static void start_family(pid_t ret_pids[FAMILY])
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	if (fork() == 0)
		be_family(ends[1]);
	for (int i = 0; i < FAMILY; i++)
		assert_int_equal(read(ends[0], &ret_pids[i], sizeof(pid_t)), sizeof(pid_t));
	close(ends[0]);
	close(ends[1]);
}

static bool lives(pid_t pid)
{
	struct process process;

	return process_look(pid, &process, NULL) == 0;
}

static struct binding binding_of(pid_t pid, enum binding_state state, const char *session)
{
	struct binding binding = {.state = state};

	assert_int_equal(process_look(pid, &binding.process, NULL), 0);
	memcpy(binding.session, session, sizeof(binding.session));
	return binding;
}

/* A kill is carried out when the kernel comes to it. */
static void await_end(pid_t pid)
{
	while (lives(pid))
		usleep(1000);
}

/* Of these logins, the open and the standing ones of this session, and all that descends from them. */
static void a_login_and_all_that_descends(void **state)
{
	enum { LOGINS = 6 };
	static const struct {
		enum binding_state state;
		const char *session;
		bool ends;
	} rows[LOGINS] = {
		{BINDING_OPEN, ID, true},
		{BINDING_EXPECTED, ID, false},
		{BINDING_OPEN, OTHER, false},
		{BINDING_OPEN, ID, true},
		{BINDING_STANDING, ID, true},
		{BINDING_STANDING_EXPECTED, ID, false},
	};
	pid_t families[LOGINS][FAMILY];
	struct binding items[LOGINS];
	struct binding_list list = {.items = items, .n = LOGINS};

	(void)state;
	for (int i = 0; i < LOGINS; i++) {
		start_family(families[i]);
		items[i] = binding_of(families[i][0], rows[i].state, rows[i].session);
	}
	assert_int_equal(hangup_logins(&list, ID), 3 * FAMILY);
	for (int i = 0; i < LOGINS; i++)
		for (int j = 0; j < FAMILY; j++) {
			if (rows[i].ends)
				await_end(families[i][j]);
			else
				assert_true(lives(families[i][j]));
			kill(families[i][j], SIGKILL);
		}
	while (wait(NULL) > 0)
		;
}

static void a_number_that_is_used_again(void **state)
{
	pid_t family[FAMILY];

	(void)state;
	start_family(family);
	struct binding binding = binding_of(family[0], BINDING_OPEN, ID);
	binding.process.started++;
	assert_int_equal(hangup_logins(&(struct binding_list){.items = &binding, .n = 1}, ID), 0);
	for (int i = 0; i < FAMILY; i++) {
		assert_true(lives(family[i]));
		kill(family[i], SIGKILL);
	}
	while (wait(NULL) > 0)
		;
}

static void the_caller_is_spared(void **state)
{
	struct binding binding = binding_of(getpid(), BINDING_OPEN, ID);

	(void)state;
	assert_int_equal(hangup_logins(&(struct binding_list){.items = &binding, .n = 1}, ID), 0);
}

static int to_test = -1; /* where a process that was hung up says whom it started */
static int from_login = -1;
static pid_t started;

/* Nobody waits for a moment: the first wait is over when the login has started somebody. */
int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	(void)fds;
	(void)n;
	if (from_login < 0)
		return usleep(1000 * (useconds_t)timeout);
	assert_int_equal(read(from_login, &started, sizeof(started)), sizeof(started));
	close(from_login);
	from_login = -1;
	return 0;
}

static void start_another(int signal)
{
	(void)signal;
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	if (write(to_test, &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
}

/* A login that, when it is hung up, starts what ignores that. */
static void be_stubborn(int to)
{
	to_test = to;
	(void)signal(SIGHUP, start_another);
	if (write(to, &(pid_t){getpid()}, sizeof(pid_t)) != sizeof(pid_t))
		_exit(1);
	for (;;)
		pause();
}

static void what_is_started_meanwhile_ends_too(void **state)
{
	pid_t login;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	if (fork() == 0)
		be_stubborn(ends[1]);
	assert_int_equal(read(ends[0], &login, sizeof(login)), sizeof(login));
	struct binding binding = binding_of(login, BINDING_OPEN, ID);
	from_login = ends[0];
	assert_int_equal(hangup_logins(&(struct binding_list){.items = &binding, .n = 1}, ID), 2);
	await_end(login);
	await_end(started);
	close(ends[1]);
	while (wait(NULL) > 0)
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_and_all_that_descends),
		cmocka_unit_test(a_number_that_is_used_again),
		cmocka_unit_test(the_caller_is_spared),
		cmocka_unit_test(what_is_started_meanwhile_ends_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
