/* Who goes with a login that is hung up, and who stays. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "hangup.h"

enum { FAMILY = 3 };

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

static void a_login_and_all_that_descends(void **state)
{
	pid_t login[FAMILY], other[FAMILY];
	struct session session = {.n_logins = 1};

	(void)state;
	start_family(login);
	start_family(other);
	assert_int_equal(process_look(login[0], &session.logins[0], NULL), 0);
	assert_int_equal(hangup_logins(&session), FAMILY);
	for (int i = 0; i < FAMILY; i++) {
		/* A kill is carried out when the kernel comes to it. */
		while (lives(login[i]))
			usleep(1000);
		assert_true(lives(other[i]));
	}
	for (int i = 0; i < FAMILY; i++)
		kill(other[i], SIGKILL);
	while (wait(NULL) > 0)
		;
}

static void a_number_that_is_used_again(void **state)
{
	pid_t family[FAMILY];
	struct session session = {.n_logins = 1};

	(void)state;
	start_family(family);
	assert_int_equal(process_look(family[0], &session.logins[0], NULL), 0);
	session.logins[0].started++;
	assert_int_equal(hangup_logins(&session), 0);
	for (int i = 0; i < FAMILY; i++) {
		assert_true(lives(family[i]));
		kill(family[i], SIGKILL);
	}
	while (wait(NULL) > 0)
		;
}

static void the_caller_is_spared(void **state)
{
	struct session session = {.n_logins = 1};

	(void)state;
	assert_int_equal(process_look(getpid(), &session.logins[0], NULL), 0);
	assert_int_equal(hangup_logins(&session), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_and_all_that_descends),
		cmocka_unit_test(a_number_that_is_used_again),
		cmocka_unit_test(the_caller_is_spared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
