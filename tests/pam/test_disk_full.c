/*
 * A file system of 64 kB that is full, or has room for so many pages: where sessions are kept, where
 * sign-ins are limited, and where they are counted. Whatever there is room for, what is said of it is
 * what came of it, nothing is there by half, and once there is room all is as ever.
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "kept.h"

enum { PAGE = 4096, MOST = 16 /* pages of such a file system */ };

static const struct scene as_alice = {.user = "alice"};
static const struct scene sudo_of_alice = {.user = "alice", .service = "sudo", .ruser = "alice"};
static bool may_mount;

/* Which of the stage's folders is the small one. */
static const char *disk = "store";

static int teardown(void **state)
{
	const struct stage *stage = *state;

	(void)umount2(kept_path(stage, disk), MNT_DETACH);
	return stage_teardown(state);
}

/* An empty one. */
static void begin(const struct stage *stage, const char *name)
{
	if (!may_mount)
		skip();
	disk = name;
	(void)umount2(kept_path(stage, disk), MNT_DETACH);
	assert_true(mkdir(kept_path(stage, disk), 0700) == 0 || errno == EEXIST);
	assert_int_equal(
		mount("tmpfs", kept_path(stage, disk), "tmpfs", 0, "size=64k,mode=700"), 0);
}

static const char *filler(const struct stage *stage)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/filler", kept_path(stage, disk));
	return path;
}

static void make_room(const struct stage *stage)
{
	assert_int_equal(unlink(filler(stage)), 0);
}

/* Fills it, but for so many pages. */
static void leave(const struct stage *stage, size_t pages)
{
	static const char page[PAGE];
	int fd = open(filler(stage), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	off_t size = 0;

	assert_true(fd >= 0);
	while (write(fd, page, sizeof(page)) == (ssize_t)sizeof(page))
		size += PAGE;
	assert_int_equal(errno, ENOSPC);
	size -= (off_t)pages * PAGE;
	assert_int_equal(ftruncate(fd, size > 0 ? size : 0), 0);
	close(fd);
}

/* A name of both is that of a draft. */
static void assert_no_draft(const char *path)
{
	DIR *folder = opendir(path);

	if (!folder) /* which there was no need of yet */
		return;
	for (const struct dirent *entry; (entry = readdir(folder));)
		if (strchr(entry->d_name, ':') && strchr(entry->d_name, '.'))
			fail_msg("%s was left behind\n%s", entry->d_name, stage_log());
	closedir(folder);
}

static void assert_nothing_torn(const struct stage *stage)
{
	STORE_AUTO(store);
	STRLIST_AUTO(ids);

	kept_open(stage, &store);
	assert_int_equal(store_list(&store, &ids), 0);
	for (size_t i = 0; i < ids.n; i++) {
		SESSION_AUTO(session);

		assert_int_equal(store_get(&store, ids.items[i], 0, &session), 0);
	}
	assert_no_draft(kept_path(stage, "store"));
	assert_no_draft(kept_path(stage, "store/logins"));
}

static void a_sign_in_goes_on(void **state)
{
	struct stage *stage = *state;
	size_t kept = 0, not_kept = 0;

	for (size_t pages = 0; pages <= 6; pages++) {
		begin(stage, "store");
		kept_configure(stage, "");
		leave(stage, pages);
		stage_transcript(stage, SIGN_IN);
		assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
		bool is_kept = kept_count(stage) == 1;
		*(is_kept ? &kept : &not_kept) += 1;
		assert_nothing_torn(stage);
		if (is_kept == stage_logged("No space left on device"))
			fail_msg("%zu pages: kept %d\n%s", pages, is_kept, stage_log());
		assert_int_equal(pam_open_session(stage->pamh, 0), PAM_SUCCESS);
		assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
		assert_nothing_torn(stage);
		/* One whose login could not be noted is left to `ssoctl refresh`. */
		size_t left = kept_count(stage);
		assert_true(left == 0 || stage_logged("step=opened"));

		make_room(stage);
		kept_sign_in(stage, &as_alice);
		assert_int_equal(kept_state(stage, getpid()), BINDING_OPEN);
		assert_int_equal(pam_close_session(stage->pamh, 0), PAM_SUCCESS);
		assert_int_equal(kept_state(stage, getpid()), -1);
		assert_int_equal(kept_count(stage), left);
		stage_end(stage);
	}
	assert_true(kept && not_kept);
}

/* No token goes out whose end could not be noted, and what stands is as good as before. */
static void a_token_is_not_spent(void **state)
{
	struct stage *stage = *state;
	size_t renewed = 0, not_renewed = 0;

	for (size_t pages = 0; pages <= 3; pages++) {
		SESSION_AUTO(session);

		begin(stage, "store");
		kept_configure(stage, "[service sudo]\nreuse = 15m\n");
		kept_asked_reset(stage);
		kept_sign_in(stage, &as_alice);
		leave(stage, pages);
		stage_transcript(stage, RENEW);
		int code = stage_authenticate(stage, &sudo_of_alice);
		assert_nothing_torn(stage);
		assert_int_equal(kept_look(stage, &session), 1);
		assert_false(session.spending);
		if (code == PAM_SUCCESS)
			renewed++;
		else
			not_renewed++;
		assert_int_equal(kept_asked(stage), code == PAM_SUCCESS ? 1 : 0);
		assert_string_equal(secret_reveal(&session.refresh_token),
			code == PAM_SUCCESS ? "rt-2" : "rt-1");
		if (code != PAM_SUCCESS) {
			make_room(stage);
			assert_int_equal(stage_authenticate(stage, &sudo_of_alice), PAM_SUCCESS);
			assert_int_equal(kept_look(stage, &session), 1);
			assert_string_equal(secret_reveal(&session.refresh_token), "rt-2");
		}
		stage_end(stage);
	}
	assert_true(renewed && not_renewed);
}

/* Nobody is asked whose place cannot be counted; and a table has its room from the beginning. */
static void where_places_are_counted(void **state)
{
	struct stage *stage = *state;
	size_t asked = 0, not_asked = 0;

	for (size_t pages = 0; pages <= MOST; pages++) {
		begin(stage, "limits");
		leave(stage, pages);
		int code = stage_authenticate(stage, &as_alice);
		if (code == PAM_SUCCESS) {
			asked++;
			leave(stage, 0);
			assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
		} else {
			not_asked++;
			assert_int_equal(code, PAM_AUTHINFO_UNAVAIL);
			assert_true(stage_logged("reason=limits"));
			assert_true(stage_logged("No space left on device"));
			assert_int_equal(stage->prompts, 0);
		}
		make_room(stage);
		assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
		assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
		assert_false(stage_logged("event=limits"));
	}
	assert_true(asked && not_asked);
}

/* Who cannot be counted comes in all the same. */
static void where_sign_ins_are_counted(void **state)
{
	struct stage *stage = *state;
	size_t counted = 0, not_counted = 0;
	char text[256];

	snprintf(text, sizeof(text), "[log]\nstats = yes\nstats_directory = %s\n",
		kept_path(stage, "stats"));
	stage_configure(stage, text);
	for (size_t pages = 0; pages <= 6; pages++) {
		begin(stage, "stats");
		leave(stage, pages);
		assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
		*(stage_logged("event=stats") ? &not_counted : &counted) += 1;
		make_room(stage);
		assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
		assert_false(stage_logged("event=stats"));
		leave(stage, 0);
		assert_int_equal(stage_authenticate(stage, &as_alice), PAM_SUCCESS);
		assert_false(stage_logged("event=stats"));
	}
	assert_true(counted && not_counted);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, stage_setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_sign_in_goes_on),
		TEST(a_token_is_not_spent),
		TEST(where_places_are_counted),
		TEST(where_sign_ins_are_counted),
	};

	(void)stage_build(); /* below a chroot, the kernel tells another path of us behind the unshare() */
	may_mount = unshare(CLONE_NEWNS) == 0 &&
		    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
