#include "sshd_found.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "beneath.h"
#include "file.h"

#define SSHD        "/usr/sbin/sshd"
#define SSHD_CONFIG "/etc/ssh/sshd_config"

enum { INCLUDE_MAX = 16 };

/* What a program says on descriptor STREAM; nothing on the others. Returns its exit status, or a
 * negative errno. */
static int ask_program(const char *const argv[], int stream, struct buf *out)
{
	static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], status = -1;
	pid_t pid = -1;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	int r = posix_spawn_file_actions_init(&actions);
	for (int fd = 0; r == 0 && fd <= STDERR_FILENO; fd++)
		r = fd == stream ? posix_spawn_file_actions_adddup2(&actions, ends[1], fd)
				 : posix_spawn_file_actions_addopen(
					   &actions, fd, "/dev/null", O_RDWR, 0);
	if (r == 0)
		r = posix_spawn(&pid, argv[0], &actions, NULL, (char *const *)argv,
			(char *const *)environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (r == 0)
		r = -file_read_fd(ends[0], out);
	/* A program that says more than is read ends by that. */
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (r != 0)
		return -r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

/* Without -C, a Match on a port is a mistake to it. */
static int ask_settings(const char *user, int stream, struct buf *out)
{
	char who[256];
	const char *const argv[] = {SSHD, "-T", "-C", who, NULL};

	snprintf(who, sizeof(who), "user=%s,host=%s,addr=%s,laddr=192.0.2.2,lport=22",
		user ? user : "", SSHD_FOUND_ADDRESS, SSHD_FOUND_ADDRESS);
	return ask_program(argv, stream, out);
}

static struct sshd_version ask_version(void)
{
	static const char *const argv[] = {SSHD, "-V", NULL};
	BUF_AUTO(text, BENEATH_TEXT_MAX);

	/* An older one does not know -V, and says its version with that. */
	(void)ask_program(argv, STDERR_FILENO, &text);
	return sshd_version_read(buf_str(&text));
}

/* What is being read. */
struct reader {
	const char *root;
	struct sshd_settings *settings;
	struct strlist *matches;
	const char *file;
	unsigned int depth;
	int error;
};

static void read_one(void *context, const char *path);

static void include(void *context, const char *pattern, struct sshd_settings *settings)
{
	struct reader *reader = context;
	char path[PATH_MAX];

	(void)settings;
	snprintf(path, sizeof(path), "%s%s", *pattern == '/' ? "" : "/etc/ssh/", pattern);
	(void)beneath_match(reader->root, path, read_one, reader);
}

static void match(void *context, const char *criteria, unsigned int line)
{
	struct reader *reader = context;
	BUF_AUTO(text, BENEATH_TEXT_MAX);

	if (buf_printf(&text, "%s:%u: Match %s", reader->file, line, criteria) < 0 ||
		strlist_add(reader->matches, buf_str(&text)) < 0)
		reader->error = -ENOMEM;
}

static void read_one(void *context, const char *path)
{
	struct reader *reader = context;
	const struct sshd_settings_events events = {include, match, reader};
	BUF_AUTO(text, BENEATH_TEXT_MAX);
	const char *above = reader->file;

	if (reader->depth == INCLUDE_MAX || beneath_read(reader->root, path, &text) < 0 ||
		!text.data)
		return;
	reader->depth++;
	reader->file = path;
	sshd_settings_read(text.data, reader->settings, &events);
	reader->file = above;
	reader->depth--;
}

/* Returns whether sshd told. */
static bool read_from_sshd(const char *user, struct sshd_found *found)
{
	BUF_AUTO(text, BENEATH_TEXT_MAX);
	BUF_AUTO(complaint, BENEATH_TEXT_MAX);

	found->version = ask_version();
	if (ask_settings(user, STDOUT_FILENO, &text) == 0 && text.data) {
		found->settings = sshd_settings_default;
		sshd_settings_read(text.data, &found->settings, NULL);
		found->from = "sshd -T";
		return true;
	}
	if (ask_settings(user, STDERR_FILENO, &complaint) > 0)
		snprintf(found->complaint, sizeof(found->complaint), "%.*s",
			(int)strcspn(buf_str(&complaint), "\r\n"), buf_str(&complaint));
	return false;
}

int sshd_found_read(const char *root, const char *user, struct sshd_found *ret)
{
	struct sshd_settings settings = sshd_settings_default;
	struct reader reader = {.root = root, .settings = &settings, .matches = &ret->matches};

	*ret = (struct sshd_found){.settings = sshd_settings_default};
	int fd = beneath_open(root, SSHD_CONFIG, O_RDONLY);
	if (fd >= 0) {
		close(fd);
		read_one(&reader, SSHD_CONFIG);
	}
	if ((*root || !read_from_sshd(user, ret)) && fd >= 0) {
		ret->settings = settings;
		ret->from = SSHD_CONFIG;
	}
	return reader.error;
}

void sshd_found_free(struct sshd_found *found)
{
	strlist_free(&found->matches);
}
