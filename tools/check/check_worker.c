/*
 * check: the programs that ask the identity provider and the store, and as whom they run.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "runas.h"

static const struct check_kind kind_ok = {"worker", CHECK_OK, NULL, NULL};
static const struct check_kind kind_program = {"worker-program", CHECK_ERROR,
	"Without it nobody is asked to sign in; and who may write to it decides who signed in.",
	"Install it as root's, mode 0711; `worker` and `store_program` say where it is."};
static const struct check_kind kind_user = {"worker-user", CHECK_ERROR,
	"The worker runs as a system user of its own, so that what it reads from the network "
	"reaches "
	"nothing here.",
	"systemd-sysusers, or useradd --system --no-create-home --shell /usr/sbin/nologin USER."};

static void check_program(struct check *check, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		check_find(&check->findings, &kind_program, "%s: %s", path, strerrordesc_np(errno));
	else if (!S_ISREG(st.st_mode) || !(st.st_mode & S_IXOTH))
		check_find(&check->findings, &kind_program, "%s: is no program that all may run",
			path);
	else if (st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH))
		check_find(&check->findings, &kind_program, "%s: is of user %u with mode %04o",
			path, st.st_uid, st.st_mode & 07777);
	else
		check_find(&check->findings, &kind_ok, "%s: is root's", path);
}

void check_worker(struct check *check)
{
	const struct config *config = &check->config;
	struct config_error error = {0};
	struct spawn_identity identity;

	if (!check->configured)
		return;
	check_program(check, config->network.worker);
	if (config->session.keep && config->session.store == STORE_REDIS)
		check_program(check, config->session.store_program);
	if (runas_find(config, &identity, &error) != REASON_OK)
		check_find(&check->findings, &kind_user, "%s", error.text);
	else if (identity.change)
		check_find(&check->findings, &kind_ok, "%s: the worker runs as user %u, group %u",
			config->network.worker_user, identity.uid, identity.gid);
}
