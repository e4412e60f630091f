/*
 * ssoctl check: what would keep people from signing in, and what would let somebody in who should
 * not: here, before anybody is locked out.
 */
#include "check.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "beneath.h"
#include "count.h"

/* Each builds on those before it: what a configuration means is asked once there is one. */
static void (*const parts[])(struct check *check) = {
	check_config,
	check_files,
	check_worker,
	check_pam,
	check_service,
	check_sshd,
	check_sudo,
	check_idp,
	check_store,
	check_user,
};

static void run_parts(struct check *check)
{
	for (size_t i = 0; i < COUNT(parts); i++) {
		size_t seen = check->findings.n;

		parts[i](check);
		check_print(&check->findings, seen, check->invocation->json);
	}
}

/* A tree that cannot be looked into has no finding: that would read as if all were well. */
static int try_root(const char *root)
{
	int fd = beneath_open(root, "/", O_PATH | O_DIRECTORY);

	if (fd < 0) {
		ssoctl_say("check: --root %s: %s", root, strerrordesc_np(-fd));
		return SSOCTL_FAILED;
	}
	close(fd);
	return SSOCTL_OK;
}

static int run(const struct invocation *invocation)
{
	struct check check = {
		.invocation = invocation,
		.root = invocation->root ? invocation->root : "",
	};

	if (invocation->user && !invocation->service) {
		ssoctl_say("check: --user goes with --service");
		return SSOCTL_USAGE;
	}
	if (try_root(check.root) != SSOCTL_OK)
		return SSOCTL_FAILED;
	run_parts(&check);
	int status = check_has(&check.findings, CHECK_ERROR) ? SSOCTL_FAILED : SSOCTL_OK;
	if (check.findings.error < 0) {
		ssoctl_say("check: memory is short");
		status = SSOCTL_FAILED;
	}
	check_findings_free(&check.findings);
	strlist_free(&check.services);
	config_free(&check.config);
	return status;
}

const struct command command_check = {
	.name = "check",
	.options = OPTION_CONF | OPTION_ROOT | OPTION_SERVICE | OPTION_USER,
	.summary = "Look for what keeps people out, and for what lets them in unasked",
	.help = "The configuration, the files that it names, the worker and its sandbox, the PAM\n"
		"stacks, sshd's and sudo's settings, the identity provider and the store are "
		"looked at, and nothing is\n"
		"changed. With --service, what goes for that service; with --user too, whether\n"
		"that login would get as far as the sign-in.\n"
		"\n"
		"A line tells each finding: ok, warning or error, its name, and what was seen; "
		"below\n"
		"it stand why that matters and what to do. With --json, each is an object in a "
		"line.\n"
		"Warnings leave the exit status 0; an error makes it 1.\n",
	.run = run,
};
