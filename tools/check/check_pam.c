/*
 * check: the stacks in /etc/pam.d, those that ask pam_sso or the one that was asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "check.h"
#include "check_stack.h"
#include "count.h"

static const struct check_kind kind_nowhere = {"pam-nowhere", CHECK_WARNING,
	"Nothing on this machine signs anybody in with single sign-on yet.",
	"Add the lines of an example (/usr/share/doc/*sso/examples/pam.d) to a service's file; "
	"keep a root shell open meanwhile."};
static const struct check_kind kind_module = {"pam-module", CHECK_ERROR,
	"libpam finds no pam_sso.so, and takes that for a module that fails.",
	"Install pam_sso.so where the other modules are."};
static const struct check_kind kind_mode = {"pam-file", CHECK_ERROR,
	"Who may write to a file in pam.d comes in as anybody.",
	"chown root FILE; chmod 0644 FILE."};

static const struct check_kind kind_sibling = {"pam-sibling", CHECK_WARNING,
	"The same program asks by the one or by the other, as its user likes: who wants to get "
	"around "
	"the sign-in takes the other.",
	"Write the same lines into the other file, too."};
static const struct check_kind kind_session = {"pam-session-absent", CHECK_WARNING,
	"Sessions are kept (keep = yes), but none is bound to the login that it opened: it is not "
	"reused by a local service, and its end closes nothing.",
	"Add `session optional pam_sso.so` as the last session line."};

/* `sudo -i` and `su -` ask by a service of their own. */
static const struct {
	const char *service, *other;
} siblings[] = {{"sudo", "sudo-i"}, {"su", "su-l"}};

/* Where libpam looks, the first that has the file; and where modules are, by distribution. */
static const char *const folders[] = {"/etc/pam.d", "/usr/lib/pam.d", "/usr/share/pam.d"};
static const char *const module_paths[] = {"/usr/lib/*/security/pam_sso.so",
	"/lib/*/security/pam_sso.so", "/usr/lib64/security/pam_sso.so",
	"/lib64/security/pam_sso.so", "/usr/lib/security/pam_sso.so", "/lib/security/pam_sso.so"};

/* The files that were read: pam_stack.c sees their texts as long as they are here. */
struct shelf {
	const char *root;
	struct volume {
		char name[NAME_MAX + 1];
		char path[PATH_MAX]; /* where it was found */
		char *text;
	} *volumes;
	size_t n;
};

static int read_named(const char *root, const char *name, char path[PATH_MAX], struct buf *out)
{
	int r = -ENOENT;

	snprintf(path, PATH_MAX, "%s", name);
	if (*name == '/')
		return beneath_read(root, path, out);
	for (size_t i = 0; i < COUNT(folders) && r == -ENOENT; i++)
		if (snprintf(path, PATH_MAX, "%s/%s", folders[i], name) < PATH_MAX)
			r = beneath_read(root, path, out);
	return r;
}

static const char *shelf_text(void *context, const char *name)
{
	struct shelf *shelf = context;
	char path[PATH_MAX];
	BUF_AUTO(bytes, BENEATH_TEXT_MAX);

	for (size_t i = 0; i < shelf->n; i++)
		if (strcmp(shelf->volumes[i].name, name) == 0)
			return shelf->volumes[i].text;
	if (strlen(name) > NAME_MAX || read_named(shelf->root, name, path, &bytes) < 0)
		return NULL;
	struct volume *volumes = reallocarray(
		shelf->volumes, shelf->n + 1, sizeof(*shelf->volumes));
	if (!volumes)
		return NULL;
	shelf->volumes = volumes;
	struct volume *volume = &volumes[shelf->n];
	snprintf(volume->name, sizeof(volume->name), "%s", name);
	memcpy(volume->path, path, sizeof(path));
	volume->text = bytes.len ? buf_steal(&bytes) : strdup("");
	shelf->n += volume->text != NULL;
	return volume->text;
}

static void shelf_free(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->n; i++)
		free(shelf->volumes[i].text);
	free(shelf->volumes);
}

/* What is kept needs a session line to be bound; a screen locker opens no session, and has none. */
static void check_session(struct check *check, const struct pam_files *files, const char *service)
{
	PAM_STACK_AUTO(session);

	if (!check->configured || !check->config.session.keep)
		return;
	(void)pam_stack_read(files, service, PAM_PHASE_SESSION, &session);
	if (session.n > 0 && check_stack_names(files, service, PAM_PHASE_AUTH) &&
		!check_stack_names(files, service, PAM_PHASE_SESSION))
		check_find(&check->findings, &kind_session, "%s: pam_sso has no session line",
			service);
}

static void check_siblings(struct check *check, const struct pam_files *files)
{
	for (size_t i = 0; i < COUNT(siblings); i++) {
		const char *service = siblings[i].service, *other = siblings[i].other;

		if (files->text(files->context, other) &&
			check_stack_names(files, service, PAM_PHASE_AUTH) &&
			!check_stack_names(files, other, PAM_PHASE_AUTH))
			check_find(&check->findings, &kind_sibling,
				"%s: asks pam_sso, and %s does not", service, other);
	}
}

static bool check_one(
	struct check *check, const struct pam_files *files, const char *service, bool asked)
{
	bool named = check_stack(files, service, asked, &check->findings);

	check_session(check, files, service);

	if (named && strlist_add(&check->services, service) < 0)
		check->findings.error = -ENOMEM;
	return named;
}

/* What others include, and what an editor or a package left, is no service. */
static int is_service(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strncmp(entry->d_name, "common-", 7) != 0 &&
	       !strpbrk(entry->d_name, "~#") && !strstr(entry->d_name, ".dpkg-") &&
	       !strstr(entry->d_name, ".rpm");
}

/* A tree's files are whoever's who made it. */
static void check_mode(struct check *check, const char *path)
{
	struct stat st = {0};
	int fd = beneath_open(check->root, path, O_PATH);

	if (fd < 0)
		return;
	bool known = fstat(fd, &st) == 0;
	bool others = st.st_mode & (S_IWGRP | S_IWOTH) || (!*check->root && st.st_uid != 0);
	close(fd);
	if (known && others)
		check_find(&check->findings, &kind_mode, "%s%s: is of user %u with mode %04o",
			check->root, path, st.st_uid, st.st_mode & 07777);
}

/* Of all that stacks were read from, and the folder that they are in. */
static void check_modes(struct check *check, const struct shelf *shelf)
{
	check_mode(check, folders[0]);
	for (size_t i = 0; i < shelf->n; i++)
		check_mode(check, shelf->volumes[i].path);
}

/* Returns whether one of them names pam_sso. */
static bool check_all(struct check *check, const struct pam_files *files)
{
	struct dirent **names = NULL;
	bool named = false;
	int n = beneath_list(check->root, folders[0], is_service, &names);

	for (int i = 0; i < n; i++) {
		named |= check_one(check, files, names[i]->d_name, false);
		free(names[i]);
	}
	free(names);
	if (!named)
		check_find(&check->findings, &kind_nowhere, "%s%s: no service asks pam_sso",
			check->root, folders[0]);
	check_siblings(check, files);
	return named;
}

static void check_module(struct check *check)
{
	for (size_t i = 0; i < COUNT(module_paths); i++)
		if (beneath_match(check->root, module_paths[i], NULL, NULL))
			return;
	check_find(&check->findings, &kind_module, "pam_sso.so is in none of libpam's folders");
}

void check_pam(struct check *check)
{
	struct shelf shelf = {.root = check->root};
	const struct pam_files files = {shelf_text, &shelf};
	const char *service = check->invocation->service;
	bool named = service ? check_one(check, &files, service, true) : check_all(check, &files);

	check_modes(check, &shelf);
	if (named)
		check_module(check);
	shelf_free(&shelf);
}
