/*
 * Where audit fails, is missing or is full, a login goes on: with a libaudit that is none. What a
 * real kernel hears by the real one is in tests/audit.
 */
#include "count.h"
#include "fake_libaudit.h"
#include "kept.h"

static const struct scene alice = {.rhost = "192.0.2.10"};

static int setup(void **state)
{
	fake_libaudit = (struct fake_libaudit){.log_result = 1};
	return stage_setup(state);
}

static size_t descriptors(void)
{
	size_t n = 0;
	DIR *dir = opendir("/proc/self/fd");

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Each twice, since what is kept by a process is kept by the first. */
static void expect(struct stage *stage, const char *name)
{
	const struct fake_libaudit ordered = fake_libaudit;
	size_t open = 0;

	for (int i = 0; i < 2; i++) {
		fake_libaudit = ordered;
		stage_transcript(stage, APPROVE);
		if (stage_authenticate(stage, &alice) != PAM_SUCCESS)
			fail_msg("%s: %d\n%s", name, stage->code, stage_log());
		fake_libaudit = ordered;
		stage_transcript(stage, APPROVE_AS("bob"));
		if (stage_authenticate(stage, &alice) != PAM_PERM_DENIED)
			fail_msg("%s: %d\n%s", name, stage->code, stage_log());
		stage_end(stage);
		if (i == 0)
			open = descriptors();
	}
	assert_int_equal(descriptors(), open);
}

static void the_library_is_asked(void **state)
{
	struct stage *stage = *state;

	expect(stage, "all is well");
	assert_string_equal(fake_libaudit.said,
		geteuid() != 0 ? ""
			       : "1121 op=PAM:sso acct=[alice] service=[login] "
				 "reason=[user-mismatch] rule=[claim:preferred_username] "
				 "iss=[https://idp.example] sub=[248289761001] "
				 "192.0.2.10 192.0.2.10 tty1 0");
}

/* A kernel without audit, a container, a process that may not, and one that has no descriptor left. */
static void a_kernel_without_audit_changes_nothing(void **state)
{
	static const int errors[] = {
		EINVAL, EPROTONOSUPPORT, EAFNOSUPPORT, EPERM, ECONNREFUSED, EMFILE, ENOMEM};
	struct stage *stage = *state;

	for (size_t i = 0; i < COUNT(errors); i++) {
		fake_libaudit = (struct fake_libaudit){.open_error = errors[i], .log_result = 1};
		expect(stage, strerrorname_np(errors[i]));
		assert_string_equal(fake_libaudit.said, "");
	}
}

static void a_record_that_is_refused_changes_nothing(void **state)
{
	static const int results[] = {-EPERM, -ECONNREFUSED, -EAGAIN, -ENOBUFS, 0};
	struct stage *stage = *state;

	for (size_t i = 0; i < COUNT(results); i++) {
		fake_libaudit = (struct fake_libaudit){.log_result = results[i]};
		expect(stage, "refused");
	}
}

static void a_library_without_memory_changes_nothing(void **state)
{
	struct stage *stage = *state;

	fake_libaudit.no_memory = true;
	expect(stage, "no memory");
}

static void a_host_that_is_not_root_records_nothing(void **state)
{
	struct stage *stage = *state;
	pid_t pid = fork();

	if (pid == 0) {
		if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
			_exit(2);
		(void)stage_authenticate(stage, &alice);
		_exit(stage_logged("event=verdict") && !fake_libaudit.said[0] ? 0 : 1);
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_library_is_asked),
		TEST(a_kernel_without_audit_changes_nothing),
		TEST(a_record_that_is_refused_changes_nothing),
		TEST(a_library_without_memory_changes_nothing),
		TEST(a_host_that_is_not_root_records_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
