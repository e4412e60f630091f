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
#include "this_host.h"

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

enum who { NOBODY, DEAD, LIVING, STANDING, EXPECTED, EXPECTED_LONG, CLOSED };

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
	case CLOSED: return bind_to(renewing, ID, own_process(), BINDING_CLOSED, 0);
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

static struct session of_this_host(int64_t age, bool here)
{
	struct session session = renewing_session(ID, age);
	char name[THIS_HOST_NAME];

	assert_int_equal(this_host_name(name), 0);
	free(session.host);
	session.host = copy_of(here ? name : "another");
	session.ssh_key = copy_of("ssh-ed25519 AAAA");
	secret_free(&session.refresh_token);
	return session;
}

/* What should have been given back when its last login here closed is so now. */
static void what_was_not_revoked_at_its_close(void **state)
{
	static const struct {
		enum session_close close;
		bool here;
		enum who who;
		int64_t age;
		bool removed;
	} closes[] = {
		{CLOSE_REVOKE, true, NOBODY, 100, true},
		{CLOSE_REVOKE, true, DEAD, 100, true},
		{CLOSE_REVOKE, true, CLOSED, 100, true},
		{CLOSE_REVOKE, true, LIVING, 100, false},
		{CLOSE_REVOKE, true, STANDING, 100, false},
		{CLOSE_REVOKE, true, NOBODY, 10, false},
		{CLOSE_REVOKE, false, CLOSED, 100, false},
		{CLOSE_KEEP, true, NOBODY, 100, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(closes) / sizeof(*closes); i++) {
		SESSION_AUTO(session);
		struct renewing renewing;

		renewing_begin(&renewing);
		renewing.config.session.account = ACCOUNT_ANY;
		renewing.config.session.close_session = closes[i].close;
		renewing.config.network.worker_user = copy_of("nobody");
		session = of_this_host(closes[i].age, closes[i].here);
		renewing_put(&renewing, &session);
		bind_as(&renewing, closes[i].who);
		int r = prune_session(&renewing.store, &renewing.bindings, &renewing.config, ID, 0);
		if (r != closes[i].removed)
			fail_msg("row %zu: %d", i, r);
		assert_int_equal(store_get(&renewing.store, ID, clock_wall_s(), &session),
			closes[i].removed ? -ENOENT : 0);
		renewing_end(&renewing);
	}
}

/* There is no worker: it is ended all the same, and that is told. */
static void a_provider_that_could_not_be_told(void **state)
{
	struct renewing *renewing = *state;
	SESSION_AUTO(session);

	renewing->config.session.close_session = CLOSE_REVOKE;
	renewing->config.network.worker_user = copy_of("nobody");
	session = of_this_host(100, true);
	assert_int_equal(secret_set(&session.refresh_token, "r", 1), 0);
	renewing_put(renewing, &session);
	assert_int_equal(
		prune_session(&renewing->store, &renewing->bindings, &renewing->config, ID, 0),
		-EREMOTEIO);
	assert_int_equal(store_get(&renewing->store, ID, clock_wall_s(), &session), -ENOENT);
}

/* Of a store that is not listed, the session is found by what is over, up to its end. */
static void what_is_over_leads_to_a_shared_session(void **state)
{
	static const struct {
		enum session_close close;
		enum who who;
		int64_t lifetime;
		bool stays;
	} leads[] = {
		{CLOSE_REVOKE, DEAD, 3600, true},
		{CLOSE_REVOKE, CLOSED, 3600, true},
		{CLOSE_REVOKE, CLOSED, 0, false},
		{CLOSE_KEEP, DEAD, 3600, false},
		{CLOSE_KEEP, CLOSED, 3600, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(leads) / sizeof(*leads); i++) {
		struct renewing renewing;
		BINDING_LIST_AUTO(staying);
		BINDING_LIST_AUTO(stored);

		renewing_begin(&renewing);
		renewing.config.session.store = STORE_REDIS;
		renewing.config.session.close_session = leads[i].close;
		renewing.config.session.lifetime = leads[i].lifetime;
		assert_int_equal(mkdir(renewing.config.session.token_directory, 0711), 0);
		(void)scratch_write(&renewing.scratch, "tokens/" ID, 0400, "token\n");
		bind_as(&renewing, leads[i].who);
		assert_int_equal(prune_bindings(&renewing.bindings, &renewing.config,
					 clock_wall_s(), &staying),
			0);
		assert_int_equal(staying.n, leads[i].stays);
		assert_null(prune_find(&staying, ID));
		assert_int_equal(binding_list(&renewing.bindings, &stored), 0);
		assert_int_equal(stored.n, leads[i].stays);
		assert_int_equal(access(scratch_path(&renewing.scratch, "tokens/" ID), F_OK), -1);
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

/* What another machine shares is not this one's to judge, but for what closed here. */
static void a_shared_session_stays(void **state)
{
	struct renewing *renewing = *state;
	SESSION_AUTO(session);

	session = renewing_session(ID, 100);
	assert_true(prune_is_left(&renewing->config, &session, clock_wall_s()));
	renewing->config.session.store = STORE_REDIS;
	assert_false(prune_is_left(&renewing->config, &session, clock_wall_s()));
	renewing->config.session.close_session = CLOSE_REVOKE;
	assert_true(prune_is_left(&renewing->config, &session, clock_wall_s()));
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
		cmocka_unit_test(what_was_not_revoked_at_its_close),
		cmocka_unit_test_setup_teardown(a_provider_that_could_not_be_told, begin, end),
		cmocka_unit_test(what_is_over_leads_to_a_shared_session),
		cmocka_unit_test_setup_teardown(it_waits_for_who_has_the_session, begin, end),
		cmocka_unit_test_setup_teardown(a_shared_session_stays, begin, end),
		cmocka_unit_test_setup_teardown(
			bindings_that_are_over_go_with_the_token_file, begin, end),
		cmocka_unit_test_setup_teardown(a_standing_login_keeps_no_token_file, begin, end),
		cmocka_unit_test_setup_teardown(the_living_are_found, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
