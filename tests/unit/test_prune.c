/*
 * What is removed, and what must stay, by who is still there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"
#include "prune.h"
#include "renewing.h"

#define ID       "0123456789abcdef0123456789abcdef"
#define OTHER_ID "fedcba9876543210fedcba9876543210"

static int begin(void **state)
{
	static struct renewing renewing;

	renewing_begin(&renewing);
	*state = &renewing;
	return 0;
}

static int end(void **state)
{
	renewing_end(*state);
	return 0;
}

static struct process gone_process(void)
{
	struct process process;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(process_look(pid, &process, NULL), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return process;
}

static struct process own_process(void)
{
	struct process process;

	assert_int_equal(process_look(getpid(), &process, NULL), 0);
	return process;
}

static struct process parent_process(void)
{
	struct process process;

	assert_int_equal(process_look(getppid(), &process, NULL), 0);
	return process;
}

static void bind_to(struct renewing *renewing, const char *id, struct process process,
	enum binding_state state, int64_t age)
{
	char user[] = "alice", service[] = "sshd";
	struct binding binding = {.process = process,
		.state = state,
		.user = user,
		.service = service,
		.since = clock_wall_s() - age};

	memcpy(binding.session, id, sizeof(binding.session));
	assert_int_equal(binding_put(&renewing->bindings, &binding), 0);
}

static void put_session(struct renewing *renewing, const char *id, int64_t age, const char *key)
{
	struct session session = renewing_session(id, age);

	session.ssh_key = key ? copy_of(key) : NULL;
	renewing_put(renewing, &session);
}

enum who { NOBODY, DEAD, LIVING, STANDING, EXPECTED, EXPECTED_LONG };

static const struct {
	enum who who;
	int64_t age;
	const char *ssh_key;
	enum session_account account;
	bool removed;
} rows[] = {
	{NOBODY, 100, NULL, ACCOUNT_SESSION, true},
	{DEAD, 100, NULL, ACCOUNT_SESSION, true},
	{EXPECTED_LONG, 1000, NULL, ACCOUNT_SESSION, true},
	{LIVING, 100, NULL, ACCOUNT_SESSION, false},
	{STANDING, 100, NULL, ACCOUNT_SESSION, false},
	{EXPECTED, 100, NULL, ACCOUNT_SESSION, false},
	{NOBODY, 10, NULL, ACCOUNT_SESSION, false},
	{NOBODY, -100, NULL, ACCOUNT_SESSION, false}, /* the clock was set */
	{DEAD, 100, "ssh-ed25519 AAAA", ACCOUNT_SESSION, false},
	{NOBODY, 100, NULL, ACCOUNT_ANY, false},
};

static void bind_as(struct renewing *renewing, enum who who)
{
	switch (who) {
	case NOBODY: return;
	case DEAD: return bind_to(renewing, ID, gone_process(), BINDING_OPEN, 0);
	case LIVING: return bind_to(renewing, ID, own_process(), BINDING_OPEN, 0);
	case STANDING: return bind_to(renewing, ID, own_process(), BINDING_STANDING, 0);
	case EXPECTED: return bind_to(renewing, ID, own_process(), BINDING_EXPECTED, 0);
	case EXPECTED_LONG:
		return bind_to(renewing, ID, own_process(), BINDING_EXPECTED, BINDING_EXPECT + 60);
	}
}

static void a_session_goes_when_nothing_leads_to_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		SESSION_AUTO(session);
		struct renewing renewing;

		renewing_begin(&renewing);
		renewing.config.session.account = rows[i].account;
		put_session(&renewing, ID, rows[i].age, rows[i].ssh_key);
		bind_as(&renewing, rows[i].who);
		int r = prune_session(&renewing.store, &renewing.bindings, &renewing.config, ID, 0);
		if (r != rows[i].removed)
			fail_msg("row %zu: %d", i, r);
		assert_int_equal(store_get(&renewing.store, ID, clock_wall_s(), &session),
			rows[i].removed ? -ENOENT : 0);
		renewing_end(&renewing);
	}
}

static void it_waits_for_who_has_the_session(void **state)
{
	struct renewing *renewing = *state;
	struct store_lock lock;

	put_session(renewing, ID, 100, NULL);
	assert_int_equal(store_lock(&renewing->store, ID, 0, &lock), 0);
	assert_int_equal(
		prune_session(&renewing->store, &renewing->bindings, &renewing->config, ID, 0),
		-ETIMEDOUT);
	store_unlock(&renewing->store, &lock);
	assert_int_equal(
		prune_session(&renewing->store, &renewing->bindings, &renewing->config, ID, 0), 1);
	assert_int_equal(
		prune_session(&renewing->store, &renewing->bindings, &renewing->config, ID, 0), 0);
}

/* What another machine shares is not this one's to judge. */
static void a_shared_session_stays(void **state)
{
	struct renewing *renewing = *state;
	SESSION_AUTO(session);

	session = renewing_session(ID, 100);
	assert_true(prune_is_left(&renewing->config, &session, clock_wall_s()));
	renewing->config.session.store = STORE_REDIS;
	assert_false(prune_is_left(&renewing->config, &session, clock_wall_s()));
}

static void bindings_that_are_over_go_with_the_token_file(void **state)
{
	struct renewing *renewing = *state;
	BINDING_LIST_AUTO(living);
	BINDING_LIST_AUTO(stored);
	const char *const ids[] = {ID, OTHER_ID};

	assert_int_equal(mkdir(renewing->config.session.token_directory, 0711), 0);
	for (size_t i = 0; i < 2; i++) {
		char name[64];

		snprintf(name, sizeof(name), "tokens/%s", ids[i]);
		(void)scratch_write(&renewing->scratch, name, 0400, "token\n");
		bind_to(renewing, ids[i], gone_process(), BINDING_OPEN, 0);
	}
	bind_to(renewing, OTHER_ID, own_process(), BINDING_OPEN, 0);
	assert_int_equal(
		prune_bindings(&renewing->bindings, &renewing->config, clock_wall_s(), &living), 0);
	assert_int_equal(living.n, 1);
	assert_null(prune_find(&living, ID));
	assert_ptr_equal(prune_find(&living, OTHER_ID), living.items);
	assert_int_equal(access(scratch_path(&renewing->scratch, "tokens/" ID), F_OK), -1);
	assert_int_equal(access(scratch_path(&renewing->scratch, "tokens/" OTHER_ID), F_OK), 0);
	assert_int_equal(binding_list(&renewing->bindings, &stored), 0);
	assert_int_equal(stored.n, 1);
}

/* It has no token, and keeps none for a login that is over. */
static void a_standing_login_keeps_no_token_file(void **state)
{
	struct renewing *renewing = *state;
	BINDING_LIST_AUTO(living);
	BINDING_LIST_AUTO(standing);

	assert_int_equal(mkdir(renewing->config.session.token_directory, 0711), 0);
	(void)scratch_write(&renewing->scratch, "tokens/" ID, 0400, "token\n");
	bind_to(renewing, ID, own_process(), BINDING_STANDING, 0);
	bind_to(renewing, ID, parent_process(), BINDING_OPEN, 0);
	bind_to(renewing, ID, gone_process(), BINDING_OPEN, 0);
	assert_int_equal(
		prune_bindings(&renewing->bindings, &renewing->config, clock_wall_s(), &living), 0);
	assert_int_equal(living.n, 2);
	assert_int_equal(prune_find(&living, ID)->state, BINDING_OPEN);
	assert_int_equal(access(scratch_path(&renewing->scratch, "tokens/" ID), F_OK), 0);

	struct process parent = parent_process();
	assert_int_equal(binding_remove(&renewing->bindings, &parent), 0);
	bind_to(renewing, ID, gone_process(), BINDING_OPEN, 0);
	assert_int_equal(
		prune_bindings(&renewing->bindings, &renewing->config, clock_wall_s(), &standing),
		0);
	assert_int_equal(standing.n, 1);
	assert_int_equal(prune_find(&standing, ID)->state, BINDING_STANDING);
	assert_int_equal(access(scratch_path(&renewing->scratch, "tokens/" ID), F_OK), -1);
}

static void the_living_are_found(void **state)
{
	struct renewing *renewing = *state;
	BINDING_LIST_AUTO(living);

	assert_null(prune_find(&living, ID));
	bind_to(renewing, ID, own_process(), BINDING_OPEN, 0);
	assert_int_equal(
		prune_bindings(&renewing->bindings, &renewing->config, clock_wall_s(), &living), 0);
	assert_non_null(prune_find(&living, ID));
	assert_null(prune_find(&living, "0123"));
	assert_null(prune_find(&living, ""));
	assert_null(prune_find(&living, OTHER_ID));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_goes_when_nothing_leads_to_it),
		cmocka_unit_test_setup_teardown(it_waits_for_who_has_the_session, begin, end),
		cmocka_unit_test_setup_teardown(a_shared_session_stays, begin, end),
		cmocka_unit_test_setup_teardown(
			bindings_that_are_over_go_with_the_token_file, begin, end),
		cmocka_unit_test_setup_teardown(a_standing_login_keeps_no_token_file, begin, end),
		cmocka_unit_test_setup_teardown(the_living_are_found, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
