/*
 * Bindings: found by their process, over with it, and nothing else is one. What may stand at a path
 * is tried in test_store.c, on the functions that both use.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "binding.h"
#include "scratch.h"

#define ID "0123456789abcdef0123456789abcdef"

enum { NOW = 100000 };

static int begin(void **state)
{
	static struct scratch scratch;

	scratch_begin(&scratch);
	*state = &scratch;
	return 0;
}

static int end(void **state)
{
	scratch_end(*state);
	return 0;
}

static struct bindings opened(struct scratch *scratch)
{
	struct bindings bindings = {.dir = -1};

	assert_int_equal(bindings_open(scratch_path(scratch, "store"), &bindings), 0);
	return bindings;
}

static struct binding of_process(pid_t pid, uint64_t started, enum binding_state state)
{
	static char user[] = "alice", service[] = "sshd";

	return (struct binding){.process = {.pid = pid, .started = started},
		.state = state,
		.session = ID,
		.user = user,
		.service = service,
		.since = NOW};
}

/* The path of NAME among the bindings. */
static const char *among(struct scratch *scratch, const char *name)
{
	snprintf(scratch->file, sizeof(scratch->file), "%s/store/logins/%s", scratch->path, name);
	return scratch->file;
}

static int entries(struct scratch *scratch)
{
	DIR *directory = opendir(scratch_path(scratch, "store/logins"));
	int n = -2; /* . and .. */

	assert_non_null(directory);
	while (readdir(directory))
		n++;
	closedir(directory);
	return n;
}

static void what_is_put_is_found_by_its_process(void **state)
{
	BINDINGS_AUTO(bindings);
	BINDING_AUTO(got);
	BINDING_AUTO(open);
	struct process other = {.pid = 77, .started = 8};

	bindings = opened(*state);
	struct binding binding = of_process(77, 7, BINDING_EXPECTED);
	assert_int_equal(binding_put(&bindings, &binding), 0);
	assert_int_equal(binding_get(&bindings, &binding.process, &got), 0);
	assert_true(process_same(&got.process, &binding.process));
	assert_int_equal(got.state, BINDING_EXPECTED);
	assert_string_equal(got.session, ID);
	assert_string_equal(got.user, "alice");
	assert_string_equal(got.service, "sshd");
	assert_int_equal(got.since, NOW);
	/* over an earlier one of its process */
	binding.state = BINDING_OPEN;
	assert_int_equal(binding_put(&bindings, &binding), 0);
	assert_int_equal(binding_get(&bindings, &binding.process, &open), 0);
	assert_int_equal(open.state, BINDING_OPEN);
	assert_int_equal(entries(*state), 1);
	/* the same number, at another time */
	assert_int_equal(binding_get(&bindings, &other, &got), -ENOENT);
	assert_int_equal(binding_remove(&bindings, &other), 0);
	assert_int_equal(entries(*state), 1);
	assert_int_equal(binding_remove(&bindings, &binding.process), 0);
	assert_int_equal(binding_remove(&bindings, &binding.process), 0);
	assert_int_equal(entries(*state), 0);
}

static void they_are_roots_alone(void **state)
{
	BINDINGS_AUTO(bindings);
	struct bindings none = {.dir = -1};
	struct stat st;

	mode_t before = umask(0);
	bindings = opened(*state);
	struct binding binding = of_process(77, 7, BINDING_OPEN);
	assert_int_equal(binding_put(&bindings, &binding), 0);
	umask(before);
	assert_int_equal(stat(scratch_path(*state, "store"), &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(stat(scratch_path(*state, "store/logins"), &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(stat(among(*state, "77:7"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	/* and a directory that others may write to, or a link, is none */
	assert_int_equal(chmod(scratch_path(*state, "store/logins"), 0770), 0);
	assert_int_equal(bindings_open(scratch_path(*state, "store"), &none), -EPERM);
	assert_int_equal(remove(among(*state, "77:7")), 0);
	assert_int_equal(rmdir(scratch_path(*state, "store/logins")), 0);
	assert_int_equal(symlink("/tmp", scratch_path(*state, "store/logins")), 0);
	assert_int_equal(bindings_open(scratch_path(*state, "store"), &none), -ENOTDIR);
	assert_int_equal(none.dir, -1);
}

#define STATE "state=open\n"
#define REST  "session=" ID "\nuser=alice\nservice=sshd\nsince=100000\n"

static void anything_else_is_no_binding(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{"process=77:7\n" STATE REST "\n", 0},
		{"", -EBADMSG},
		{"\n", -EBADMSG},
		{"process=77:7\n" STATE REST, -EBADMSG},
		{"process=77:7\n" STATE REST "\nx", -EBADMSG},
		{"process=77:8\n" STATE REST "\n", -EBADMSG}, /* given another's name */
		{STATE REST "\n", -EBADMSG},
		{"process=77:7\n" REST "\n", -EBADMSG},
		{"process=77:7\nstate=\n" REST "\n", -EBADMSG},
		{"process=77:7\nstate=shut\n" REST "\n", -EBADMSG},
		{"process=77:7\n" STATE "user=alice\nservice=sshd\nsince=1\n\n", -EBADMSG},
		{"process=77:7\n" STATE "session=x\nuser=alice\nservice=sshd\nsince=1\n\n",
			-EBADMSG},
		{"process=77:7\n" STATE "session=" ID "\nuser=a/b\nservice=sshd\nsince=1\n\n",
			-EBADMSG},
		{"process=77:7\n" STATE "session=" ID "\nservice=sshd\nsince=1\n\n", -EBADMSG},
		{"process=77:7\n" STATE "session=" ID "\nuser=alice\nsince=1\n\n", -EBADMSG},
		{"process=77:7\n" STATE "session=" ID "\nuser=alice\nservice=sshd\n\n", -EBADMSG},
		{"process=77:7\n" STATE "session=" ID "\nuser=alice\nservice=sshd\nsince=-1\n\n",
			-EBADMSG},
		{"process=77:7\n" STATE REST "refresh_token=x\n\n", -EBADMSG},
	};
	struct process process = {.pid = 77, .started = 7};
	BINDINGS_AUTO(bindings);

	bindings = opened(*state);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		BINDING_AUTO(got);
		BINDING_LIST_AUTO(list);

		scratch_write(*state, "store/logins/77:7", 0600, rows[i].text);
		int r = binding_get(&bindings, &process, &got);
		if (r != rows[i].result)
			fail_msg("row %zu is %d", i, r);
		assert_int_equal(got.user != NULL, r == 0);
		assert_int_equal(binding_list(&bindings, &list), 0);
		assert_int_equal(list.n, r == 0);
	}
}

static void what_is_no_binding_is_not_written(void **state)
{
	static char line_break[] = "a\nstate=open", path[] = "a/b";
	BINDINGS_AUTO(bindings);

	bindings = opened(*state);
	for (int i = 0; i < 7; i++) {
		struct binding binding = of_process(77, 7, BINDING_OPEN);

		switch (i) {
		case 0: binding.process.pid = 0; break;
		case 1: binding.session[0] = 'x'; break;
		case 2: binding.user = path; break;
		case 3: binding.user = NULL; break;
		case 4: binding.service = NULL; break;
		case 5: binding.service = line_break; break;
		case 6: binding.since = -1; break;
		}
		assert_int_equal(binding_put(&bindings, &binding), -EINVAL);
	}
	assert_int_equal(entries(*state), 0);
}

static void it_is_over_with_its_process(void **state)
{
	struct process self, child;

	(void)state;
	assert_int_equal(process_look(getpid(), &self, NULL), 0);
	const struct {
		struct process process;
		enum binding_state state;
		int64_t age;
		bool lives;
	} rows[] = {
		{self, BINDING_OPEN, 0, true},
		{self, BINDING_OPEN, INT64_C(1) << 40, true},
		{self, BINDING_OPEN, -NOW, true},
		{self, BINDING_EXPECTED, 0, true},
		{self, BINDING_EXPECTED, BINDING_EXPECT - 1, true},
		{self, BINDING_EXPECTED, BINDING_EXPECT, false},
		{self, BINDING_EXPECTED, 1 - BINDING_EXPECT, true}, /* a clock put back */
		{self, BINDING_EXPECTED, -BINDING_EXPECT, false},
		{self, BINDING_EXPECTED, -NOW - 1, false}, /* no clock */
		{self, BINDING_STANDING, INT64_C(1) << 40, true},
		{self, BINDING_STANDING_EXPECTED, BINDING_EXPECT - 1, true},
		{self, BINDING_STANDING_EXPECTED, BINDING_EXPECT, false},
		{self, BINDING_CLOSED, 0, false},
		{{self.pid, self.started + 1}, BINDING_STANDING, 0, false},
		{{self.pid, self.started + 1}, BINDING_OPEN, 0, false},
		{{0, 0}, BINDING_OPEN, 0, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct binding binding = of_process(
			rows[i].process.pid, rows[i].process.started, rows[i].state);

		assert_int_equal(binding_lives(&binding, NOW + rows[i].age), rows[i].lives);
	}
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	assert_int_equal(process_look(pid, &child, NULL), 0);
	struct binding binding = of_process(child.pid, child.started, BINDING_OPEN);
	assert_true(binding_lives(&binding, NOW));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(binding_lives(&binding, NOW));
}

/* What was expected opens as what it is, once, in its time, and keeps its kind in its file. */
static void a_login_opens_as_what_was_expected(void **state)
{
	static const struct {
		enum binding_state before;
		int64_t age;
		int result;
		enum binding_state after;
		bool standing;
	} rows[] = {
		{BINDING_EXPECTED, 1, 0, BINDING_OPEN, false},
		{BINDING_EXPECTED, BINDING_EXPECT, -ENOENT, BINDING_EXPECTED, false},
		{BINDING_OPEN, 1, -ENOENT, BINDING_OPEN, false},
		{BINDING_STANDING_EXPECTED, 1, 0, BINDING_STANDING, true},
		{BINDING_STANDING_EXPECTED, BINDING_EXPECT, -ENOENT, BINDING_STANDING_EXPECTED,
			true},
		{BINDING_STANDING, 1, -ENOENT, BINDING_STANDING, true},
		{BINDING_CLOSED, 1, -ENOENT, BINDING_CLOSED, false},
	};
	BINDINGS_AUTO(bindings);
	struct process self;

	bindings = opened(*state);
	assert_int_equal(process_look(getpid(), &self, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		BINDING_AUTO(got);
		struct binding binding = of_process(self.pid, self.started, rows[i].before);

		assert_int_equal(binding_open(&binding, NOW + rows[i].age), rows[i].result);
		assert_int_equal(binding.since, rows[i].result == 0 ? NOW + rows[i].age : NOW);
		assert_int_equal(binding_put(&bindings, &binding), 0);
		assert_int_equal(binding_get(&bindings, &self, &got), 0);
		assert_int_equal(got.state, rows[i].after);
		assert_int_equal(binding_is_standing(&got), rows[i].standing);
		assert_int_equal(binding_is_login(&got),
			rows[i].after == BINDING_OPEN || rows[i].after == BINDING_STANDING);
	}
}

/* All are there, and what a dead writer left is not; names of others stay. */
static void all_are_listed(void **state)
{
	BINDINGS_AUTO(bindings);
	BINDING_LIST_AUTO(list);
	char name[100], writer[PROCESS_TEXT];
	struct process self;
	pid_t sum = 0;

	bindings = opened(*state);
	for (pid_t pid = 1; pid <= 5; pid++) {
		struct binding binding = of_process(
			pid, 1, pid % 2 ? BINDING_OPEN : BINDING_EXPECTED);

		assert_int_equal(binding_put(&bindings, &binding), 0);
	}
	assert_int_equal(process_look(getpid(), &self, NULL), 0);
	process_format(&self, writer);
	snprintf(name, sizeof(name), "store/logins/9:9.%s", writer);
	scratch_write(*state, name, 0600, "x");
	self.started--;
	process_format(&self, writer);
	snprintf(name, sizeof(name), "store/logins/9:9.%s", writer);
	scratch_write(*state, name, 0600, "x");
	scratch_write(*state, "store/logins/README", 0600, "x");
	scratch_write(*state, "store/logins/8:8", 0600, "x");
	scratch_write(*state, "store/logins/8:9", 0644, "process=8:9\n" STATE REST "\n");
	assert_int_equal(entries(*state), 10);
	assert_int_equal(binding_list(&bindings, &list), 0);
	assert_int_equal(list.n, 5);
	for (size_t i = 0; i < list.n; i++)
		sum += list.items[i].process.pid;
	assert_int_equal(sum, 1 + 2 + 3 + 4 + 5);
	assert_int_equal(entries(*state), 9);
}

static void nothing_stays_open(void **state)
{
	struct bindings bindings = {.dir = -1};
	struct process process = {.pid = 77, .started = 7};
	int before = dup(0);

	close(before);
	bindings = opened(*state);
	struct binding binding = of_process(77, 7, BINDING_OPEN);
	BINDING_AUTO(got);
	BINDING_LIST_AUTO(list);
	assert_int_equal(binding_put(&bindings, &binding), 0);
	assert_int_equal(binding_get(&bindings, &process, &got), 0);
	assert_int_equal(binding_list(&bindings, &list), 0);
	bindings_close(&bindings);
	bindings_close(&bindings);
	int after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_is_found_by_its_process),
		TEST(they_are_roots_alone),
		TEST(anything_else_is_no_binding),
		TEST(what_is_no_binding_is_not_written),
		TEST(it_is_over_with_its_process),
		TEST(a_login_opens_as_what_was_expected),
		TEST(all_are_listed),
		TEST(nothing_stays_open),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
