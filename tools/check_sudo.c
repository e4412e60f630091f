/*
 * check: sudo's settings, of which a few decide whether PAM is asked at all.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beneath.h"
#include "check.h"
#include "check_text.h"

#define SUDOERS   "/etc/sudoers"
#define SUDOERS_D "/etc/sudoers.d"

static const struct check_kind kind_ok = {"sudo", CHECK_OK, NULL, NULL};
static const struct check_kind kind_unread = {"sudo-unknown", CHECK_WARNING,
	"What sudo would do with a sign-in is not known.", "Run `ssoctl check` as root."};
static const struct check_kind kind_noninteractive = {"sudo-noninteractive", CHECK_WARNING,
	"Sessions are reused, but `sudo -n`, and with it Ansible and editors, never asks PAM and "
	"fails.",
	"Write `Defaults noninteractive_auth` in " SUDOERS_D
	" (visudo -f); sudo has it from 1.9.10."};
static const struct check_kind kind_nopasswd = {"sudo-nopasswd", CHECK_WARNING,
	"Whom that line names, sudo never asks to sign in.",
	"Take NOPASSWD or !authenticate away there, unless it is meant."};

/* What was seen. */
struct sudoers {
	bool noninteractive;
	char nopasswd[PATH_MAX + 32]; /* where it stands first; "" */
};

static void read_sudoers_line(
	char *line, const char *path, unsigned int number, struct sudoers *sudoers)
{
	bool defaults = strncmp(line, "Defaults", strlen("Defaults")) == 0;
	const char *flag = defaults ? strstr(line, "noninteractive_auth") : NULL;

	if (*line == '#')
		return;
	if (flag)
		sudoers->noninteractive = flag[-1] != '!';
	if (!*sudoers->nopasswd && (strstr(line, "NOPASSWD") || strstr(line, "!authenticate")))
		snprintf(sudoers->nopasswd, sizeof(sudoers->nopasswd), "%s:%u", path, number);
}

static int read_sudoers(const char *root, const char *path, struct sudoers *sudoers)
{
	BUF_AUTO(text, BENEATH_TEXT_MAX);
	int r = beneath_read(root, path, &text);
	unsigned int number = 1;

	if (r < 0 || !text.data)
		return r;
	for (char *at = text.data, *line; (line = check_text_line(&at)) != NULL; number++)
		read_sudoers_line(line, path, number, sudoers);
	return 0;
}

/* sudoers(5): a name with a dot, or with ~ at its end, is not read. */
static int is_read(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return !strchr(entry->d_name, '.') && entry->d_name[len - 1] != '~';
}

static void read_folder(const char *root, struct sudoers *sudoers)
{
	char path[PATH_MAX];
	struct dirent **names = NULL;
	int n = beneath_list(root, SUDOERS_D, is_read, &names);

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", SUDOERS_D, names[i]->d_name);
		(void)read_sudoers(root, path, sudoers);
		free(names[i]);
	}
	free(names);
}

/* Reuse is a service's: the configuration of another tells nothing of sudo's. */
static bool is_reused(const struct check *check)
{
	CONFIG_AUTO(config);

	return check_config_of(check, "sudo", &config) && config.session.reuse != CONFIG_REUSE_OFF;
}

void check_sudo(struct check *check)
{
	struct sudoers sudoers = {.noninteractive = false};
	size_t before = check->findings.n;

	if (!check->sudo)
		return;
	if (read_sudoers(check->root, SUDOERS, &sudoers) < 0) {
		check_find(&check->findings, &kind_unread, "%s cannot be read", SUDOERS);
		return;
	}
	read_folder(check->root, &sudoers);
	if (is_reused(check) && !sudoers.noninteractive)
		check_find(&check->findings, &kind_noninteractive, "%s: noninteractive_auth is off",
			SUDOERS);
	if (*sudoers.nopasswd)
		check_find(&check->findings, &kind_nopasswd, "%s: some are not asked",
			sudoers.nopasswd);
	if (check->findings.n == before)
		check_find(&check->findings, &kind_ok, "%s: lets a sign-in happen", SUDOERS);
}
