/*
 * ssoctl init: the first configuration of a machine.
 *
 * 1. What stands at its path MUST stay, whatever it is. Nothing else is changed, /etc/pam.d least
 *    of all: which lines belong there is said.
 * 2. It is written only where the configuration's own reader takes it, with the very values that
 *    were given, and the identity provider answered for its issuer. Where that does not take this
 *    client, it is written, and said; exit status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "count.h"
#include "file.h"
#include "job.h"
#include "json_out.h"
#include "new_file.h"
#include "ssoctl.h"
#include "worker_request.h"

enum { ANSWER_MAX = 512, OUTPUT_MAX = 64 * 1024, CONFIG_MODE = 0644 };

#define CONTROL_AUTH                                                                               \
	"[success=done authinfo_unavail=ignore system_err=ignore module_unknown=ignore ignore="    \
	"ignore default=die]"
#define CONTROL_ACCOUNT                                                                            \
	"[success=ok ignore=ignore authinfo_unavail=ignore system_err=ignore "                     \
	"module_unknown=ignore default=die]"

/* The lines that a stack needs, as conf/pam.d has them: refused is refused; while the provider or
 * pam_sso cannot be asked, the local password counts. */
static const struct {
	const char *above, *line; /* above NULL: at the end */
} lines[] = {
	{"@include common-auth", "auth     " CONTROL_AUTH "  pam_sso.so"},
	{"@include common-account", "account  " CONTROL_ACCOUNT "  pam_sso.so"},
	{NULL, "session  optional  pam_sso.so"},
};

static const char *const stacks[] = {"/etc/pam.d/sshd", "/etc/pam.d/sudo", "/etc/pam.d/sudo-i"};

#define SSHD_FILE "/etc/ssh/sshd_config.d/pam_sso.conf"
static const char *const sshd_lines[] = {"UsePAM yes", "KbdInteractiveAuthentication yes",
	"PasswordAuthentication no", "LoginGraceTime 120"};

struct answers {
	char issuer[ANSWER_MAX], client_id[ANSWER_MAX], profile[ANSWER_MAX];
};

/* One word of ASCII, or nothing where that is not NEEDED. */
static int take(const char *text, const char *option, bool needed, char ret[ANSWER_MAX])
{
	size_t len = strlen(text);

	if (len == 0 && needed) {
		ssoctl_say("--%s is missing: see `ssoctl init --help`", option);
		return SSOCTL_USAGE;
	}
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~') {
			ssoctl_say("--%s: that is not one word of ASCII", option);
			return SSOCTL_USAGE;
		}
	if (len >= ANSWER_MAX) {
		ssoctl_say("--%s is too long", option);
		return SSOCTL_USAGE;
	}
	memcpy(ret, text, len + 1);
	return SSOCTL_OK;
}

/* Of an argument, or from whoever sits there: the whole line, so that its rest answers no other
 * question. Returns SSOCTL_OK, or an exit status, and has said why. */
static int answer(const char *given, const char *option, const char *question, bool needed,
	char ret[ANSWER_MAX])
{
	char *typed = NULL;
	size_t size = 0;

	if (!given && isatty(STDIN_FILENO) == 1) {
		fprintf(stderr, "%s: ", question);
		if (getline(&typed, &size, stdin) > 0) {
			typed[strcspn(typed, "\n")] = '\0';
			given = typed;
		}
	}
	int status = take(given ? given : "", option, needed, ret);
	free(typed);
	return status;
}

static int ask(const struct invocation *invocation, struct answers *ret)
{
	int status = answer(invocation->issuer, "issuer",
		"Issuer, exactly as the identity provider writes it (https://...)", true,
		ret->issuer);

	if (status == SSOCTL_OK)
		status = answer(invocation->client_id, "client-id",
			"This machine's client id there", true, ret->client_id);
	if (status == SSOCTL_OK)
		status = answer(invocation->profile, "profile",
			"Whose product it is, such as keycloak or entra (Enter: another)", false,
			ret->profile);
	return status;
}

/* The file's text. What it need not say is left to the documented example. */
static int compose(
	const struct invocation *invocation, const struct answers *answers, struct buf *out)
{
	buf_puts(out,
		"# " CONFIG_PATH ": single sign-on for this machine's logins.\n"
		"#\n"
		"# Written by `ssoctl init`. pam_sso.conf(5) has every key, and `ssoctl check` "
		"looks at all of it.\n\n"
		"[provider]\n");
	if (answers->profile[0])
		buf_printf(out,
			"# Whose product it is: defaults for what that does differently.\n"
			"profile = %s\n",
			answers->profile);
	buf_printf(out,
		"# The identity provider, exactly as it writes itself in `iss`.\n"
		"issuer = %s\n"
		"# This machine, as it is registered there.\n"
		"client_id = %s\n",
		answers->issuer, answers->client_id);
	if (!invocation->more)
		return buf_puts(out, "\n"
				     "[access]\n"
				     "# Root keeps its local password: a way back in.\n"
				     "ignore_users = root\n");
	buf_puts(out, "\n");
	int fd = open(invocation->more, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int r = fd < 0 ? -errno : file_read_fd(fd, out);
	if (fd >= 0)
		close(fd);
	return r;
}

/* Whether the reader gets out of it what was put in. */
static int parse(const struct invocation *invocation, const struct answers *answers,
	const struct buf *text, struct config *ret)
{
	struct config_error error;

	if (config_parse(buf_str(text), text->len, invocation->conf, "", ret, &error) < 0) {
		ssoctl_say("that is no configuration: %s", error.text);
		return SSOCTL_FAILED;
	}
	if (strcmp(ret->provider.issuer, answers->issuer) == 0 &&
		strcmp(ret->provider.client_id, answers->client_id) == 0)
		return SSOCTL_OK;
	ssoctl_say("a value cannot stand in a configuration as it was given");
	return SSOCTL_FAILED;
}

/* Whether the provider is there, and only this client is not as it expects. */
static bool is_client_s(enum reason reason)
{
	return reason == REASON_CLIENT_REFUSED || reason == REASON_NO_DEVICE_FLOW;
}

static int probe(const struct config *config, enum reason *ret_reason)
{
	RECORD_AUTO(request);
	RECORD_AUTO(result);
	struct spawn_identity worker;
	struct config_error error = {0};
	struct job job = {0};
	int status = ssoctl_worker(config, &worker);

	if (status != SSOCTL_OK)
		return status;
	enum reason reason = worker_request_probe(config, &request, &error);
	if (reason == REASON_OK)
		reason = job_run(&job, config->network.worker, &worker, request,
			clock_monotonic_ms() + WORKER_REQUEST_ANSWER_MS, &result);
	*ret_reason = reason;
	if (reason == REASON_OK)
		return SSOCTL_OK;
	const char *detail = result ? record_get(result, "detail") : NULL;
	if (!detail)
		detail = error.text[0] ? error.text : job.detail;
	ssoctl_say("%s: %s: %s", config->provider.issuer, reason_name(reason), detail);
	if (reason == REASON_TLS)
		ssoctl_say("an authority of your own goes to update-ca-certificates, or, with "
			   "--more, to ca_file under [network]");
	return is_client_s(reason) ? SSOCTL_OK : SSOCTL_FAILED;
}

static void print_text(
	const struct invocation *invocation, const struct answers *answers, enum reason reason)
{
	if (reason == REASON_OK)
		printf("%s is there and knows this client.\n", answers->issuer);
	printf("%s is written.\n", invocation->conf);
	if (reason != REASON_OK)
		puts("Mend the client there, or client_id and client_auth here: `ssoctl check` "
		     "asks again.");
	puts("\nNothing in /etc/pam.d was changed. With a root shell kept open, add to each of");
	for (size_t i = 0; i < COUNT(stacks); i++)
		printf("%s%s", i ? ", " : "", stacks[i]);
	puts(" that is to ask for a sign-in:\n");
	for (size_t i = 0; i < COUNT(lines); i++)
		printf("  %s%s:\n%s\n\n", lines[i].above ? "above " : "",
			lines[i].above ? lines[i].above : "at the end, for `keep = yes`",
			lines[i].line);
	puts("For sshd, into " SSHD_FILE " (then `systemctl reload ssh`):\n");
	for (size_t i = 0; i < COUNT(sshd_lines); i++)
		puts(sshd_lines[i]);
	puts("\nBefore that: `ssoctl login --user USER` tries it without PAM; after it: `ssoctl "
	     "check`.");
}

static void add_line(struct buf *out, const char *file, const char *above, const char *line)
{
	buf_printf(out, "%s{\"file\": ", out->data[out->len - 1] == '[' ? "" : ", ");
	json_out_string(out, file);
	buf_puts(out, ", \"above\": ");
	json_out_string(out, above);
	buf_puts(out, ", \"line\": ");
	json_out_string(out, line);
	buf_puts(out, "}");
}

static void print_json(const struct invocation *invocation, enum reason reason)
{
	BUF_AUTO(out, OUTPUT_MAX);

	buf_puts(&out, "{\"file\": ");
	json_out_string(&out, invocation->conf);
	buf_printf(&out, ", \"reason\": \"%s\", \"add\": [", reason_name(reason));
	for (size_t i = 0; i < COUNT(stacks); i++)
		for (size_t j = 0; j < COUNT(lines); j++)
			add_line(&out, stacks[i], lines[j].above, lines[j].line);
	for (size_t i = 0; i < COUNT(sshd_lines); i++)
		add_line(&out, SSHD_FILE, NULL, sshd_lines[i]);
	buf_puts(&out, "]}");
	puts(buf_str(&out));
}

static int refuse(const char *path, int error)
{
	if (error == -EEXIST)
		ssoctl_say("%s is there already, and stays: move it away, or name another file "
			   "with --conf",
			path);
	else
		ssoctl_say("%s: %s", path, strerrordesc_np(-error));
	return error == -EACCES && geteuid() != 0 ? SSOCTL_DENIED : SSOCTL_FAILED;
}

/* The text that is to be written, once the provider answered for it. */
static int prepare(const struct invocation *invocation, const struct answers *answers,
	struct buf *text, enum reason *ret_reason)
{
	CONFIG_AUTO(config);
	int r = compose(invocation, answers, text);

	if (r < 0)
		return refuse(invocation->more ? invocation->more : invocation->conf, r);
	int status = parse(invocation, answers, text, &config);
	return status == SSOCTL_OK ? probe(&config, ret_reason) : status;
}

static int run(const struct invocation *invocation)
{
	BUF_AUTO(text, CONFIG_MAX);
	struct answers answers = {0};
	enum reason reason = REASON_UNSET;
	struct stat st;

	if (lstat(invocation->conf, &st) == 0)
		return refuse(invocation->conf, -EEXIST);
	int status = ask(invocation, &answers);
	if (status == SSOCTL_OK)
		status = prepare(invocation, &answers, &text, &reason);
	if (status != SSOCTL_OK)
		return status;
	int r = new_file_write(invocation->conf, CONFIG_MODE, &text);
	if (r < 0)
		return refuse(invocation->conf, r);
	if (invocation->json)
		print_json(invocation, reason);
	else
		print_text(invocation, &answers, reason);
	return reason == REASON_OK ? SSOCTL_OK : SSOCTL_FAILED;
}

const struct command command_init = {
	.name = "init",
	.options = OPTION_CONF | OPTION_ISSUER | OPTION_CLIENT_ID | OPTION_PROFILE | OPTION_MORE,
	.summary = "Write the first configuration, and tell what to add to /etc/pam.d",
	.help = "What is not given is asked for at a terminal. The identity provider is asked for\n"
		"its endpoints and keys, and whether it knows this client, and a configuration is\n"
		"written that was not there before: one that is there stays. Where the provider\n"
		"cannot be asked, nothing is written; where it does not take this client, the "
		"file\n"
		"is written, and that is said; exit status 1. Which lines to add to which file is\n"
		"printed, and nothing there is changed.\n\n"
		"The lines of --more stand below client_id: first other keys of [provider], such\n"
		"as client_auth, then sections. Without it, root is left to its local password\n"
		"(ignore_users).\n",
	.run = run,
};
