#include "ssoctl.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "count.h"
#include "escape.h"
#include "runas.h"

static const struct command *const commands[] = {
	&command_check,
	&command_explain,
	&command_init,
	&command_login,
	&command_refresh,
	&command_revoke,
	&command_sessions,
	&command_stats,
	&command_store_key,
	&command_token,
	&command_userinfo,
};

enum { COMMANDS = COUNT(commands) };

/* Stands where an option has its offset: it sets nothing. */
#define OPTION_HELP SIZE_MAX

void ssoctl_say(const char *format, ...)
{
	char text[1024];
	BUF_AUTO(line, 4 * sizeof(text));
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	escape_add(&line, text);
	fprintf(stderr, "ssoctl: %s\n", buf_str(&line));
}

int ssoctl_failed(int error)
{
	bool denied = error == -EACCES || error == -EPERM;

	return denied && geteuid() != 0 ? SSOCTL_DENIED : SSOCTL_FAILED;
}

int ssoctl_config(const struct invocation *invocation, struct config *ret)
{
	struct config_error error;
	const char *service = invocation->service ? invocation->service : "";
	int r = config_load(invocation->conf, service, ret, &error);

	if (r == 0)
		return SSOCTL_OK;
	ssoctl_say("%s", error.text);
	return ssoctl_failed(r);
}

int ssoctl_store(const struct config *config, struct store *ret, bool *ret_away)
{
	struct config_error error = {0};
	int r = store_open(config, ret, &error);

	if (r == 0)
		return SSOCTL_OK;
	ssoctl_say("%s", error.text[0] ? error.text : strerrordesc_np(-r));
	*ret_away = r == -EHOSTUNREACH;
	return ssoctl_failed(r);
}

int ssoctl_bindings(const struct config *config, struct bindings *ret)
{
	const char *path = config->session.directory;
	int r = bindings_open(path, ret);

	if (r == 0)
		return SSOCTL_OK;
	if (r == -EPERM)
		ssoctl_say("%s and what is in it are not this user's alone (mode 0700), or one "
			   "above it is another user's, or others may write there",
			path);
	else
		ssoctl_say("%s: %s", path, strerrordesc_np(-r));
	return ssoctl_failed(r);
}

int ssoctl_open(const struct invocation *invocation, struct config *ret_config,
	struct store *ret_store, struct bindings *ret_bindings)
{
	CONFIG_AUTO(config);
	STORE_AUTO(store);
	bool away = false;
	int status = ssoctl_config(invocation, &config);

	if (status == SSOCTL_OK)
		status = ssoctl_store(&config, &store, &away);
	if (status == SSOCTL_OK)
		status = ssoctl_bindings(&config, ret_bindings);
	if (status != SSOCTL_OK)
		return status;
	*ret_store = store;
	store = (struct store){.dir = -1};
	*ret_config = config;
	config = (struct config){0};
	return SSOCTL_OK;
}

int ssoctl_worker(const struct config *config, struct spawn_identity *ret)
{
	struct config_error error = {0};

	if (runas_find(config, ret, &error) == REASON_OK)
		return SSOCTL_OK;
	ssoctl_say("%s", error.text);
	return SSOCTL_FAILED;
}

static void print_usage(FILE *to)
{
	fputs("Usage: ssoctl COMMAND [OPTION...] [OPERAND]\n\nCommands:\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n`ssoctl COMMAND --help` tells more.\n", to);
}

/* Every option, in the order of the help. */
static const struct option_row {
	const char *name;
	const char *value; /* what the help calls its argument; NULL: it has none */
	const char *help;
	unsigned int bit; /* OPTION_*; 0: every command has it */
	size_t offset;    /* in struct invocation */
} option_rows[] = {
	{"conf", "FILE", "the configuration, instead of " CONFIG_PATH, OPTION_CONF,
		offsetof(struct invocation, conf)},
	{"user", "USER", "the local user who is asked for", OPTION_USER,
		offsetof(struct invocation, user)},
	{"service", "SERVICE", "the PAM service: a file's name in /etc/pam.d", OPTION_SERVICE,
		offsetof(struct invocation, service)},
	{"claims", "FILE", "the payload of an ID token, as JSON", OPTION_CLAIMS,
		offsetof(struct invocation, claims)},
	{"root", "DIR", "read the host's own files beneath that directory", OPTION_ROOT,
		offsetof(struct invocation, root)},
	{"issuer", "URL", "the identity provider, as it writes itself", OPTION_ISSUER,
		offsetof(struct invocation, issuer)},
	{"client-id", "ID", "this machine, as it is registered there", OPTION_CLIENT_ID,
		offsetof(struct invocation, client_id)},
	{"profile", "NAME", "whose product the identity provider is", OPTION_PROFILE,
		offsetof(struct invocation, profile)},
	{"more", "FILE", "further lines of the configuration", OPTION_MORE,
		offsetof(struct invocation, more)},
	{"output", "FILE", "write there, instead of to standard output", OPTION_OUTPUT,
		offsetof(struct invocation, output)},
	{"json", NULL, "print JSON", 0, offsetof(struct invocation, json)},
	{"watch", NULL, "go on until stopped", OPTION_WATCH, offsetof(struct invocation, watch)},
	{"help", NULL, "print this", 0, OPTION_HELP},
};

enum { OPTIONS = COUNT(option_rows), OPTION_COLUMNS = 19 };

static void print_option(const struct option_row *row)
{
	char left[32];

	snprintf(left, sizeof(left), "--%s %s", row->name, row->value ? row->value : "");
	printf("  %-*s %s\n", OPTION_COLUMNS, left, row->help);
}

static void print_help(const struct command *command)
{
	printf("Usage: ssoctl %s [OPTION...]", command->name);
	if (command->operand)
		printf(command->operand_needed ? " %s" : " [%s]", command->operand);
	printf("\n\n%s.\n%s\n"
	       "Options:\n",
		command->summary, command->help);
	for (size_t i = 0; i < OPTIONS; i++)
		if (!(option_rows[i].bit & ~command->options))
			print_option(&option_rows[i]);
	puts("\n"
	     "Exit status: 0 all is well; 1 something was refused or failed; 2 the call was "
	     "wrong;\n"
	     "3 it takes root.");
}

static int usage(const struct command *command, const char *what)
{
	ssoctl_say("%s: see `ssoctl %s --help`", what, command->name);
	return SSOCTL_USAGE;
}

static int usage_option(const struct command *command, const struct option_row *row)
{
	char what[64];

	snprintf(what, sizeof(what), "--%s means nothing here", row->name);
	return usage(command, what);
}

static int usage_needed(const struct command *command, unsigned int missing)
{
	char what[64];
	size_t i = 0;

	while (!(option_rows[i].bit & missing))
		i++;
	snprintf(what, sizeof(what), "--%s is missing", option_rows[i].name);
	return usage(command, what);
}

static void take_option(const struct option_row *row, struct invocation *invocation)
{
	void *member = (char *)invocation + row->offset;

	if (row->value)
		*(const char **)member = optarg;
	else
		*(bool *)member = true;
}

/* Returns SSOCTL_OK, or an exit status, and has said why; or -1, and has printed help. */
static int read_options(
	const struct command *command, int argc, char **argv, struct invocation *invocation)
{
	struct option longs[OPTIONS + 1] = {0};
	unsigned int missing = command->options_needed;

	for (size_t i = 0; i < OPTIONS; i++)
		longs[i] = (struct option){.name = option_rows[i].name,
			.has_arg = option_rows[i].value ? required_argument : no_argument,
			.val = (int)i + 1};
	for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
		if (option == '?')
			return SSOCTL_USAGE; /* getopt_long() said why */
		const struct option_row *row = &option_rows[option - 1];
		if (row->bit & ~command->options)
			return usage_option(command, row);
		if (row->offset == OPTION_HELP) {
			print_help(command);
			return -1;
		}
		take_option(row, invocation);
		missing &= ~row->bit;
	}
	return missing ? usage_needed(command, missing) : SSOCTL_OK;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct invocation invocation = {.conf = CONFIG_PATH};
	int status = read_options(command, argc, argv, &invocation);

	if (status != SSOCTL_OK)
		return status < 0 ? SSOCTL_OK : status;
	if (argc - optind > (command->operand ? 1 : 0))
		return usage(command, "there are too many operands");
	if (command->operand_needed && optind == argc)
		return usage(command, "an operand is missing");
	invocation.operand = argv[optind];
	return command->run(&invocation);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return SSOCTL_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0) {
		print_usage(stdout);
		return SSOCTL_OK;
	}
	const struct command *command = find_command(argv[1]);
	if (!command) {
		ssoctl_say("there is no command %s: see `ssoctl --help`", argv[1]);
		return SSOCTL_USAGE;
	}
	int status = run(command, argc - 1, argv + 1);
	/* What did not get out was not said. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		ssoctl_say("the output could not be written");
		return SSOCTL_FAILED;
	}
	return status;
}
