/*
 * check: the files and directories that the configuration names, and whose they are.
 */
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "check.h"
#include "count.h"
#include "file.h"
#include "usermap.h"

enum { SECRET_MAX = 64 * 1024 };

static const struct check_kind kind_ok = {"file", CHECK_OK, NULL, NULL};
static const struct check_kind kind_secret = {"file-secret", CHECK_ERROR,
	"The client's and the store's secrets are read from files that are root's alone; another "
	"is "
	"refused, and nobody can sign in.",
	"chown root:root FILE; chmod 0600 FILE."};
static const struct check_kind kind_map = {"file-map", CHECK_ERROR,
	"A map file that is not understood, or that others than root may write, maps nobody.",
	"Mend that line; the file is root's, and no other's to write (mode 0644)."};
static const struct check_kind kind_ca = {"file-ca", CHECK_ERROR,
	"The worker, a user of its own, reads the certificates from there: without them the "
	"identity "
	"provider's is never accepted.",
	"Install ca-certificates, or name what is there in ca_file or ca_dir, readable by all."};
static const struct check_kind kind_directory = {"file-directory", CHECK_ERROR,
	"A directory that others may look into or write to is not used: what stands there could be "
	"theirs.",
	"chown root:root DIRECTORY, and take the rights of others away."};
static const struct check_kind kind_stats = {"file-stats", CHECK_WARNING,
	"What is counted is mapped by programs that let people in, which must not meet a full disk "
	"there: elsewhere nothing is counted.",
	"Let stats_directory be on a tmpfs, as /run is; in a container, mount one there."};
static const struct check_kind kind_parent = {"file-parent", CHECK_ERROR,
	"Who may write to a directory on the way may put another file in the place of this one.",
	"chown root DIRECTORY; chmod go-w DIRECTORY."};
static const struct check_kind kind_holder = {"file-holder", CHECK_ERROR,
	"Where others may write, sticky or not, nothing is counted or kept; and where sign-ins are "
	"not counted, nobody can sign in. A container's /run is often so.",
	"chown root:root DIRECTORY; chmod 0755 DIRECTORY; or name another with that key."};

static void check_secret(struct check *check, const char *key, const char *path)
{
	BUF_AUTO(bytes, SECRET_MAX);
	int r = path ? file_read(path, FILE_SECRET, &bytes) : 0;

	if (r < 0)
		check_find(&check->findings, &kind_secret, "%s: %s (%s)", path, file_error_text(r),
			key);
	else if (path && bytes.len == 0)
		check_find(&check->findings, &kind_secret, "%s: is empty (%s)", path, key);
	else if (path)
		check_find(&check->findings, &kind_ok, "%s: is root's alone (%s)", path, key);
}

static void check_map(struct check *check)
{
	const char *path = check->config.user.map_file;
	struct config_error error = {0};
	USERMAP_AUTO(map);

	if (!path)
		return;
	if (usermap_load(path, &map, &error) < 0)
		check_find(&check->findings, &kind_map, "%s", error.text);
	else
		check_find(&check->findings, &kind_ok, "%s: %zu lines map somebody", path, map.n);
}

static void check_certificates(struct check *check)
{
	const char *file = check->config.network.ca_file, *dir = check->config.network.ca_dir;
	struct stat st;

	if (file && (stat(file, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & S_IROTH)))
		check_find(&check->findings, &kind_ca,
			"%s: is no file that everybody may read (ca_file)", file);
	if (dir && (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode) || !(st.st_mode & S_IXOTH)))
		check_find(&check->findings, &kind_ca,
			"%s: is no directory that everybody may enter (ca_dir)", dir);
}

/* What a directory is in, or will be once it is needed: there is no other way to have it alone. */
static void check_holder(struct check *check, const char *key, const char *path)
{
	char *above = strdup(path);
	char *slash = above ? strrchr(above, '/') : NULL;
	struct stat st;

	if (slash)
		slash[slash == above] = '\0';
	if (slash && stat(above, &st) == 0 &&
		((st.st_uid != 0 && st.st_uid != geteuid()) || st.st_mode & (S_IWGRP | S_IWOTH)))
		check_find(&check->findings, &kind_holder,
			"%s: is of user %u with mode %04o, and %s is in there (%s)", above,
			st.st_uid, st.st_mode & 07777, path, key);
	free(above);
}

/* One that is missing is made where it is needed. */
static void check_directory(struct check *check, const char *key, const char *path, mode_t widest)
{
	struct stat st;

	if (!path)
		return;
	check_holder(check, key, path);
	if (lstat(path, &st) < 0 && errno == ENOENT)
		return;
	if (lstat(path, &st) < 0)
		check_find(&check->findings, &kind_directory, "%s: %s (%s)", path,
			strerrordesc_np(errno), key);
	else if (!S_ISDIR(st.st_mode))
		check_find(
			&check->findings, &kind_directory, "%s: is no directory (%s)", path, key);
	else if (st.st_uid != geteuid() || (st.st_mode & 07777 & ~widest))
		check_find(&check->findings, &kind_directory,
			"%s: is of user %u with mode %04o, and has to be of user %u with %04o (%s)",
			path, st.st_uid, st.st_mode & 07777, geteuid(), widest, key);
}

/* The directories above a file; one whose entries only their owners may rename will do. */
static void check_above(struct check *check, const char *path)
{
	char *above = path ? strdup(path) : NULL;
	struct stat st;

	for (char *slash; above && (slash = strrchr(above, '/')) != NULL;) {
		slash[slash == above] = '\0';
		bool bad = stat(above, &st) == 0 &&
			   ((st.st_uid != 0 && st.st_uid != geteuid()) ||
				   (st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX)));
		if (bad)
			check_find(&check->findings, &kind_parent,
				"%s: is of user %u with mode %04o, above %s", above, st.st_uid,
				st.st_mode & 07777, path);
		if (bad || slash == above)
			break;
	}
	free(above);
}

/* One that is missing will be on what its last component is in. */
static void check_stats(struct check *check)
{
	const char *path = check->config.log.stats_directory;
	char above[PATH_MAX];
	struct statfs fs;

	if (!check->config.log.stats)
		return;
	check_directory(check, "stats_directory", path, 0700);
	(void)snprintf(above, sizeof(above), "%.*s/", (int)(strrchr(path, '/') - path), path);
	if ((statfs(path, &fs) == 0 || statfs(above, &fs) == 0) && fs.f_type != TMPFS_MAGIC)
		check_find(&check->findings, &kind_stats, "%s: is not on tmpfs (stats_directory)",
			path);
}

void check_files(struct check *check)
{
	const struct config *config = &check->config;
	const struct {
		const char *key, *path;
	} secrets[] = {
		{"client_secret_file", config->provider.client_secret_file},
		{"client_key_file", config->provider.client_key_file},
		{"store_password_file", config->session.store_password_file},
		{"store_key_file", config->session.store_key_file},
	};

	check_above(check, check->invocation->conf);
	if (!check->configured)
		return;
	for (size_t i = 0; i < COUNT(secrets); i++) {
		check_secret(check, secrets[i].key, secrets[i].path);
		check_above(check, secrets[i].path);
	}
	check_map(check);
	check_above(check, config->user.map_file);
	check_certificates(check);
	check_directory(check, "directory", config->session.directory, 0700);
	check_directory(check, "limits_directory", config->limits.limits_directory, 0700);
	check_stats(check);
	check_directory(check, "token_directory", config->session.token_directory, 0711);
}
