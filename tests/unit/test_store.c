/*
 * The store in a directory, against what may stand there, and against a writer that dies at any
 * step.
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
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "process.h"
#include "scratch.h"
#include "store.h"
#include "wiped.h"

#define ID       "0123456789abcdef0123456789abcdef"
#define OTHER_ID "fedcba9876543210fedcba9876543210"

enum { NOW = 1000, ENDS = 2000, SOMEONE = 12345 };

/*
 * The steps of a writer, counted: the C library's calls that change something go through here, and
 * the process that die_at says ends before or behind the one of that number.
 */
static int step;
static int die_at;  /* 0: never; N: before step N; -N: behind it */
static int full_at; /* 0: never; N: step N finds the disk full */

/* Returns whether the step may be done. */
static bool before_step(void)
{
	if (++step == die_at)
		raise(SIGKILL);
	if (step == full_at)
		errno = ENOSPC;
	return step != full_at;
}

static int behind_step(int result)
{
	if (-step == die_at)
		raise(SIGKILL);
	return result;
}

int fchmod(int fd, mode_t mode)
{
	if (!before_step())
		return -1;
	return behind_step((int)syscall(SYS_fchmod, fd, mode));
}

int fsync(int fd)
{
	if (!before_step())
		return -1;
	return behind_step((int)syscall(SYS_fsync, fd));
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	if (!before_step())
		return -1;
	return behind_step((int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0));
}

/* A part at a time, so that there is a step in the middle of the bytes. */
ssize_t write(int fd, const void *bytes, size_t len)
{
	if (!before_step())
		return -1;
	return behind_step((int)syscall(SYS_write, fd, bytes, len > 100 ? 100 : len));
}

/* A lock whose name goes away when somebody has opened it and not locked it yet. */
static const char *unlinked_before_lock;

int flock(int fd, int operation)
{
	if (unlinked_before_lock)
		assert_int_equal(unlink(unlinked_before_lock), 0);
	unlinked_before_lock = NULL;
	return (int)syscall(SYS_flock, fd, operation);
}

static int begin(void **state)
{
	static struct scratch scratch;

	step = 0;
	full_at = 0;
	scratch_begin(&scratch);
	*state = &scratch;
	return 0;
}

static int end(void **state)
{
	scratch_end(*state);
	return 0;
}

/* Opens the store whose directory is PATH, or says why not. */
static int open_at(const char *path, struct store *ret)
{
	struct config_error error = {""};
	struct config config = {.session.store = STORE_FILE, .session.directory = (char *)path};
	int r = store_open(&config, ret, &error);

	/* who fails says where */
	assert_int_equal(r < 0, *error.text != '\0');
	assert_non_null(strstr(error.text, r < 0 ? path : ""));
	return r;
}

static struct store opened(struct scratch *scratch)
{
	struct store store = {.dir = -1};

	assert_int_equal(open_at(scratch_path(scratch, "store"), &store), 0);
	return store;
}

/* The path of NAME in the store's directory. */
static const char *in_store(struct scratch *scratch, const char *name)
{
	snprintf(scratch->file, sizeof(scratch->file), "%s/store/%s", scratch->path, name);
	return scratch->file;
}

/* A session whose fields say which one it is. */
static struct session made(const char *id, const char *mark)
{
	struct session session = {.created = NOW, .verified = NOW, .ends = ENDS, .auth_time = -1};

	memcpy(session.id, id, sizeof(session.id));
	session.user = strdup("alice");
	session.host = strdup("build7");
	assert_int_equal(strlist_add(&session.services, "sshd"), 0);
	session.iss = strdup("https://idp.example.com");
	session.sub = strdup(mark);
	session.client_id = strdup("host");
	assert_int_equal(secret_set(&session.refresh_token, mark, strlen(mark)), 0);
	return session;
}

/* Over the version that stands there. */
static int put(const struct store *store, const char *id, const char *mark)
{
	SESSION_AUTO(session);
	SESSION_AUTO(earlier);

	session = made(id, mark);
	if (store_get(store, id, NOW, &earlier) == 0)
		session.version = earlier.version;
	return store_put(store, &session);
}

static int remove_it(const struct store *store, const char *id)
{
	SESSION_AUTO(session);

	session = made(OTHER_ID, "mark");
	snprintf(session.id, sizeof(session.id), "%s", id);
	return store_remove(store, &session);
}

/* Returns whether the lock is ours. */
static int lock_it(
	const struct store *store, const char *id, int64_t deadline, struct store_lock *ret)
{
	*ret = (struct store_lock){.fd = -1};
	return store_lock(store, id, deadline, ret);
}

/* Which of the marks the stored session bears, whole. */
static void assert_stored(const struct store *store, const char *id, const char *mark)
{
	SESSION_AUTO(session);

	assert_int_equal(store_get(store, id, NOW, &session), 0);
	assert_string_equal(session.id, id);
	assert_string_equal(session.sub, mark);
	assert_string_equal(secret_reveal(&session.refresh_token), mark);
}

static void assert_none(const struct store *store, const char *id)
{
	SESSION_AUTO(session);

	assert_int_equal(store_get(store, id, NOW, &session), -ENOENT);
	assert_null(session.user);
}

static size_t listed(const struct store *store)
{
	STRLIST_AUTO(ids);

	assert_int_equal(store_list(store, &ids), 0);
	return ids.n;
}

/* How many names the directory has, the sessions' included. */
static int entries(struct scratch *scratch)
{
	DIR *directory = opendir(scratch_path(scratch, "store"));
	int n = -2; /* . and .. */

	assert_non_null(directory);
	while (readdir(directory))
		n++;
	closedir(directory);
	return n;
}

static void what_is_put_is_got(void **state)
{
	STORE_AUTO(store);

	store = opened(*state);
	assert_none(&store, ID);
	assert_int_equal(listed(&store), 0);
	assert_int_equal(put(&store, ID, "first"), 0);
	assert_int_equal(put(&store, OTHER_ID, "other"), 0);
	assert_stored(&store, ID, "first");
	assert_int_equal(put(&store, ID, "second"), 0);
	assert_stored(&store, ID, "second");
	assert_stored(&store, OTHER_ID, "other");
	assert_int_equal(listed(&store), 2);
	assert_int_equal(entries(*state), 2);
	assert_int_equal(remove_it(&store, ID), 0);
	assert_int_equal(remove_it(&store, ID), 0);
	assert_none(&store, ID);
	assert_stored(&store, OTHER_ID, "other");
	assert_int_equal(entries(*state), 1);
}

/* Who read one version does not write over another. */
static void a_version_is_written_over_where_it_stands(void **state)
{
	STORE_AUTO(store);
	SESSION_AUTO(first);
	SESSION_AUTO(mine);
	SESSION_AUTO(theirs);
	SESSION_AUTO(late);

	store = opened(*state);
	first = made(ID, "first");
	assert_int_equal(store_put(&store, &first), 0);
	assert_int_equal(first.version, 1);
	assert_int_equal(store_get(&store, ID, NOW, &mine), 0);
	assert_int_equal(store_get(&store, ID, NOW, &theirs), 0);
	assert_int_equal(mine.version, 1);
	assert_int_equal(store_put(&store, &theirs), 0);
	assert_int_equal(theirs.version, 2);
	mine.renewals = 77;
	assert_int_equal(store_put(&store, &mine), -ESTALE);
	assert_int_equal(mine.version, 1);
	/* who wrote it goes on */
	assert_int_equal(store_put(&store, &theirs), 0);
	/* a new one is not put over it, and one that was removed does not come back */
	late = made(ID, "late");
	assert_int_equal(store_put(&store, &late), -ESTALE);
	assert_stored(&store, ID, "first");
	assert_int_equal(store_end(&store, &theirs), 0);
	assert_int_equal(store_put(&store, &theirs), -ESTALE);
	assert_none(&store, ID);
	assert_int_equal(store_put(&store, &late), 0);
	assert_int_equal(late.version, 1);
}

#define KEY       "ssh-ed25519 AAAA"
#define OTHER_KEY "ssh-ed25519 BBBB"

/* The last one that fits, by when the person signed in, and not by name or order. */
static void one_is_found_by_user_and_key(void **state)
{
	static const struct {
		char last; /* of the id */
		const char *user, *key;
		int64_t created, ends;
	} sessions[] = {
		{'1', "alice", NULL, 40, ENDS},
		{'2', "alice", KEY, 30, ENDS},
		{'3', "alice", KEY, 20, ENDS},
		{'4', "alice", OTHER_KEY, 10, ENDS},
		{'5', "bob", KEY, 50, ENDS},
		{'6', "alice", KEY, 60, NOW},
		{'7', "dave", NULL, 0, ENDS},
	};
	static const struct {
		enum store_by by;
		const char *user, *key;
		char found; /* 0: none */
	} rows[] = {
		{STORE_BY_USER, "alice", NULL, '1'},
		{STORE_BY_SSH_KEY, "alice", KEY, '2'},
		{STORE_BY_SSH_KEY, "alice", OTHER_KEY, '4'},
		{STORE_BY_SSH_KEY, "bob", KEY, '5'},
		{STORE_BY_SSH_KEY, "bob", OTHER_KEY, 0},
		{STORE_BY_SSH_KEY, "dave", KEY, 0},
		{STORE_BY_USER, "dave", NULL, '7'},
		{STORE_BY_USER, "carol", NULL, 0},
		{STORE_BY_SSH_KEY, "alice", "ssh-ed25519", 0},
		{STORE_BY_SSH_KEY, "alice", "", 0},
	};
	char id[] = ID;
	STORE_AUTO(store);

	store = opened(*state);
	for (size_t i = 0; i < sizeof(sessions) / sizeof(*sessions); i++) {
		SESSION_AUTO(session);

		id[SESSION_ID - 1] = sessions[i].last;
		session = made(id, "mark");
		free(session.user);
		session.user = strdup(sessions[i].user);
		session.ssh_key = sessions[i].key ? strdup(sessions[i].key) : NULL;
		session.created = sessions[i].created;
		session.ends = sessions[i].ends;
		assert_int_equal(store_put(&store, &session), 0);
	}
	/* what is none is passed over */
	scratch_write(*state, "store/" ID, 0600, "x");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		SESSION_AUTO(found);
		int r = store_find(&store, rows[i].by, rows[i].user, rows[i].key, NOW, &found);

		assert_int_equal(r, rows[i].found ? 0 : -ENOENT);
		assert_int_equal(found.id[0] ? found.id[SESSION_ID - 1] : 0, rows[i].found);
	}
	SESSION_AUTO(none);
	assert_int_equal(store_find(&store, STORE_BY_SSH_KEY, "alice", NULL, NOW, &none), -EINVAL);
	assert_int_equal(store_find(&store, STORE_BY_USER, "alice", NULL, -1, &none), -EINVAL);
}

static void an_id_is_no_path(void **state)
{
	static const char *const ids[] = {"", ".", "..", "../x", "/etc/passwd", ID "/", ID ".lock",
		"0123456789ABCDEF0123456789ABCDEF"};
	struct store_lock lock;
	STORE_AUTO(store);
	SESSION_AUTO(session);

	store = opened(*state);
	scratch_write(*state, "x", 0600, "x");
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		assert_int_equal(store_get(&store, ids[i], NOW, &session), -ENOENT);
		if (strlen(ids[i]) <= SESSION_ID)
			assert_int_equal(remove_it(&store, ids[i]), -EINVAL);
		assert_int_equal(lock_it(&store, ids[i], 0, &lock), -EINVAL);
	}
	assert_int_equal(access(scratch_path(*state, "x"), F_OK), 0);
	assert_int_equal(entries(*state), 0);
}

static void it_ends(void **state)
{
	STORE_AUTO(store);

	store = opened(*state);
	static const struct {
		int64_t now;
		int result;
	} rows[] = {
		{ENDS - 1, 0}, {-1, -EINVAL},                 /* no clock, no session */
		{0, 0}, {ENDS, -ENOENT}, {ENDS - 1, -ENOENT}, /* it was removed when it was met */
	};
	assert_int_equal(put(&store, ID, "first"), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		SESSION_AUTO(session);

		assert_int_equal(store_get(&store, ID, rows[i].now, &session), rows[i].result);
	}
	assert_int_equal(entries(*state), 0);
}

/* Modes are as the rules say whatever the umask, and what is there is taken by no wider ones. */
static void modes_are_narrow(void **state)
{
	static const mode_t umasks[] = {0, 022, 077, 0777};
	struct store_lock lock;
	struct stat st;

	for (size_t i = 0; i < sizeof(umasks) / sizeof(*umasks); i++) {
		STORE_AUTO(store);

		/* only root opens what nobody may */
		if (umasks[i] == 0777 && geteuid() != 0)
			continue;
		mode_t before = umask(umasks[i]);
		store = opened(*state);
		assert_int_equal(put(&store, ID, "first"), 0);
		int r = lock_it(&store, ID, 0, &lock);
		umask(before);
		assert_int_equal(r, 0);
		assert_int_equal(fstat(lock.fd, &st), 0);
		store_unlock(&store, &lock);
		assert_int_equal(st.st_mode, S_IFREG | 0600);
		assert_int_equal(stat(in_store(*state, ID), &st), 0);
		assert_int_equal(st.st_mode, S_IFREG | 0600);
		assert_int_equal(stat(scratch_path(*state, "store"), &st), 0);
		assert_int_equal(st.st_mode, S_IFDIR | 0700);
		assert_stored(&store, ID, "first");
		assert_int_equal(nftw(scratch_path(*state, "store"), scratch_remove, 8,
					 FTW_DEPTH | FTW_PHYS),
			0);
	}
}

static void a_directory_of_others_is_refused(void **state)
{
	static const mode_t modes[] = {0750, 0705, 0701, 0720, 0702, 0777, 01700, 02700, 04700};
	struct scratch *scratch = *state;
	struct store store = {.dir = -1};

	assert_int_equal(mkdir(scratch_path(scratch, "store"), 0700), 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		assert_int_equal(chmod(scratch_path(scratch, "store"), modes[i]), 0);
		assert_int_equal(open_at(scratch->file, &store), -EPERM);
	}
	assert_int_equal(chmod(scratch->file, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(scratch->file, SOMEONE, 0), 0);
		assert_int_equal(open_at(scratch->file, &store), -EPERM);
	}
	scratch_write(scratch, "file", 0700, "x");
	assert_int_equal(open_at(scratch->file, &store), -ENOTDIR);
	assert_int_equal(mkdir(scratch_path(scratch, "real"), 0700), 0);
	assert_int_equal(symlink("real", scratch_path(scratch, "link")), 0);
	assert_int_equal(open_at(scratch->file, &store), -ENOTDIR);
	assert_int_equal(open_at(scratch_path(scratch, "link/"), &store), -EINVAL);
	assert_int_equal(symlink("none", scratch_path(scratch, "dangling")), 0);
	assert_int_equal(open_at(scratch->file, &store), -ENOTDIR);
	assert_int_equal(open_at(scratch_path(scratch, "no/store"), &store), -ENOENT);
	assert_int_equal(open_at("store", &store), -EINVAL);
	assert_int_equal(open_at("", &store), -EINVAL);
	assert_int_equal(open_at("/", &store), -EINVAL);
	assert_int_equal(store.dir, -1);
}

/* What may be planted at a path: all of it with the bytes of a session that would be good. */
enum plant {
	PLANT_LINK,
	PLANT_DANGLING,
	PLANT_HARD_LINK,
	PLANT_FIFO,
	PLANT_DIRECTORY,
	PLANT_SOCKET,
	PLANT_DEVICE,
	PLANT_WIDE,
	PLANT_SET_ID,
	PLANT_OTHERS,
	PLANTS
};

static void plant_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void plant_copy(const char *target, const char *path, mode_t mode)
{
	BUF_AUTO(bytes, RECORD_MAX);
	FILE *file = fopen(path, "wxe");

	assert_int_equal(file_read(target, FILE_SECRET, &bytes), 0);
	assert_non_null(file);
	assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* Returns whether this could be planted: some take root, or a file system with devices. TARGET is a
 * good session's file, elsewhere. */
static bool plant(enum plant what, const char *target, const char *path)
{
	switch (what) {
	case PLANT_LINK: return symlink(target, path) == 0;
	case PLANT_DANGLING: return symlink("/nonexistent/file", path) == 0;
	case PLANT_HARD_LINK: return link(target, path) == 0;
	case PLANT_FIFO: return mkfifo(path, 0600) == 0;
	case PLANT_DIRECTORY: return mkdir(path, 0700) == 0;
	case PLANT_SOCKET: plant_socket(path); return true;
	case PLANT_DEVICE: return mknod(path, S_IFCHR | 0600, makedev(1, 5)) == 0; /* zero */
	case PLANT_WIDE: plant_copy(target, path, 0640); return true;
	case PLANT_SET_ID: plant_copy(target, path, 04600); return true;
	case PLANT_OTHERS:
		if (geteuid() != 0)
			return false;
		plant_copy(target, path, 0600);
		return chown(path, SOMEONE, 0) == 0;
	case PLANTS: break;
	}
	return false;
}

/* A store, and beside it a good session's file. */
static struct store opened_with_target(struct scratch *scratch, char target[128])
{
	struct store store = opened(scratch);

	assert_int_equal(put(&store, ID, "planted"), 0);
	char from[128];
	snprintf(from, sizeof(from), "%s/store/" ID, scratch->path);
	snprintf(target, 128, "%s/target", scratch->path);
	assert_int_equal(rename(from, target), 0);
	return store;
}

static void assert_untouched(const char *target)
{
	struct stat st;

	assert_int_equal(lstat(target, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_true(st.st_size > 100);
}

static void what_is_planted_is_no_session(void **state)
{
	char target[128];
	STORE_AUTO(store);

	store = opened_with_target(*state, target);
	for (enum plant what = 0; what < PLANTS; what++) {
		SESSION_AUTO(session);

		if (!plant(what, target, in_store(*state, ID)))
			continue;
		int r = store_get(&store, ID, NOW, &session);
		if (r == 0 || r == -ENOENT)
			fail_msg("plant %d: %d", what, r);
		assert_null(session.user);
		assert_int_equal(listed(&store), 1);
		/* put in its place, or refused, but nothing is written through it */
		r = put(&store, ID, "mine");
		assert_int_equal(r, what == PLANT_DIRECTORY ? -EISDIR : 0);
		assert_untouched(target);
		if (r == 0)
			assert_stored(&store, ID, "mine");
		assert_int_equal(entries(*state), 1);
		assert_int_equal(remove(in_store(*state, ID)), 0);
	}
}

static void what_is_planted_is_no_lock(void **state)
{
	struct store_lock lock;
	char target[128];
	STORE_AUTO(store);

	store = opened_with_target(*state, target);
	for (enum plant what = 0; what < PLANTS; what++) {
		if (!plant(what, target, in_store(*state, ID ".lock")))
			continue;
		int r = lock_it(&store, ID, 0, &lock);
		if (r >= 0 || r == -ETIMEDOUT)
			fail_msg("plant %d: %d", what, r);
		assert_int_equal(listed(&store), 0);
		assert_untouched(target);
		assert_int_equal(remove(in_store(*state, ID ".lock")), 0);
	}
}

/* Where the writer's own file will stand. */
static void what_is_planted_is_not_written_to(void **state)
{
	char target[128], name[100], self[PROCESS_TEXT];
	struct process process;
	STORE_AUTO(store);

	store = opened_with_target(*state, target);
	assert_int_equal(process_look(getpid(), &process, NULL), 0);
	process_format(&process, self);
	snprintf(name, sizeof(name), ID ".%s", self);
	for (enum plant what = 0; what < PLANTS; what++) {
		if (!plant(what, target, in_store(*state, name)))
			continue;
		assert_int_equal(put(&store, ID, "mine"), -EEXIST);
		assert_untouched(target);
		assert_none(&store, ID);
		assert_int_equal(remove(in_store(*state, name)), 0);
	}
}

/* A session that would be good behind its version. */
#define BYTES                                                                                      \
	"id=" ID "\nuser=alice\nhost=build7\nservice=sshd\niss=i\nsub=s\nclient_id=c\n"            \
	"created=1\nverified=1\nends=2000\ntoken_iat=1\nauth_time=-1\n"                            \
	"access_ends=-1\nrenewals=0\n\n"

/* Past the write() above, which would cut it. */
static void write_as_it_is(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void bytes_that_are_no_session_are_none(void **state)
{
	struct scratch *scratch = *state;
	STORE_AUTO(store);
	SESSION_AUTO(session);

	store = opened(scratch);
	static const char *const texts[] = {"", "\n", "id=" ID "\n\n", "\x7f\x45LF",
		"version=1\n\n", "version=0\n\n" BYTES, "version=-1\n\n" BYTES, "\n" BYTES, BYTES,
		"version=1\n\n" BYTES "x"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		write_as_it_is(in_store(scratch, ID), texts[i]);
		assert_int_equal(store_get(&store, ID, NOW, &session), -EBADMSG);
	}
	write_as_it_is(in_store(scratch, ID), "version=1\n\n" BYTES);
	assert_int_equal(store_get(&store, ID, NOW, &session), 0);
	session_free(&session);
	/* a good one, under another's name */
	assert_int_equal(put(&store, OTHER_ID, "other"), 0);
	char from[128];
	snprintf(from, sizeof(from), "%s/store/" OTHER_ID, scratch->path);
	assert_int_equal(rename(from, in_store(scratch, ID)), 0);
	assert_int_equal(store_get(&store, ID, NOW, &session), -EBADMSG);
	/* a gigabyte, which takes no room: it is read up to the ceiling only */
	assert_int_equal(truncate(in_store(scratch, ID), 1 << 30), 0);
	assert_int_equal(store_get(&store, ID, NOW, &session), -EMSGSIZE);
	assert_null(session.user);
}

/* Writes as a child that ends at a step; returns whether it lived to the end. */
static bool put_and_die(const struct store *store, const char *mark, int at)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		step = 0;
		die_at = at;
		_exit(put(store, ID, mark) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return false;
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	return true;
}

/* The steps up to the renaming leave the earlier one, those behind it the new one. */
static void dying_at_a_step(void **state, int sign)
{
	STORE_AUTO(store);
	bool renewed = false;
	int at = 1;

	store = opened(*state);
	assert_int_equal(put(&store, ID, "earlier"), 0);
	for (; !put_and_die(&store, "new", sign * at); at++) {
		SESSION_AUTO(session);

		assert_int_equal(store_get(&store, ID, NOW, &session), 0);
		bool is_new = strcmp(session.sub, "new") == 0;
		assert_true(is_new || !renewed);
		assert_stored(&store, ID, is_new ? "new" : "earlier");
		renewed = is_new;
		assert_int_equal(listed(&store), 1);
		/* what the dead writer left is gone */
		assert_int_equal(entries(*state), 1);
	}
	assert_true(renewed);
	assert_true(at > 6);
}

static void dying_before_any_step(void **state)
{
	dying_at_a_step(state, 1);
}

static void dying_behind_any_step(void **state)
{
	dying_at_a_step(state, -1);
}

/* Until it is killed, or the test ends. */
static void write_for_ever(const struct store *store)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		put(store, ID, "even");
		put(store, ID, "odd");
	}
}

/* The same at moments that nobody chose. */
static void dying_at_any_moment(void **state)
{
	STORE_AUTO(store);

	store = opened(*state);
	assert_int_equal(put(&store, ID, "even"), 0);
	for (unsigned int i = 0; i < 200; i++) {
		SESSION_AUTO(session);
		pid_t pid = fork();

		if (pid == 0)
			write_for_ever(&store);
		usleep(500 + i * 37 % 1000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_int_equal(store_get(&store, ID, NOW, &session), 0);
		assert_stored(&store, ID, strcmp(session.sub, "even") == 0 ? "even" : "odd");
		assert_int_equal(listed(&store), 1);
		assert_int_equal(entries(*state), 1);
	}
}

/* A reader meets a whole session however often it is replaced. */
static void reading_while_it_is_replaced(void **state)
{
	STORE_AUTO(store);

	store = opened(*state);
	assert_int_equal(put(&store, ID, "even"), 0);
	pid_t pid = fork();
	if (pid == 0)
		write_for_ever(&store);
	for (int i = 0; i < 2000; i++) {
		SESSION_AUTO(session);

		assert_int_equal(store_get(&store, ID, NOW, &session), 0);
		assert_string_equal(session.sub, secret_reveal(&session.refresh_token));
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Past its file size limit a process would be killed by SIGXFSZ. */
static void a_limit_is_an_error(void **state)
{
	STORE_AUTO(store);
	struct rlimit before;

	store = opened(*state);
	assert_int_equal(put(&store, ID, "earlier"), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	struct rlimit low = {.rlim_cur = 100, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	int r = put(&store, ID, "new");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(r, -EFBIG);
	assert_stored(&store, ID, "earlier");
	assert_int_equal(entries(*state), 1);
}

/* A disk that is full, whichever step finds it so: an error, and a whole session in any case. */
static void a_full_disk_is_an_error(void **state)
{
	STORE_AUTO(store);
	int n = 1;

	store = opened(*state);
	for (;; n++) {
		assert_int_equal(put(&store, ID, "earlier"), 0);
		step = 0;
		full_at = n;
		int r = put(&store, ID, "new");
		bool met = step >= n;

		full_at = 0;
		assert_int_equal(r, met ? -ENOSPC : 0);
		if (!met)
			break;
		SESSION_AUTO(session);
		assert_int_equal(store_get(&store, ID, NOW, &session), 0);
		assert_stored(&store, ID, session.sub);
		assert_int_equal(entries(*state), 1);
	}
	assert_true(n > 4);
	assert_stored(&store, ID, "new");
}

static void a_lock_is_ones_own(void **state)
{
	STORE_AUTO(store);
	struct store_lock lock, other, none;
	char byte;
	int tube[2];

	store = opened(*state);
	assert_int_equal(pipe(tube), 0);
	assert_int_equal(lock_it(&store, ID, 0, &lock), 0);
	assert_int_equal(lock_it(&store, ID, 0, &none), -ETIMEDOUT);
	int64_t start = clock_monotonic_ms();
	assert_int_equal(lock_it(&store, ID, start + 50, &none), -ETIMEDOUT);
	assert_true(clock_monotonic_ms() - start >= 50);
	/* another session's is another one */
	assert_int_equal(lock_it(&store, OTHER_ID, 0, &other), 0);
	store_unlock(&store, &other);
	/* who waits gets it when it is free */
	pid_t pid = fork();
	if (pid == 0) {
		store_unlock(&store, &lock);
		if (syscall(SYS_write, tube[1], "", 1) != 1)
			_exit(1);
		_exit(lock_it(&store, ID, clock_monotonic_ms() + 60000, &lock) == 0 ? 0 : 1);
	}
	assert_int_equal(read(tube[0], &byte, 1), 1);
	store_unlock(&store, &lock);
	int status = 1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* and it is free, since its owner ended */
	assert_int_equal(lock_it(&store, ID, 0, &lock), 0);
	store_unlock(&store, &lock);
	close(tube[0]);
	close(tube[1]);
}

/* What was swept between opening and locking protects nothing: the next one opens another file. */
static void a_lock_without_a_name_is_none(void **state)
{
	STORE_AUTO(store);
	struct store_lock lock, none;
	struct stat held, named;

	store = opened(*state);
	unlinked_before_lock = in_store(*state, ID ".lock");
	assert_int_equal(lock_it(&store, ID, 0, &none), -ETIMEDOUT);
	assert_null(unlinked_before_lock);
	assert_int_equal(entries(*state), 0);
	unlinked_before_lock = in_store(*state, ID ".lock");
	assert_int_equal(lock_it(&store, ID, clock_monotonic_ms() + 60000, &lock), 0);
	assert_int_equal(fstat(lock.fd, &held), 0);
	assert_int_equal(stat(in_store(*state, ID ".lock"), &named), 0);
	assert_int_equal(held.st_ino, named.st_ino);
	assert_int_equal(lock_it(&store, ID, 0, &none), -ETIMEDOUT);
	store_unlock(&store, &lock);
}

/* Adds 1 to a number that only the lock protects; with sweeps in between, which must not take the
 * lock's name away from under who holds it or waits for it. */
static int count_up(const struct store *store, const char *path)
{
	for (int i = 0; i < 50; i++) {
		STRLIST_AUTO(ids);
		struct store_lock lock;
		int r = lock_it(store, ID, clock_monotonic_ms() + 60000, &lock);
		FILE *file = fopen(path, "r+e");
		int number = 0;

		if (r < 0 || !file || fscanf(file, "%d", &number) != 1)
			return 1;
		rewind(file);
		fprintf(file, "%d\n", number + 1);
		fclose(file);
		store_unlock(store, &lock);
		if (store_list(store, &ids) < 0)
			return 1;
	}
	return 0;
}

static void one_at_a_time(void **state)
{
	enum { CHILDREN = 8 };
	STORE_AUTO(store);
	char path[192];

	store = opened(*state);
	snprintf(path, sizeof(path), "%s", scratch_write(*state, "number", 0600, "0\n"));
	for (int i = 0; i < CHILDREN; i++)
		if (fork() == 0)
			_exit(count_up(&store, path));
	for (int i = 0; i < CHILDREN; i++) {
		int status = 1;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	FILE *file = fopen(path, "re");
	int number = 0;
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &number), 1);
	fclose(file);
	assert_int_equal(number, CHILDREN * 50);
	assert_int_equal(listed(&store), 0);
	assert_int_equal(entries(*state), 0);
}

static void only_what_nobody_uses_is_swept(void **state)
{
	STORE_AUTO(store);
	struct store_lock held, other;
	char writer[PROCESS_TEXT], name[100];
	struct process self;

	store = opened(*state);
	assert_int_equal(process_look(getpid(), &self, NULL), 0);
	process_format(&self, writer);
	/* stays: a living writer's file, a held lock, a session's lock, names of others */
	snprintf(name, sizeof(name), "store/" ID ".%s", writer);
	scratch_write(*state, name, 0600, "x");
	scratch_write(*state, "store/" ID ".notes", 0600, "x");
	scratch_write(*state, "store/README", 0600, "x");
	assert_int_equal(put(&store, OTHER_ID, "other"), 0);
	assert_int_equal(lock_it(&store, OTHER_ID, 0, &other), 0);
	store_unlock(&store, &other);
	assert_int_equal(lock_it(&store, ID, 0, &held), 0);
	assert_int_equal(mkdir(in_store(*state, "logins"), 0700), 0);
	/* goes: who wrote it had this number before */
	self.started--;
	process_format(&self, writer);
	snprintf(name, sizeof(name), "store/" ID ".%s", writer);
	scratch_write(*state, name, 0600, "x");
	assert_int_equal(entries(*state), 8);
	assert_int_equal(listed(&store), 1);
	assert_int_equal(entries(*state), 7);
	store_unlock(&store, &held);
	assert_int_equal(listed(&store), 1);
	assert_int_equal(entries(*state), 6);
}

static void tokens_are_wiped(void **state)
{
	STORE_AUTO(store);

	store = opened(*state);
	wiped_forget();
	assert_int_equal(put(&store, ID, "a-token-of-mine"), 0);
	assert_true(wiped_has("refresh_token=a-token-of-mine"));
	SESSION_AUTO(session);
	assert_int_equal(store_get(&store, ID, NOW, &session), 0);
	assert_true(wiped_has("refresh_token=a-token-of-mine"));
}

static void nothing_stays_open(void **state)
{
	struct store store = {.dir = -1};
	struct store_lock lock, none;
	int before = dup(0);

	close(before);
	store = opened(*state);
	put(&store, ID, "first");
	listed(&store);
	assert_stored(&store, ID, "first");
	assert_int_equal(chmod(in_store(*state, ID), 0644), 0);
	SESSION_AUTO(session);
	assert_int_equal(store_get(&store, ID, NOW, &session), -EPERM);
	assert_int_equal(lock_it(&store, ID, 0, &lock), 0);
	assert_int_equal(lock_it(&store, ID, 0, &none), -ETIMEDOUT);
	store_unlock(&store, &lock);
	assert_int_equal(remove_it(&store, ID), 0);
	listed(&store);
	store_close(&store);
	store_close(&store);
	assert_int_equal(chmod(scratch_path(*state, "store"), 0755), 0);
	assert_int_equal(open_at(scratch_path(*state, "store"), &store), -EPERM);
	int after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_is_got),
		TEST(a_version_is_written_over_where_it_stands),
		TEST(one_is_found_by_user_and_key),
		TEST(an_id_is_no_path),
		TEST(it_ends),
		TEST(modes_are_narrow),
		TEST(a_directory_of_others_is_refused),
		TEST(what_is_planted_is_no_session),
		TEST(what_is_planted_is_no_lock),
		TEST(what_is_planted_is_not_written_to),
		TEST(bytes_that_are_no_session_are_none),
		TEST(dying_before_any_step),
		TEST(dying_behind_any_step),
		TEST(dying_at_any_moment),
		TEST(reading_while_it_is_replaced),
		TEST(a_limit_is_an_error),
		TEST(a_full_disk_is_an_error),
		TEST(a_lock_is_ones_own),
		TEST(a_lock_without_a_name_is_none),
		TEST(one_at_a_time),
		TEST(only_what_nobody_uses_is_swept),
		TEST(tokens_are_wiped),
		TEST(nothing_stays_open),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
