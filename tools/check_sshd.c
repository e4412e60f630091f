/*
 * check: sshd's settings, by `sshd -T` where that tells them, else by sshd_config.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "check_text.h"
#include "count.h"
#include "file.h"
#include "sshd_settings.h"

#define SSHD        "/usr/sbin/sshd"
#define SSHD_CONFIG "/etc/ssh/sshd_config"

enum {
	STARTUPS_FEW = 10, /* sshd's default: from then on it drops some */
	INCLUDE_MAX = 16,
};

static const struct check_kind kind_ok = {"sshd", CHECK_OK, NULL, NULL};
static const struct check_kind kind_unknown = {"sshd-unknown", CHECK_WARNING,
	"What sshd would do with a sign-in is not known.", "See what `sshd -T` says, as root."};
static const struct check_kind kind_pam = {"sshd-use-pam", CHECK_ERROR,
	"Without it sshd never asks PAM.", "Write `UsePAM yes` in " SSHD_CONFIG "."};
static const struct check_kind kind_keyboard = {"sshd-keyboard-interactive", CHECK_ERROR,
	"The prompt with the link comes by keyboard-interactive and no other way.",
	"Write `KbdInteractiveAuthentication yes` before the line that says no: the first counts."};
static const struct check_kind kind_password = {"sshd-password", CHECK_WARNING,
	"A client that sends a password has it answer the prompt with the link, which nobody sees.",
	"Write `PasswordAuthentication no`: passwords are asked for by keyboard-interactive too."};
static const struct check_kind kind_grace = {"sshd-grace", CHECK_WARNING,
	"sshd closes the connection, without a word, before the sign-in has given up.",
	"Raise LoginGraceTime above `deadline` in pam_sso.conf, or lower that."};
static const struct check_kind kind_startups = {"sshd-startups", CHECK_WARNING,
	"Sign-ins that wait for a person count, and from that number on sshd drops some of the new "
	"connections.",
	"Raise MaxStartups, to 100:30:200 for one, where many people log in at once."};
static const struct check_kind kind_publickey = {"sshd-publickey", CHECK_ERROR,
	"The configuration wants a public key first, and sshd asks for keyboard-interactive "
	"without "
	"one: everybody is refused.",
	"Write `AuthenticationMethods publickey,keyboard-interactive`."};
static const struct check_kind kind_match = {"sshd-match", CHECK_WARNING,
	"A Match may say otherwise for some users or addresses.",
	"See `sshd -T -C user=NAME,host=HOST,addr=ADDRESS`."};

struct including {
	const char *root;
	unsigned int depth;
};

static void include(void *context, const char *pattern, struct sshd_settings *settings);

static void read_one(struct including *including, const char *path, struct sshd_settings *settings)
{
	BUF_AUTO(text, CHECK_TEXT_MAX);

	if (including->depth < INCLUDE_MAX && check_text_read("", path, &text) == 0 && text.data) {
		including->depth++;
		sshd_settings_read(text.data, settings, include, including);
		including->depth--;
	}
}

static void include(void *context, const char *pattern, struct sshd_settings *settings)
{
	struct including *including = context;
	char path[PATH_MAX];
	glob_t found = {0};

	snprintf(path, sizeof(path), "%s%s%s", including->root, *pattern == '/' ? "" : "/etc/ssh/",
		pattern);
	if (glob(path, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			read_one(including, found.gl_pathv[i], settings);
	globfree(&found);
}

/* What a program prints. Returns 0 where it ended well. */
static int output_of(const char *const argv[], struct buf *out)
{
	static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], status = -1;
	pid_t pid = -1;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	int r = posix_spawn_file_actions_init(&actions);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
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
	return r == 0 && status == 0 ? 0 : -EIO;
}

/* What goes for USER, or for everybody; NULL where it is not asked. */
static int ask_sshd(const char *user, struct buf *out)
{
	char who[128];
	const char *const argv[] = {SSHD, "-T", user ? "-C" : NULL, who, NULL};

	snprintf(who, sizeof(who), "user=%s,host=localhost,addr=127.0.0.1", user ? user : "");
	return output_of(argv, out);
}

/* Returns where it is from, or NULL. */
static const char *read_settings(const struct check *check, struct sshd_settings *settings)
{
	struct including including = {.root = check->root};
	BUF_AUTO(text, CHECK_TEXT_MAX);
	char path[PATH_MAX];

	*settings = sshd_settings_default;
	if (!*check->root && ask_sshd(check->invocation->user, &text) == 0 && text.data) {
		sshd_settings_read(text.data, settings, NULL, NULL);
		return "sshd -T";
	}
	snprintf(path, sizeof(path), "%s%s", check->root, SSHD_CONFIG);
	if (access(path, R_OK) < 0)
		return NULL;
	read_one(&including, path, settings);
	return SSHD_CONFIG;
}

static void check_methods(
	struct check *check, const char *from, const struct sshd_settings *settings)
{
	bool both = strncmp(settings->methods, "publickey,", strlen("publickey,")) == 0;

	if (check->config.access.require == REQUIRE_PUBLICKEY && !both)
		check_find(&check->findings, &kind_publickey, "%s: AuthenticationMethods %s", from,
			settings->methods);
}

static void check_times(struct check *check, const char *from, const struct sshd_settings *settings)
{
	int64_t deadline = check->config.prompt.deadline;

	if (settings->grace && settings->grace <= deadline)
		check_find(&check->findings, &kind_grace,
			"%s: LoginGraceTime is %" PRId64 " seconds, deadline is %" PRId64, from,
			settings->grace, deadline);
	if (settings->startups <= STARTUPS_FEW)
		check_find(&check->findings, &kind_startups,
			"%s: MaxStartups begins to drop at %" PRId64, from, settings->startups);
}

static void check_settings(
	struct check *check, const char *from, const struct sshd_settings *settings)
{
	const struct {
		bool bad;
		const struct check_kind *kind;
		const char *what;
	} rows[] = {
		{!settings->use_pam, &kind_pam, "UsePAM is no"},
		{!settings->keyboard_interactive, &kind_keyboard,
			"KbdInteractiveAuthentication is no"},
		{settings->password, &kind_password, "PasswordAuthentication is yes"},
		{settings->matches, &kind_match, "there is a Match"},
	};
	size_t before = check->findings.n;

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].bad)
			check_find(&check->findings, rows[i].kind, "%s: %s", from, rows[i].what);
	if (check->configured) {
		check_times(check, from, settings);
		check_methods(check, from, settings);
	}
	if (check->findings.n == before)
		check_find(&check->findings, &kind_ok, "%s: lets a sign-in happen", from);
}

void check_sshd(struct check *check)
{
	struct sshd_settings settings;

	if (!check->sshd)
		return;
	const char *from = read_settings(check, &settings);
	if (from)
		check_settings(check, from, &settings);
	else
		check_find(&check->findings, &kind_unknown, "%s cannot be read", SSHD_CONFIG);
}
