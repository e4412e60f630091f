/*
 * ssoctl: the administrator's program, and in `token` and `userinfo` everybody's. A subcommand is a
 * file of its own, named as it is; the table in ssoctl.c lists them. What several of them say is in
 * report.h, journal.h and json_out.h.
 *
 *	ssoctl COMMAND [OPTION...] [OPERAND]
 *
 * Options are the same everywhere; a command says which of them it takes. What was asked for goes
 * to standard output, as JSON where that is wanted; everything else to standard error.
 */
#ifndef PAM_SSO_SSOCTL_H
#define PAM_SSO_SSOCTL_H

#include <stdbool.h>

#include "binding.h"
#include "config.h"
#include "spawn.h"
#include "store.h"

/* Exit statuses. */
enum {
	SSOCTL_OK = 0,
	SSOCTL_FAILED = 1, /* something was refused, or failed */
	SSOCTL_USAGE = 2,
	SSOCTL_DENIED = 3, /* the caller may not: it takes root */
};

/* The options that only some commands take, as bits. --json and --help go everywhere. */
enum {
	OPTION_CONF = 1 << 0,
	OPTION_WATCH = 1 << 1,
	OPTION_USER = 1 << 2,
	OPTION_SERVICE = 1 << 3,
	OPTION_CLAIMS = 1 << 4,
	OPTION_ROOT = 1 << 5,
	OPTION_ISSUER = 1 << 6,
	OPTION_CLIENT_ID = 1 << 7,
	OPTION_PROFILE = 1 << 8,
	OPTION_MORE = 1 << 9,
	OPTION_OUTPUT = 1 << 10,
};

/* What one call of the program asks for. */
struct invocation {
	const char *conf;    /* the configuration's path */
	const char *operand; /* NULL where there is none */
	bool json;
	bool watch;
	/* NULL where not given. */
	const char *user;
	const char *service;
	const char *claims; /* a file's path */
	const char *issuer;
	const char *client_id;
	const char *profile;
	const char *more;   /* a file's path */
	const char *root;   /* a directory's path */
	const char *output; /* a file's path */
};

struct command {
	const char *name;
	const char *operand; /* what the usage line calls it; NULL: the command takes none */
	bool operand_needed;
	unsigned int options;
	unsigned int options_needed;                     /* of these */
	const char *summary;                             /* one line, without a full stop */
	const char *help;                                /* the rest, as lines */
	int (*run)(const struct invocation *invocation); /* returns an exit status */
};

extern const struct command command_check;
extern const struct command command_explain;
extern const struct command command_init;
extern const struct command command_login;
extern const struct command command_refresh;
extern const struct command command_revoke;
extern const struct command command_sessions;
extern const struct command command_stats;
extern const struct command command_store_key;
extern const struct command command_token;
extern const struct command command_userinfo;

/* Says one line on standard error, behind the program's name. What does not print is escaped. */
void ssoctl_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit status for a negative errno: root is denied nothing, so then something is amiss with what
 * it met. */
int ssoctl_failed(int error);

/* Reads the configuration, as for --service, or for no service in particular. Returns SSOCTL_OK
 * and sets *ret, which config_free() takes; or an exit status, and has said why. */
int ssoctl_config(const struct invocation *invocation, struct config *ret);

/* Opens the store that it names, which store_close() takes. Returns SSOCTL_OK; or an exit status, has
 * said why, and sets *ret_away to whether it may be there later. */
int ssoctl_store(const struct config *config, struct store *ret, bool *ret_away);

/* Opens this machine's bindings, which bindings_close() takes. Returns SSOCTL_OK; or an exit status,
 * and has said why. */
int ssoctl_bindings(const struct config *config, struct bindings *ret);

/* All three. */
int ssoctl_open(const struct invocation *invocation, struct config *ret_config,
	struct store *ret_store, struct bindings *ret_bindings);

/* Finds as whom the worker runs (runas.h). Returns SSOCTL_OK and sets *ret; or an exit status, and
 * has said why. */
int ssoctl_worker(const struct config *config, struct spawn_identity *ret);

#endif
