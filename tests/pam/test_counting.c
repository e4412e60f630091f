/*
 * What the module counts, and that a call which cannot count ends as it would have. The counters lie
 * where a tmpfs is; the stage's own folder is anywhere.
 */
#include <fcntl.h>

#include "counters.h"
#include "kept.h"

static const struct scene alice = {0};
static const struct scene as_sudo = {.service = "sudo"};
static const struct scene silent = {
	.service = "sudo", .ruser = "alice", .talk = TALK_MISSING, .tty = ""};

static char folder[64];

static int setup(void **state)
{
	snprintf(folder, sizeof(folder), "/dev/shm/pam_sso-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	return stage_setup(state);
}

static int teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) == 0 ? stage_teardown(state) : -1;
}

static const char *directory(void)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/stats", folder);
	return path;
}

/* As with kept_configure(), with `stats` on; EXTRA goes on in the section [log]. */
static void configure(struct stage *stage, const char *extra)
{
	char text[1024];

	snprintf(text, sizeof(text),
		"[session]\nkeep = yes\ndirectory = %s/store\n"
		"[access]\nignore_users = carol\n[service sudo]\nreuse = 15m\n"
		"[log]\nstats = yes\nstats_directory = %s\n%s",
		stage->folder, directory(), extra);
	stage_configure(stage, text);
	if (geteuid() != 0)
		skip();
}

static void look(struct tally *ret)
{
	assert_int_equal(counters_read(directory(), ret), 0);
}

static uint64_t attempts(const char *service, enum reason reason)
{
	struct tally tally;

	look(&tally);
	for (size_t i = 0; i < TALLY_ROWS; i++) {
		const char *name = tally_service(&tally.rows[i]);

		if (name && strcmp(name, service) == 0)
			return tally.rows[i].attempts[reason];
	}
	return 0;
}

static uint64_t prompts(enum tally_end end)
{
	struct tally tally;
	uint64_t n = 0;

	look(&tally);
	for (size_t i = 0; i < TALLY_BUCKETS; i++)
		n += tally.took[end][i];
	return n;
}

static uint64_t idp_errors(enum reason kind)
{
	struct tally tally;

	look(&tally);
	return tally.idp_errors[kind];
}

static void off_nothing_is_opened(void **state)
{
	struct stage *stage = *state;
	char text[256];

	snprintf(text, sizeof(text), "[log]\nstats_directory = %s\n", directory());
	stage_configure(stage, text);
	assert_int_equal(stage_authenticate(stage, &alice), PAM_SUCCESS);
	assert_int_equal(access(directory(), F_OK), -1);
}

static void attempts_are_counted_by_service_and_reason(void **state)
{
	struct stage *stage = *state;

	configure(stage, "");
	assert_int_equal(stage_authenticate(stage, &alice), PAM_SUCCESS);
	assert_int_equal(stage_authenticate(stage, &alice), PAM_SUCCESS);
	stage_transcript(stage, APPROVE_AS("bob"));
	assert_int_equal(stage_authenticate(stage, &as_sudo), PAM_ABORT);
	assert_int_equal(attempts("login", REASON_OK), 2);
	assert_int_equal(attempts("login", REASON_USER_MISMATCH), 0);
	assert_int_equal(attempts("sudo", REASON_USER_MISMATCH), 1);
	assert_int_equal(prompts(TALLY_IN), 2);
	assert_int_equal(prompts(TALLY_REFUSED), 1);
}

static void who_is_not_ours_is_not_counted(void **state)
{
	static const struct scene carol = {.user = "carol"};
	struct stage *stage = *state;
	struct tally tally;

	configure(stage, "");
	assert_int_equal(stage_authenticate(stage, &carol), STAGE_IGNORED);
	assert_int_equal(counters_read(directory(), &tally), -ENOENT);
}

static void take_a_minute(struct stage *stage)
{
	(void)stage;
	stage_skip(61);
}

/* From the prompt on, and nothing of what was before it. */
static void the_time_is_that_of_the_person(void **state)
{
	static const struct scene slow = {.talk = TALK_ENTER, .meanwhile = take_a_minute};
	struct stage *stage = *state;
	struct tally tally;

	configure(stage, "");
	assert_int_equal(stage_authenticate(stage, &slow), PAM_SUCCESS);
	look(&tally);
	/* A busy machine may take its time besides. */
	assert_in_range(tally.took_ms[TALLY_IN], 61000, 600000);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(tally.took[TALLY_IN][i], 0);
	assert_int_equal(prompts(TALLY_IN), 1);
}

static void a_provider_that_is_away_is_counted_by_kind(void **state)
{
	struct stage *stage = *state;

	configure(stage, "");
	stage_transcript(stage, "request\n" SAY_REASON("unreachable") "exit 0\n");
	assert_int_equal(stage_authenticate(stage, &alice), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(attempts("login", REASON_UNREACHABLE), 1);
	assert_int_equal(idp_errors(REASON_UNREACHABLE), 1);
	assert_int_equal(idp_errors(REASON_TLS), 0);
	assert_int_equal(prompts(TALLY_IN) + prompts(TALLY_REFUSED), 0);
}

/* It was to be asked whether a session still holds, and could not; then the person is asked. */
static void so_is_one_that_renews_nothing(void **state)
{
	static const struct scene typed = {.service = "sudo", .ruser = "alice"};
	struct stage *stage = *state;

	configure(stage, "");
	kept_asked_reset(stage);
	kept_sign_in(stage, &alice);
	stage_transcript(stage, REFUSE("tls", ""));
	(void)stage_authenticate(stage, &typed);
	assert_true(stage_logged("event=reuse"));
	assert_int_equal(idp_errors(REASON_TLS), 1);
}

static void a_reuse_is_an_attempt_without_a_prompt(void **state)
{
	struct stage *stage = *state;

	configure(stage, "");
	kept_asked_reset(stage);
	kept_sign_in(stage, &alice);
	uint64_t before = prompts(TALLY_IN);
	stage_transcript(stage, RENEW);
	assert_int_equal(stage_authenticate(stage, &silent), PAM_SUCCESS);
	assert_int_equal(attempts("sudo", REASON_OK), 1);
	assert_int_equal(prompts(TALLY_IN), before);
}

/* Whatever stands in the way of counting, the verdict is the same, and the log says it. */
static void expect_uncounted(struct stage *stage, const char *why)
{
	stage_transcript(stage, APPROVE);
	assert_int_equal(stage_authenticate(stage, &alice), PAM_SUCCESS);
	if (!stage_logged("event=stats detail=\"cannot count in ") || !stage_logged(why))
		fail_msg("wanted \"%s\" in\n%s", why, stage_log());
	stage_transcript(stage, APPROVE_AS("bob"));
	assert_int_equal(stage_authenticate(stage, &alice), PAM_PERM_DENIED);
	assert_true(stage_logged("event=stats"));
}

static void a_failure_to_count_changes_no_verdict(void **state)
{
	struct stage *stage = *state;

	configure(stage, "");
	assert_int_equal(mkdir(directory(), 0755), 0);
	expect_uncounted(stage, "has a wider mode");
	assert_int_equal(rmdir(directory()), 0);
	int fd = open(directory(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	expect_uncounted(stage, "Not a directory");
}

static void a_host_that_is_not_root_counts_nothing(void **state)
{
	struct stage *stage = *state;

	configure(stage, "");
	assert_int_equal(chmod(folder, 0777), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (setresuid(65534, 65534, 65534) < 0)
			_exit(2);
		(void)stage_authenticate(stage, &alice);
		_exit(stage_logged("event=verdict") && !stage_logged("event=stats") ? 0 : 1);
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(access(directory(), F_OK), -1);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(off_nothing_is_opened),
		TEST(attempts_are_counted_by_service_and_reason),
		TEST(who_is_not_ours_is_not_counted),
		TEST(the_time_is_that_of_the_person),
		TEST(a_provider_that_is_away_is_counted_by_kind),
		TEST(so_is_one_that_renews_nothing),
		TEST(a_reuse_is_an_attempt_without_a_prompt),
		TEST(a_failure_to_count_changes_no_verdict),
		TEST(a_host_that_is_not_root_counts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
