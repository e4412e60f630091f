/*
 * check: the configuration: whether it is read, and what in it cannot be meant.
 */
#include "check.h"

#include <errno.h>
#include <unistd.h>

static const struct check_kind kind_ok = {"config", CHECK_OK, NULL, NULL};
static const struct check_kind kind_absent = {"config-absent", CHECK_ERROR,
	"Nobody can sign in without a configuration.",
	"Run `ssoctl init`: it asks for what it needs, and writes one."};
static const struct check_kind kind_wrong = {"config-wrong", CHECK_ERROR,
	"Nobody can sign in: a configuration with a mistake counts as none.",
	"Mend that line; pam_sso.conf(5) has every key."};
static const struct check_kind kind_file = {"config-file", CHECK_ERROR,
	"Nobody can sign in: who may write to the configuration decides who comes in, so one that "
	"is not root's alone to write counts as none.",
	"chown root:root FILE; chmod 0644 FILE. It has to be a regular file, and no link."};
static const struct check_kind kind_privilege = {"privilege", CHECK_WARNING,
	"Secrets, the store and the worker's user are root's to see: what is said of them may be "
	"wrong.",
	"Run `ssoctl check` as root."};

bool check_config_of(const struct check *check, const char *service, struct config *ret)
{
	struct config_error error;

	return check->configured && config_load(check->invocation->conf, service, ret, &error) == 0;
}

static const struct check_kind *kind_of(int error)
{
	switch (error) {
	case -ENOENT: return &kind_absent;
	case -EPERM:
	case -EACCES:
	case -ELOOP: return &kind_file;
	default: return &kind_wrong;
	}
}

void check_config(struct check *check)
{
	const char *service = check->invocation->service;
	struct config_error error = {0};

	if (geteuid() != 0)
		check_find(&check->findings, &kind_privilege, "this is not run by root");
	int r = config_load(
		check->invocation->conf, service ? service : "", &check->config, &error);
	if (r < 0) {
		check_find(&check->findings, kind_of(r), "%s", error.text);
		return;
	}
	check->configured = true;
	check_find(&check->findings, &kind_ok, "%s: makes sense", check->invocation->conf);
}
