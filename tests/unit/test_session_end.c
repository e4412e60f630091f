/* What goes with a session that is over, and what stays. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"
#include "session_end.h"

#define ID    "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"

enum { NOW = 1000 };

/* A machine: its store, the bindings of a login of the session and of one of another, and their
 * processes. */
struct machine {
	struct scratch scratch;
	char directory[100], tokens[100];
	struct config config;
	struct store store;
	struct bindings bindings;
	struct session session;
	pid_t login, other;
};

static pid_t start_login(struct machine *machine, const char *session, enum binding_state state)
{
	static char user[] = "alice", service[] = "sshd";
	struct binding binding = {.state = state, .user = user, .service = service, .since = NOW};
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	assert_int_equal(process_look(pid, &binding.process, NULL), 0);
	memcpy(binding.session, session, sizeof(binding.session));
	assert_int_equal(binding_put(&machine->bindings, &binding), 0);
	return pid;
}

static int begin(void **state)
{
	static struct machine machine;
	static char user[] = "alice", text[] = "text", *service[] = {text};
	struct config_error error;

	machine = (struct machine){0};
	scratch_begin(&machine.scratch);
	snprintf(machine.directory, sizeof(machine.directory), "%s/store", machine.scratch.path);
	snprintf(machine.tokens, sizeof(machine.tokens), "%s/tokens", machine.scratch.path);
	machine.config.session.directory = machine.directory;
	machine.config.session.token_directory = machine.tokens;
	machine.config.session.access_token_file = true;
	assert_int_equal(mkdir(machine.tokens, 0711), 0);
	assert_int_equal(chmod(machine.tokens, 0711), 0);
	scratch_write(&machine.scratch, "tokens/" ID, 0400, "at\n");
	scratch_write(&machine.scratch, "tokens/" OTHER, 0400, "at\n");
	assert_int_equal(store_open(&machine.config, &machine.store, &error), 0);
	assert_int_equal(bindings_open(machine.directory, &machine.bindings), 0);
	machine.session = (struct session){.id = ID,
		.user = user,
		.host = text,
		.iss = text,
		.sub = text,
		.client_id = text,
		.ends = 2 * NOW,
		.services = {.items = service, .n = 1}};
	assert_int_equal(store_put(&machine.store, &machine.session), 0);
	machine.login = start_login(&machine, ID, BINDING_OPEN);
	machine.other = start_login(&machine, OTHER, BINDING_OPEN);
	*state = &machine;
	return 0;
}

static int end(void **state)
{
	struct machine *machine = *state;

	kill(machine->login, SIGKILL);
	kill(machine->other, SIGKILL);
	while (wait(NULL) > 0)
		;
	bindings_close(&machine->bindings);
	store_close(&machine->store);
	scratch_end(&machine->scratch);
	return 0;
}

static int stored(const struct machine *machine)
{
	SESSION_AUTO(session);

	return store_get(&machine->store, ID, NOW, &session);
}

/* The other session's login, binding and token are as they were; of this one, nothing is. */
static void assert_alone_is_gone(const struct machine *machine)
{
	BINDING_LIST_AUTO(list);
	struct process process;
	char path[200];

	assert_int_equal(binding_list(&machine->bindings, &list), 0);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0].session, OTHER);
	assert_int_equal(process_look(machine->other, &process, NULL), 0);
	snprintf(path, sizeof(path), "%s/" ID, machine->tokens);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/" OTHER, machine->tokens);
	assert_int_equal(access(path, F_OK), 0);
}

static void it_is_gone_and_its_logins_stay(void **state)
{
	struct machine *machine = *state;
	struct process process;

	machine->config.session.on_revoked = REVOKED_DROP;
	assert_int_equal(session_end(&machine->store, &machine->bindings, &machine->config,
				 &machine->session),
		0);
	assert_int_equal(stored(machine), -ENOENT);
	assert_int_equal(process_look(machine->login, &process, NULL), 0);
	assert_alone_is_gone(machine);
}

static void its_logins_go_where_that_is_wanted(void **state)
{
	struct machine *machine = *state;

	machine->config.session.on_revoked = REVOKED_TERMINATE;
	assert_int_equal(session_end(&machine->store, &machine->bindings, &machine->config,
				 &machine->session),
		0);
	assert_int_equal(waitpid(machine->login, NULL, 0), machine->login);
	assert_int_equal(stored(machine), -ENOENT);
	assert_alone_is_gone(machine);
}

/* Another machine ended it: the store is that one's business. */
static void what_is_ended_elsewhere_ends_here(void **state)
{
	struct machine *machine = *state;

	machine->config.session.on_revoked = REVOKED_TERMINATE;
	assert_int_equal(session_end_here(&machine->bindings, &machine->config, ID), 0);
	assert_int_equal(waitpid(machine->login, NULL, 0), machine->login);
	assert_int_equal(stored(machine), 0);
	assert_alone_is_gone(machine);
}

/* A token that cannot be removed is told, and does not save the session. */
static void what_fails_on_the_way_is_told(void **state)
{
	struct machine *machine = *state;

	assert_int_equal(chmod(machine->tokens, 0777), 0);
	assert_int_equal(session_end(&machine->store, &machine->bindings, &machine->config,
				 &machine->session),
		-EPERM);
	assert_int_equal(stored(machine), -ENOENT);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(it_is_gone_and_its_logins_stay),
		TEST(its_logins_go_where_that_is_wanted),
		TEST(what_is_ended_elsewhere_ends_here),
		TEST(what_fails_on_the_way_is_told),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
