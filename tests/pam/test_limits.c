/*
 * Limits before the provider is asked: the real module in several processes at once, against a
 * worker that says how often it was started. Nothing is counted for a host that is not root.
 */
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>

#include "kept.h"

static const struct scene stranger = {.rhost = "192.0.2.10"};
static const struct scene elsewhere = {.rhost = "192.0.2.11"};
static const struct scene bob = {.user = "bob", .rhost = "192.0.2.10"};
static const struct scene console = {0};
static const struct scene with_key = {SSHD_WITH("publickey " KEY_ONE)};
static const struct scene without_key = {SSHD_WITH("")};

#define COUNTED "request\nnote asked\n"

/* What is configured for a flow, and what its worker says. */
struct way {
	const char *config, *prompt, *answer;
};

static const struct way by_device = {"", PROMPT_ALONE, ""};
static const struct way by_code = {"flow = code\nredirect_uri = https://login.example/\n",
	"say event=prompt\nsay flow=code\nsay authorization_uri=" STAGE_LINK
	"\nsay expires_in=300\nsay\n",
	"paste\n"};

static int setup(void **state)
{
	int r = stage_setup(state);
	struct stage *stage = *state;

	if (r < 0)
		return r;
	kept_asked_reset(stage);
	stage_transcript(stage, COUNTED PROMPT_ALONE SAY_OK("alice") "exit 42\n");
	return 0;
}

/* The limits of the section [limits]; all others are lifted. */
static void set_limits(struct stage *stage, const char *limits)
{
	stage->limits = limits;
	stage_configure(stage, "");
	kept_asked_reset(stage);
}

#define ONLY_PENDING                                                                               \
	"pending_address = 0\npending_total = 0\nrate_user = 0\nrate_address = 0\nrate_total = "   \
	"0\npending_user = "
#define ONLY_RATE                                                                                  \
	"pending_user = 0\npending_address = 0\npending_total = 0\nrate_address = 0\nrate_total "  \
	"= 0\nrate_user = "

/* A busy machine is given time. */
static void wait_until_asked(const struct stage *stage, size_t times)
{
	for (int ms = 0; ms < 60000 && kept_asked(stage) < times; ms++)
		usleep(1000);
	if (kept_asked(stage) < times)
		fail_msg("the worker was started %zu times", kept_asked(stage));
}

static void play(struct stage *stage, const struct way *way, const char *end)
{
	char transcript[1024];

	snprintf(transcript, sizeof(transcript), COUNTED "%s%s", way->prompt, end);
	stage_transcript(stage, transcript);
}

/* A host in a process of its own whose worker waits for approval, for as long as the host lives. */
static pid_t start_host_by(struct stage *stage, const struct scene *scene, const struct way *way)
{
	play(stage, way, "linger\n");
	size_t before = kept_asked(stage);
	pid_t pid = fork();
	if (pid == 0) {
		alarm(120);
		_exit(stage_authenticate(stage, scene));
	}
	assert_true(pid > 0);
	wait_until_asked(stage, before + 1);
	return pid;
}

static pid_t start_host(struct stage *stage, const struct scene *scene)
{
	return start_host_by(stage, scene, &by_device);
}

static void end_host(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static bool is_admitted_by(struct stage *stage, const struct scene *scene, const struct way *way)
{
	char end[512];

	snprintf(end, sizeof(end), "%s" SAY_OK("alice") "exit 42\n", way->answer);
	play(stage, way, end);
	size_t before = kept_asked(stage);
	int code = stage_authenticate(stage, scene);
	size_t asked = kept_asked(stage) - before;

	assert_int_equal(asked, stage_logged("reason=too-many") ? 0 : 1);
	assert_int_equal(code == PAM_SUCCESS, asked == 1);
	return asked == 1;
}

static bool is_admitted(struct stage *stage, const struct scene *scene)
{
	return is_admitted_by(stage, scene, &by_device);
}

/* Forty hosts at once. */
static void pending_ones_are_counted_by_all(void **state)
{
	enum { MANY = 40 };
	struct stage *stage = *state;
	pid_t pids[MANY];
	int refused = 0, status;

	set_limits(stage, ONLY_PENDING "6\n");
	stage_transcript(stage, COUNTED PROMPT_ALONE "linger\n");
	for (int i = 0; i < MANY; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			alarm(120);
			_exit(stage_authenticate(stage, i % 2 ? &stranger : &elsewhere));
		}
	}
	while (refused < MANY - 6) {
		pid_t pid = waitpid(-1, &status, 0);

		assert_true(pid > 0 && WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), PAM_PERM_DENIED);
		refused++;
		for (int i = 0; i < MANY; i++)
			if (pids[i] == pid)
				pids[i] = 0;
	}
	wait_until_asked(stage, 6);
	assert_false(is_admitted(stage, &stranger));
	for (int i = 0; i < MANY; i++)
		if (pids[i])
			end_host(pids[i]);
	assert_int_equal(kept_asked(stage), 6);
	assert_true(is_admitted(stage, &stranger));
}

static void a_host_that_is_killed_gives_its_place_back(void **state)
{
	struct stage *stage = *state;

	set_limits(stage, ONLY_PENDING "2\n");
	for (int i = 0; i < 3; i++) {
		pid_t pid = start_host(stage, &stranger);

		assert_false(is_admitted(stage, &stranger));
		end_host(pid);
		assert_true(is_admitted(stage, &stranger));
		assert_true(is_admitted(stage, &stranger)); /* and gave its own back */
	}
}

/* One place for one sign-in, whatever the flow of the others. */
static void each_flow_takes_a_place(void **state)
{
	static const struct scene pasting = {
		.rhost = "192.0.2.10", .talk = TALK_LINES, .lines = {"code=a&state=s"}};
	static const struct way *const rows[][2] = {
		{&by_code, &by_code}, {&by_code, &by_device}, {&by_device, &by_code}};
	struct stage *stage = *state;

	set_limits(stage, ONLY_PENDING "2\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stage_configure(stage, rows[i][0]->config);
		pid_t pid = start_host_by(stage, &pasting, rows[i][0]);

		stage_configure(stage, rows[i][1]->config);
		assert_false(is_admitted_by(stage, &pasting, rows[i][1]));
		end_host(pid);
		assert_true(is_admitted_by(stage, &pasting, rows[i][1]));
		assert_true(is_admitted_by(stage, &pasting, rows[i][1]));
	}
}

/* What the person sees, what the log has, and that a stack's way back in stays shut. */
static void what_a_refusal_is(void **state)
{
	static const struct {
		const struct scene *scene;
		int code;
	} rows[] = {
		{&stranger, PAM_PERM_DENIED},
		{&without_key, PAM_MAXTRIES},
	};
	struct stage *stage = *state;

	set_limits(stage, ONLY_RATE "2\n");
	assert_true(is_admitted(stage, &stranger));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(is_admitted(stage, rows[i].scene));
		assert_int_equal(stage->code, rows[i].code);
		assert_string_equal(stage->shown,
			"Too many sign-ins at the moment. Try again in a few minutes.\n");
		assert_true(stage_logged("event=verdict user=alice"));
		assert_true(stage_logged("rhost=192.0.2.10"));
		assert_true(stage_logged("reason=too-many detail=\"half of rate_user, for one "
					 "address, is reached in the table network\""));
		assert_false(stage_logged("event=start"));
	}
	assert_true(is_admitted(stage, &elsewhere));
	assert_false(is_admitted(stage, &elsewhere));
	stage_skip(61);
	assert_true(is_admitted(stage, &stranger));
}

/* Which limit refused is in the log. */
static void each_limit(void **state)
{
	static const struct {
		const char *limits, *name;
	} rows[] = {
		{"pending_user = 2\n", "half of pending_user"},
		{"pending_address = 1\n", "\"pending_address is"},
		{"pending_total = 1\n", "\"pending_total is"},
		{"rate_user = 2\n", "half of rate_user"},
		{"rate_address = 1\n", "\"rate_address is"},
		{"rate_total = 1\n", "\"rate_total is"},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_limits(stage, rows[i].limits);
		pid_t pid = start_host(stage, &stranger);
		if (is_admitted(stage, &stranger) || !stage_logged(rows[i].name))
			fail_msg("row %zu:\n%s", i, stage_log());
		end_host(pid);
		stage_skip(61);
	}
}

/* A host asks again in the same transaction. */
static void each_try_counts(void **state)
{
	struct stage *stage = *state;

	set_limits(stage, ONLY_RATE "4\n");
	stage_transcript(stage, COUNTED SAY_REASON("expired") "exit 0\n");
	stage_start(stage, &stranger);
	assert_int_equal(pam_authenticate(stage->pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(pam_authenticate(stage->pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(pam_authenticate(stage->pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(kept_asked(stage), 2);
}

/* What one kind of sign-in uses up, another has still. */
static void strangers_keep_nobody_else_out(void **state)
{
	struct stage *stage = *state;

	set_limits(stage, "pending_total = 1\n");
	pid_t pid = start_host(stage, &stranger);
	assert_false(is_admitted(stage, &stranger));
	assert_false(is_admitted(stage, &without_key));
	assert_true(is_admitted(stage, &with_key));
	assert_true(is_admitted(stage, &console));
	end_host(pid);

	pid = start_host(stage, &with_key);
	assert_false(is_admitted(stage, &with_key));
	assert_true(is_admitted(stage, &stranger));
	end_host(pid);
}

static void become(uid_t real)
{
	if (setreuid(real, 0) < 0)
		_exit(200);
}

/* A local user's su and sudo, which that user may stop: those of others go on. */
static void local_users_are_counted_each(void **state)
{
	struct stage *stage = *state;
	int status;

	set_limits(stage, ONLY_RATE "2\n");
	for (int i = 0; i < 6; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			become(i % 2 ? 1001 : 1002);
			_exit(stage_authenticate(stage, &console));
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WEXITSTATUS(status), i < 4 ? PAM_SUCCESS : PAM_PERM_DENIED);
	}
	assert_true(is_admitted(stage, &console));
	assert_int_equal(access(kept_path(stage, "limits/uid-1001"), F_OK), 0);
	assert_int_equal(access(kept_path(stage, "limits/uid-1002"), F_OK), 0);
	assert_int_equal(access(kept_path(stage, "limits/local"), F_OK), 0);
	assert_int_equal(access(kept_path(stage, "limits/network"), F_OK), -1);
}

/* Whoever stopped a holder of the table gains no "not available" by it. */
static void a_table_that_stays_locked(void **state)
{
	struct stage *stage = *state;
	struct flock lock = {.l_type = F_WRLCK, .l_len = 1};

	set_limits(stage, ONLY_PENDING "4\n");
	assert_true(is_admitted(stage, &stranger));
	int fd = open(kept_path(stage, "limits/network"), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	assert_false(is_admitted(stage, &stranger));
	assert_int_equal(stage->code, PAM_PERM_DENIED);
	assert_true(stage_logged("the table network stays locked"));
	assert_true(is_admitted(stage, &console));
	close(fd);
	assert_true(is_admitted(stage, &stranger));
}

static void plant_file(struct stage *stage)
{
	stage_write(kept_path(stage, "limits"), "x", 0600);
}

static void plant_wide(struct stage *stage)
{
	assert_int_equal(mkdir(kept_path(stage, "limits"), 0755), 0);
	assert_int_equal(chmod(kept_path(stage, "limits"), 0755), 0);
}

static void plant_link(struct stage *stage)
{
	assert_int_equal(mkdir(kept_path(stage, "limits"), 0700), 0);
	assert_int_equal(symlink("/etc/passwd", kept_path(stage, "limits/network")), 0);
}

static void plant_fifo(struct stage *stage)
{
	assert_int_equal(mkdir(kept_path(stage, "limits"), 0700), 0);
	assert_int_equal(mkfifo(kept_path(stage, "limits/network"), 0600), 0);
}

static void plant_directory(struct stage *stage)
{
	assert_int_equal(mkdir(kept_path(stage, "limits"), 0700), 0);
	assert_int_equal(mkdir(kept_path(stage, "limits/network"), 0700), 0);
}

/* Where nothing can be counted nobody is asked, and a stack has its way back in. */
static void where_nothing_can_be_counted(void **state)
{
	static void (*const plants[])(struct stage *stage) = {
		plant_file, plant_wide, plant_link, plant_fifo, plant_directory};
	struct stage *stage = *state;

	set_limits(stage, ONLY_PENDING "4\n");
	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
		char command[160];

		plants[i](stage);
		assert_int_equal(stage_authenticate(stage, &stranger), PAM_AUTHINFO_UNAVAIL);
		if (!stage_logged("reason=limits detail=\"cannot count in ") || stage->prompts > 0)
			fail_msg("row %zu:\n%s", i, stage_log());
		assert_string_equal(stage->shown, "Single sign-on is not available.\n");
		snprintf(command, sizeof(command), "rm -r %s/limits", stage->folder);
		assert_int_equal(system(command), 0);
	}
	assert_int_equal(kept_asked(stage), 0);
	/* who lifts all limits does not need to count */
	plant_file(stage);
	set_limits(stage, ONLY_PENDING "0\n");
	assert_int_equal(stage_authenticate(stage, &stranger), PAM_SUCCESS);
}

static void a_damaged_table_is_made_anew(void **state)
{
	struct stage *stage = *state;

	set_limits(stage, ONLY_PENDING "4\n");
	assert_true(is_admitted(stage, &stranger));
	assert_false(stage_logged("event=limits"));
	stage_write(kept_path(stage, "limits/network"), "what is this", 0600);
	assert_true(is_admitted(stage, &stranger));
	assert_true(stage_logged("event=limits table=network detail=\"it was damaged"));
	assert_true(is_admitted(stage, &stranger));
	assert_false(stage_logged("event=limits"));
}

/* Whom the machine knows by itself not to let in takes nobody's place. */
static void who_cannot_come_in_is_not_counted(void **state)
{
	static const struct scene unknown = {.user = "ghost", .rhost = "192.0.2.10"};
	static const struct scene denied = {.user = "daemon", .rhost = "192.0.2.10"};
	struct stage *stage = *state;

	set_limits(stage, "rate_total = 1\n");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(stage_authenticate(stage, &unknown), PAM_USER_UNKNOWN);
		assert_int_equal(stage_authenticate(stage, &denied), PAM_PERM_DENIED);
		assert_false(stage_logged("too-many"));
	}
	assert_true(is_admitted(stage, &stranger));
	assert_false(is_admitted(stage, &bob));
}

/* A session that is reused asks nobody, and is not counted. */
static void a_reuse_needs_no_place(void **state)
{
	static const struct scene again = {.service = "sudo", .ruser = "alice"};
	struct stage *stage = *state;

	stage->limits = "rate_total = 1\n";
	kept_configure(stage, "[service sudo]\nreuse = 1h\nverify = cached\n");
	kept_sign_in(stage, &console);
	for (int i = 0; i < 5; i++)
		assert_int_equal(stage_authenticate(stage, &again), PAM_SUCCESS);
	assert_int_equal(stage_authenticate(stage, &console), PAM_PERM_DENIED);
	assert_true(stage_logged("too-many"));
}

/* A screen locker: there is nothing that it could count in. */
static void a_host_that_is_not_root_counts_nothing(void **state)
{
	struct stage *stage = *state;
	int status;

	set_limits(stage, ONLY_RATE "2\n");
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			if (setgroups(0, NULL) < 0 || setresgid(1000, 1000, 1000) < 0 ||
				setresuid(1000, 1000, 1000) < 0)
				_exit(200);
			stage_start(stage, &console);
			_exit(pam_authenticate(stage->pamh, 0));
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WEXITSTATUS(status), PAM_SUCCESS);
	}
	assert_int_equal(access(kept_path(stage, "limits"), F_OK), -1);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(pending_ones_are_counted_by_all),
		TEST(a_host_that_is_killed_gives_its_place_back),
		TEST(each_flow_takes_a_place),
		TEST(what_a_refusal_is),
		TEST(each_limit),
		TEST(each_try_counts),
		TEST(strangers_keep_nobody_else_out),
		TEST(local_users_are_counted_each),
		TEST(a_table_that_stays_locked),
		TEST(where_nothing_can_be_counted),
		TEST(a_damaged_table_is_made_anew),
		TEST(who_cannot_come_in_is_not_counted),
		TEST(a_reuse_needs_no_place),
		TEST(a_host_that_is_not_root_counts_nothing),
	};

	if (geteuid() != 0) {
		print_message("only root counts: see admission.h\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
