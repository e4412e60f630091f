/*
 * check: sudo's settings, of which a few decide whether PAM is asked at all.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "beneath.h"
#include "check.h"
#include "sudoers.h"

#define SUDOERS "/etc/sudoers"

enum { INCLUDE_MAX = 128 }; /* sudo's own limit */

static const struct check_kind kind_ok = {"sudo", CHECK_OK, NULL, NULL};
static const struct check_kind kind_unread = {"sudo-unknown", CHECK_WARNING,
	"What sudo would do with a sign-in is not known.",
	"Run `ssoctl check` as root; see that sudo is installed."};
static const struct check_kind kind_noninteractive = {"sudo-noninteractive", CHECK_WARNING,
	"Sessions are reused, but `sudo -n`, and with it Ansible and editors, never asks PAM and "
	"fails.",
	"Write `Defaults noninteractive_auth` with `visudo -f /etc/sudoers.d/pam_sso`; sudo has it "
	"from 1.9.10."};
static const struct check_kind kind_nopasswd = {"sudo-nopasswd", CHECK_WARNING,
	"Whom that line is about, sudo never asks to sign in.",
	"Take NOPASSWD or !authenticate away there, unless it is meant."};
/* People keep a proxy's variable and wonder. */
static const struct check_kind kind_environment = {"sudo-environment", CHECK_OK, NULL, NULL};

struct reader {
	const char *root;
	unsigned int depth;
};

static int read_file(struct reader *reader, const char *path, struct sudoers *sudoers);

static int is_read(const struct dirent *entry)
{
	return sudoers_is_read(entry->d_name);
}

static void read_folder(struct reader *reader, const char *folder, struct sudoers *sudoers)
{
	char path[PATH_MAX];
	struct dirent **names = NULL;
	int n = beneath_list(reader->root, folder, is_read, &names);

	for (int i = 0; i < n; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name) <
			(int)sizeof(path))
			(void)read_file(reader, path, sudoers);
		free(names[i]);
	}
	free(names);
}

static void include(void *context, const char *name, bool folder, struct sudoers *sudoers)
{
	struct reader *reader = context;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", *name == '/' ? "" : "/etc/", name);
	if (folder)
		read_folder(reader, path, sudoers);
	else
		(void)read_file(reader, path, sudoers);
}

static int read_file(struct reader *reader, const char *path, struct sudoers *sudoers)
{
	const struct sudoers_events events = {include, reader};
	BUF_AUTO(text, BENEATH_TEXT_MAX);
	int r = reader->depth < INCLUDE_MAX ? beneath_read(reader->root, path, &text) : -ELOOP;

	if (r < 0 || !text.data)
		return r;
	reader->depth++;
	sudoers_read(text.data, path, sudoers, &events);
	reader->depth--;
	return 0;
}

/* Reuse is a service's: the configuration of another tells nothing of sudo's. */
static bool is_reused(const struct check *check)
{
	CONFIG_AUTO(config);

	return check_config_of(check, "sudo", &config) && config.session.reuse != CONFIG_REUSE_OFF;
}

static void check_sudoers(struct check *check, const struct sudoers *sudoers)
{
	const char *proxy = check->configured ? check->config.network.proxy : NULL;
	size_t before = check->findings.n;

	if (is_reused(check) && !sudoers->noninteractive)
		check_find(&check->findings, &kind_noninteractive, "%s: noninteractive_auth is off",
			SUDOERS);
	for (size_t i = 0; i < sudoers->unasked.n; i++)
		check_find(&check->findings, &kind_nopasswd, "%s: some are not asked",
			sudoers->unasked.items[i]);
	if (check->findings.n == before)
		check_find(&check->findings, &kind_ok, "%s: lets a sign-in happen", SUDOERS);
	for (size_t i = 0; i < sudoers->kept.n; i++)
		check_find(&check->findings, &kind_environment,
			"%s: pam_sso takes nothing of it; its proxy is `proxy` in [network] (%s)",
			sudoers->kept.items[i], proxy && *proxy ? proxy : "none");
}

void check_sudo(struct check *check)
{
	struct reader reader = {.root = check->root};
	struct sudoers sudoers = {.noninteractive = false};

	if (!strlist_has(&check->services, "sudo") && !strlist_has(&check->services, "sudo-i"))
		return;
	if (read_file(&reader, SUDOERS, &sudoers) < 0)
		check_find(&check->findings, &kind_unread, "%s cannot be read", SUDOERS);
	else
		check_sudoers(check, &sudoers);
	if (sudoers.error < 0)
		check->findings.error = sudoers.error;
	sudoers_free(&sudoers);
}
