#include "ssoctl.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "count.h"
#include "escape.h"
#include "runas.h"

static const struct command *const commands[] = {
	&command_refresh,
	&command_revoke,
	&command_sessions,
	&command_store_key,
	&command_token,
	&command_userinfo,
};

enum { COMMANDS = COUNT(commands) };

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

/* Root is denied nothing: then something is amiss with what it met. */
static int failed(int error)
{
	bool denied = error == -EACCES || error == -EPERM;

	return denied && geteuid() != 0 ? SSOCTL_DENIED : SSOCTL_FAILED;
}

int ssoctl_config(const struct invocation *invocation, struct config *ret)
{
	struct config_error error;
	int r = config_load(invocation->conf, "", ret, &error);

	if (r == 0)
		return SSOCTL_OK;
	ssoctl_say("%s", error.text);
	return failed(r);
}

int ssoctl_store(const struct config *config, struct store *ret, bool *ret_away)
{
	struct config_error error = {0};
	int r = store_open(config, ret, &error);

	if (r == 0)
		return SSOCTL_OK;
	ssoctl_say("%s", error.text[0] ? error.text : strerrordesc_np(-r));
	*ret_away = r == -EHOSTUNREACH;
	return failed(r);
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
	return failed(r);
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

static void print_help(const struct command *command)
{
	printf("Usage: ssoctl %s [OPTION...]", command->name);
	if (command->operand)
		printf(command->operand_needed ? " %s" : " [%s]", command->operand);
	printf("\n\n%s.\n%s\n"
	       "Options:\n",
		command->summary, command->help);
	if (command->options & OPTION_CONF)
		puts("  --conf FILE  the configuration, instead of " CONFIG_PATH);
	puts("  --json       print JSON");
	if (command->options & OPTION_WATCH)
		puts("  --watch      go on until stopped");
	puts("  --help       print this\n\n"
	     "Exit status: 0 all is well; 1 something was refused or failed; 2 the call was "
	     "wrong;\n"
	     "3 it takes root.");
}

static int print_command_help(const struct command *command)
{
	print_help(command);
	return SSOCTL_OK;
}

static const struct option options[] = {
	{"conf", required_argument, NULL, 'c'},
	{"help", no_argument, NULL, 'h'},
	{"json", no_argument, NULL, 'j'},
	{"watch", no_argument, NULL, 'w'},
	{NULL, 0, NULL, 0},
};

static int usage(const struct command *command, const char *what)
{
	ssoctl_say("%s: see `ssoctl %s --help`", what, command->name);
	return SSOCTL_USAGE;
}

/* What getopt_long() gives for an option that only some commands take; 0: all do. */
static unsigned int option_bit(int option)
{
	switch (option) {
	case 'c': return OPTION_CONF;
	case 'w': return OPTION_WATCH;
	default: return 0;
	}
}

static const char *option_name(int option)
{
	const struct option *at = options;

	while (at->name && at->val != option)
		at++;
	return at->name;
}

static int usage_option(const struct command *command, int option)
{
	char what[64];

	snprintf(what, sizeof(what), "--%s means nothing here", option_name(option));
	return usage(command, what);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct invocation invocation = {.conf = CONFIG_PATH};

	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option_bit(option) & ~command->options)
			return usage_option(command, option);
		switch (option) {
		case 'c': invocation.conf = optarg; break;
		case 'h': return print_command_help(command);
		case 'j': invocation.json = true; break;
		case 'w': invocation.watch = true; break;
		default: return SSOCTL_USAGE; /* getopt_long() said why */
		}
	}
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
